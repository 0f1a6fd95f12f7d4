"""A process that scrapes two sources again and again until it is killed, or once; for crash tests."""

from __future__ import annotations

from datetime import UTC, datetime

from core.errors import SourceRefused, SourceUnavailable
from core.sources import Source
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.http import HttpFetch
from ingest.kafka import KafkaPublisher
from ingest.scrape import scrape
from storage.postgres import Database


def run(dsn: str, kafka: str, sources: tuple[Source, ...], once: bool) -> None:
    """Scrape with a Kafka, a PostgreSQL and a site that are real."""
    database, publisher, composer = Database(dsn), KafkaPublisher(kafka), Composer(read_watchlist(), "key")
    while True:
        for source in sources:
            with HttpFetch(timeout_s=20, max_bytes=10_000_000) as fetch:
                try:
                    scrape(
                        source,
                        store=database.sources,
                        publisher=publisher,
                        fetch=fetch,
                        composer=composer,
                        now=lambda: datetime.now(UTC),
                    )
                except (SourceRefused, SourceUnavailable):
                    if once:
                        raise
        if once:
            return
