"""Makes what lies on the servers before anything else starts: topics, tables, and a database for Airflow."""

from __future__ import annotations

from core.settings import Settings
from groundswell import postgres_server
from groundswell.airflow_parts import DATABASE as AIRFLOW_DATABASE
from groundswell.parts import Say


def make(settings: Settings, *, airflow: bool, say: Say) -> None:
    """What a broker and a database need before anything else starts; safe to repeat.

    Raises:
        BrokerUnavailable, DatabaseUnavailable: try again.
        SetupError: the database was made by a newer version, or does not let us.
    """
    from ingest.kafka import ensure_topics
    from storage.postgres import Database

    dsn = settings.dsn.get_secret_value()
    say("topics")
    ensure_topics(settings.bootstrap_servers)
    say("tables")
    database = Database(dsn)
    try:
        database.migrate()
    finally:
        database.close()
    if airflow:
        postgres_server.create_database(dsn, AIRFLOW_DATABASE)
