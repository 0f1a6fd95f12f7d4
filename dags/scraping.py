"""What the DAGs that scrape have in common: one mapped task a source, each with its own errors, retries and place."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

# light imports only: Airflow reads the files again and again, and every task starts by reading one
from core.posts import Channel
from core.settings import Settings
from ingest.configured import configured
from ingest.sources import Kind, choose_sources

POOL = "scrape"
"""As many sources are read at once as it has slots (`airflow pools set`)."""
PARAMS = {
    "since": Param(
        None, type=["null", "string"], format="date-time",
        description="Read back to this time, as far as the sites go; what was published before is not published again.",
    ),
    "source": Param(None, type=["null", "string"], description="Read this source alone."),
}  # fmt: skip


def names(channels: Collection[Channel]) -> list[str]:
    """The sources of some channels that are read; what is pushed to us comes by itself."""
    settings, _ = configured(Settings())
    listed = choose_sources(settings.sources, settings.demo_port)
    return [source.name for source in listed if source.channel in channels and source.kind is not Kind.PUSH]


def scraping(name: str, about: str, channels: Collection[Channel]) -> Any:
    """A DAG over the sources of some channels; called, it is made."""
    settings, _ = configured(Settings())

    @dag(
        dag_id=name,
        schedule=timedelta(seconds=settings.scrape_every_s),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        # two runs over one source would both publish what is new
        max_active_runs=1,
        is_paused_upon_creation=False,
        # one retry, soon: the next run comes anyway, and waits for this one
        default_args={
            "retries": 1,
            "retry_delay": timedelta(seconds=5),
            "execution_timeout": timedelta(minutes=5),
            "pool": POOL,
        },
        params=PARAMS,
        tags=["groundswell"],
        doc_md=about,
    )
    def made() -> None:
        @task(map_index_template="{{ task.op_kwargs['name'] }}")
        def scrape_source(name: str) -> dict[str, int]:
            """Run `ingest.scrape` over one source, with Kafka and PostgreSQL as the settings name them."""
            from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

            from core.errors import Permanent

            asked = get_current_context()["params"]
            if asked.get("source") not in (None, name):
                raise AirflowSkipException(f"asked for {asked['source']} alone")
            try:
                counts = scrape_once(name, asked.get("since"))
            except Permanent as exc:  # trying again would not help; the source's run says why
                raise AirflowFailException(str(exc)) from exc
            if counts is None:
                raise AirflowSkipException(f"{name} needs a key")
            return counts

        scrape_source.expand(name=names(channels))

    return made


def scrape_once(name: str, since: str | None = None) -> dict[str, int] | None:
    """One run over one source; its counts, or `None` where its key is missing.

    Args:
        since: read back to this time.
    """
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
        database.sources.tell(told(sources, keys, settings.scrape_every_s), _now())
        if key is None:
            return None
        watchlist = choose_watchlist(settings.watchlist, found.institutions)
        with fetcher(settings, source, database.hosts) as fetch:
            run = scrape(
                source,
                store=database.sources,
                publisher=KafkaPublisher(settings.bootstrap_servers),
                fetch=fetch,
                composer=Composer(watchlist, settings.author_key.get_secret_value()),
                now=_now,
                key=key,
                since=datetime.fromisoformat(since) if since else None,
            )
    finally:
        database.close()
    counts = {key: getattr(run, key) for key in ("fetched", "published", "repeats", "rejected", "masked")}
    print(f"{name}: {counts}")
    return counts


def _now() -> datetime:
    return datetime.now(UTC)
