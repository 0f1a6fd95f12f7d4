"""Scrapes every source again and again without Airflow: `up --no-airflow` runs `python -m groundswell.scraper`."""

from __future__ import annotations

import logging
import sys
import time
from datetime import UTC, datetime

from core.errors import GroundswellError
from core.settings import Settings
from ingest.compose import Composer
from ingest.configured import configured, environment
from ingest.entities import choose_watchlist
from ingest.fetching import fetcher
from ingest.kafka import KafkaPublisher
from ingest.scrape import scrape
from ingest.sources import Kind, choose_sources, key_of, told
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
        keys = environment()
        sources = choose_sources(settings.sources, settings.demo_port)
        try:
            database.sources.tell(told(sources, keys, settings.scrape_every_s), _now())
        except GroundswellError as exc:
            log.warning("the list of sources is not stored: %s", exc)
        for source in sources:
            key = key_of(source, keys)
            if key is None or source.kind is Kind.PUSH:
                continue
            try:
                with fetcher(settings, source, database.hosts) as fetch:
                    done = scrape(
                        source,
                        store=database.sources,
                        publisher=publisher,
                        fetch=fetch,
                        composer=composer,
                        now=_now,
                        key=key,
                    )
                log.info("%s: fetched %d, published %d", source.name, done.fetched, done.published)
            except GroundswellError as exc:
                log.warning("%s: %s: %s", source.name, type(exc).__name__, exc)
        time.sleep(max(0.0, settings.scrape_every_s - (time.monotonic() - began_at)))


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    run(Settings())
