"""Shows what a source would bring, and publishes and stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.errors import MalformedItem, SetupError
from core.posts import Post
from core.sources import Kind, Source
from ingest import folder
from ingest.articles import Articles
from ingest.compose import Composer
from ingest.http import Fetch
from ingest.items import Parsed
from ingest.sites.fields import read_json, text_or_none
from ingest.sites.registry import SITES
from ingest.walk import send

MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """The first page of a source."""

    offered: int
    posts: tuple[Post, ...]
    """The newest of them, at most 20."""
    reasons: tuple[str, ...]
    """Why others cannot become posts."""


def preview(source: Source, fetch: Fetch, composer: Composer, key: str, now: datetime) -> Preview:
    """Read one page and compose it as a run would.

    Raises:
        SourceUnavailable, SourceRefused: it cannot be read.
        SetupError: it is not read, but pushed to us.
    """
    parsed = _first_page(source, fetch, key, now)
    posts, reasons = [], [one.reason for one in parsed.rejected]
    articles = Articles(fetch)
    newest = sorted(parsed.items, key=lambda item: item.published_at.timestamp(), reverse=True)
    for number, item in enumerate(newest[:MOST]):
        try:
            # one article shows how they read; twenty would take too long
            posts.append(composer.compose(articles.complete(item) if number == 0 else item, source.name, now))
        except MalformedItem as exc:
            reasons.append(str(exc))
    return Preview(len(parsed.items) + len(parsed.rejected), tuple(posts), tuple(reasons))


def _first_page(source: Source, fetch: Fetch, key: str, now: datetime) -> Parsed:
    if source.kind is Kind.FOLDER:
        return folder.read(source, "", now).parsed
    site = SITES.get(source.kind)
    if site is None:
        raise SetupError(f"{source.name} is not read: what it brings is pushed to us")
    if site.login is not None:
        answer = read_json(send(fetch, site.login(source, key)).body or b"", source)
        key = text_or_none(answer, "access_token") or ""
    fetched = send(fetch, site.ask(source, None, "", key))
    return site.parse(fetched.body or b"", source, "").parsed
