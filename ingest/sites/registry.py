"""Which file reads which kind of site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from core.sources import Kind
from ingest.sites import (
    app_store,
    bluesky,
    edgar,
    feed,
    gdelt,
    hacker_news,
    mastodon,
    paged,
    reddit,
    stocktwits,
    x,
)
from ingest.sites.asking import Order, Site

SITES: Final[Mapping[Kind, Site]] = {
    Kind.FEED: Site(feed.ask, feed.parse, Order.WHOLE),
    Kind.JSON: Site(paged.ask, paged.parse, Order.ONWARD),
    Kind.EDGAR: Site(edgar.ask, edgar.parse, overlap=timedelta(minutes=10)),
    Kind.GDELT: Site(gdelt.ask, gdelt.parse, overlap=timedelta(hours=1)),
    Kind.HACKER_NEWS: Site(hacker_news.ask, hacker_news.parse, overlap=timedelta(minutes=10)),
    Kind.REDDIT: Site(reddit.ask, reddit.parse, login=reddit.login),
    Kind.MASTODON: Site(mastodon.ask, mastodon.parse),
    Kind.BLUESKY: Site(bluesky.ask, bluesky.parse, overlap=timedelta(minutes=10)),
    Kind.STOCKTWITS: Site(stocktwits.ask, stocktwits.parse),
    Kind.X: Site(x.ask, x.parse),
    Kind.APP_STORE: Site(app_store.ask, app_store.parse, overlap=timedelta(days=1)),
}
"""Every kind that is fetched by HTTP; a folder is read, and a push comes by itself."""
