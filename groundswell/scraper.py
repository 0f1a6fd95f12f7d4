"""Scrapes every source again and again without Airflow: `up --no-airflow` runs `python -m groundswell.scraper`."""

from __future__ import annotations

import logging
import sys
import time
from datetime import UTC, datetime

from core.errors import GroundswellError
from core.settings import Settings
from ingest.compose import Composer
from ingest.configured import configured
from ingest.entities import choose_watchlist
from ingest.http import HttpFetch
from ingest.kafka import KafkaPublisher
from ingest.scrape import scrape
from ingest.sources import choose_sources
from storage.postgres import Database

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """One source after the other, then a pause; never returns. A source that fails is tried again in the next round."""
    settings, found = configured(settings)
    database = Database(settings.dsn.get_secret_value())
    publisher = KafkaPublisher(settings.bootstrap_servers)
    watchlist = choose_watchlist(settings.watchlist, found.institutions)
    composer = Composer(watchlist, settings.author_key.get_secret_value())
    while True:
        began_at = time.monotonic()
        for source in choose_sources(settings.sources, settings.demo_port):
            try:
                with HttpFetch(timeout_s=settings.http_timeout_s, max_bytes=settings.http_max_bytes) as fetch:
                    done = scrape(
                        source,
                        store=database.sources,
                        publisher=publisher,
                        fetch=fetch,
                        composer=composer,
                        now=lambda: datetime.now(UTC),
                    )
                log.info("%s: fetched %d, published %d", source.name, done.fetched, done.published)
            except GroundswellError as exc:
                log.warning("%s: %s: %s", source.name, type(exc).__name__, exc)
        time.sleep(max(0.0, settings.scrape_every_s - (time.monotonic() - began_at)))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    run(Settings())
