"""Airflow: every few seconds, one task for each source reads what is new there and publishes it.

A source that fails fails its own task alone; the others' posts are published all the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

# light imports only: Airflow reads this file again and again, and every task starts by reading it
from core.settings import Settings
from ingest.configured import configured
from ingest.sources import Kind, choose_sources

settings, _ = configured(Settings())
NAMES = [source.name for source in choose_sources(settings.sources, settings.demo_port) if source.kind is not Kind.PUSH]


@dag(
    schedule=timedelta(seconds=settings.scrape_every_s),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # two runs over one source would both publish what is new
    max_active_runs=1,
    is_paused_upon_creation=False,
    # one retry, soon: the next run comes anyway, and waits for this one
    default_args={"retries": 1, "retry_delay": timedelta(seconds=5), "execution_timeout": timedelta(minutes=5)},
    tags=["groundswell"],
    doc_md=__doc__,
)
def scrape_posts() -> None:
    @task(map_index_template="{{ task.op_kwargs['name'] }}")
    def scrape_source(name: str) -> dict[str, int]:
        """Run `ingest.scrape` over one source, with Kafka and PostgreSQL as the settings name them."""
        from airflow.sdk.exceptions import AirflowFailException

        from core.errors import Permanent

        try:
            return scrape_once(name)
        except Permanent as exc:  # trying again would not help; the source's run says why
            raise AirflowFailException(str(exc)) from exc

    scrape_source.expand(name=NAMES)


def scrape_once(name: str) -> dict[str, int]:
    """One run over one source; returns its counts."""
    from airflow.sdk.exceptions import AirflowSkipException

    from ingest.compose import Composer
    from ingest.configured import environment
    from ingest.entities import choose_watchlist
    from ingest.fetching import fetcher
    from ingest.kafka import KafkaPublisher
    from ingest.scrape import scrape
    from ingest.sources import key_of, told
    from storage.postgres import Database

    settings, found = configured(Settings())
    sources = choose_sources(settings.sources, settings.demo_port)
    source = next(source for source in sources if source.name == name)
    keys = environment()
    key = key_of(source, keys)
    database = Database(settings.dsn.get_secret_value())
    try:
        database.sources.tell(told(sources, keys, settings.scrape_every_s), datetime.now(UTC))
        if key is None:
            raise AirflowSkipException(f"{name} needs a key: {source.key} is not set")
        with fetcher(settings, source, database.hosts) as fetch:
            run = scrape(
                source,
                store=database.sources,
                publisher=KafkaPublisher(settings.bootstrap_servers),
                fetch=fetch,
                composer=Composer(
                    choose_watchlist(settings.watchlist, found.institutions), settings.author_key.get_secret_value()
                ),
                now=lambda: datetime.now(UTC),
                key=key,
            )
    finally:
        database.close()
    counts = {key: getattr(run, key) for key in ("fetched", "published", "repeats", "rejected", "masked")}
    print(f"{name}: {counts}")
    return counts


scrape_posts()
