"""Brings a database's tables to the newest version, once, whoever starts first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg2
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.errors import SetupError
from storage.connections import Connections
from storage.faults import ours

SCRIPTS: Final = Path(__file__).with_name("migrations")
MIGRATION_LOCK: Final = 0x67737765_6C6C0002
"""Beside `storage.incidents.STEP_LOCK`."""


def migrate(connections: Connections) -> None:
    """Run the migrations that are missing, all in one transaction, while others wait for the lock.

    Raises:
        DatabaseUnavailable: nothing was changed; try again.
        SetupError: the database was made by a newer version of this program.
    """
    engine = create_engine("postgresql+psycopg2://", creator=connections.connect, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as exc:
        raise SetupError(f"the database's tables are not of this version of groundswell: {exc}") from exc
    except DBAPIError as exc:
        if isinstance(exc.orig, psycopg2.Error):
            raise ours(exc.orig) from exc
        raise
