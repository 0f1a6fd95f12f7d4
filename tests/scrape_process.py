"""A process that scrapes two sources again and again until it is killed, or once; for crash tests."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from core.errors import SourceRefused, SourceUnavailable
from core.posts import Post
from core.sources import Source
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.http import HttpFetch
from ingest.kafka import KafkaPublisher
from ingest.scrape import scrape
from storage.postgres import Database

PAUSE_S: Final = 0.6


class SlowPublisher(KafkaPublisher):
    """Waits after it published, so that a kill often falls between Kafka and the cursor."""

    def publish(self, posts: Sequence[Post]) -> None:
        super().publish(posts)
        time.sleep(PAUSE_S)


def run(dsn: str, kafka: str, sources: tuple[Source, ...], once: bool) -> None:
    """Scrape with a Kafka, a PostgreSQL and a site that are real."""
    database, publisher, composer = Database(dsn), SlowPublisher(kafka), Composer(read_watchlist(), "key")
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
