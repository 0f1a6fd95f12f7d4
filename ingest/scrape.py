"""One run over one source: fetch, parse, clean, mask, drop repeats, publish, and only then move the cursor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from core.errors import GroundswellError, MalformedItem, Transient
from core.ports import Cursor, DeadLetter, Publisher, ScrapeRun, SourceStore
from core.posts import Post, post_id_of
from ingest import feeds, social
from ingest.compose import Composer
from ingest.http import Fetch
from ingest.items import Parsed, Rejected
from ingest.mask import mask
from ingest.sources import Kind, Source

MOST_PAGES: Final = 50
"""Of 100 items; the rest of a long backlog comes with the next run."""


def scrape(
    source: Source,
    *,
    store: SourceStore,
    publisher: Publisher,
    fetch: Fetch,
    composer: Composer,
    now: Callable[[], datetime],
) -> ScrapeRun:
    """Publish what is new at one source.

    The cursor and the ids are stored after the broker acknowledged: a run that breaks off between is done again, and
    every post has the same id again. A run that fails is stored with its error and a cursor that did not move.

    Returns:
        What was done; all zero when the site asked us to wait and the time is not yet over.

    Raises:
        SourceUnavailable, SourceRefused: the site; the run is stored.
        BrokerUnavailable: Kafka; the run is stored.
        DatabaseUnavailable, DataRejected: the store itself; nothing is stored.
    """
    started_at = now()
    before = store.cursor(source.name)
    if before.not_before is not None and started_at < before.not_before:
        return ScrapeRun(source.name, started_at, now(), fetched=0, published=0, repeats=0, rejected=0, masked=0)
    try:
        parsed, after = _fetch_all(source, before, fetch)
        sorted_out = _sort_out(parsed, source, store, composer, started_at)
        _publish(sorted_out, source, publisher)
    except GroundswellError as exc:
        waiting = replace(before, not_before=_not_before(exc, now()))
        store.finish(_failed(source, started_at, now(), exc), waiting, ())
        raise
    run = sorted_out.run(source, started_at, now())
    store.finish(run, after, sorted_out.ids)
    return run


@dataclass(slots=True)
class _SortedOut:
    """What is new, and what it is counted as."""

    posts: list[Post] = field(default_factory=list)
    rejected: dict[str, Rejected] = field(default_factory=dict)
    """By an id made of its bytes: a feed offers a malformed item again with every answer."""
    repeats: int = 0

    @property
    def ids(self) -> list[str]:
        return [*(post.post_id for post in self.posts), *self.rejected]

    def run(self, source: Source, started_at: datetime, finished_at: datetime) -> ScrapeRun:
        return ScrapeRun(
            source.name,
            started_at,
            finished_at,
            fetched=len(self.posts) + self.repeats + len(self.rejected),
            published=len(self.posts),
            repeats=self.repeats,
            rejected=len(self.rejected),
            masked=sum(post.masked for post in self.posts),
        )


def _fetch_all(source: Source, before: Cursor, fetch: Fetch) -> tuple[Parsed, Cursor]:
    match source.kind:
        case Kind.FEED:
            return _fetch_feed(source, before, fetch)
        case Kind.JSON:
            return _fetch_pages(source, before, fetch)
        case _:
            assert_never(source.kind)


def _fetch_feed(source: Source, before: Cursor, fetch: Fetch) -> tuple[Parsed, Cursor]:
    fetched = fetch(source.url, etag=before.etag, last_modified=before.last_modified)
    after = replace(before, etag=fetched.etag, last_modified=fetched.last_modified, not_before=None)
    return (Parsed(()) if fetched.body is None else feeds.parse(fetched.body, source)), after


def _fetch_pages(source: Source, before: Cursor, fetch: Fetch) -> tuple[Parsed, Cursor]:
    """Page after page until one is not full; the first one of the next run starts where this one ended."""
    parsed: list[Parsed] = []
    position = before.position
    for _ in range(MOST_PAGES):
        # no validators: they belong to one address, and each page has its own
        fetched = fetch(source.url, params={"after": position, "limit": str(social.PAGE)})
        page = social.parse(fetched.body or b"", source)
        parsed.append(page.parsed)
        ended = not page.next or page.next == position
        position = page.next or position
        if ended or len(page.parsed.items) + len(page.parsed.rejected) < social.PAGE:
            break
    items = tuple(item for page in parsed for item in page.items)
    rejected = tuple(item for page in parsed for item in page.rejected)
    return Parsed(items, rejected), replace(before, position=position, not_before=None)


def _sort_out(
    parsed: Parsed, source: Source, store: SourceStore, composer: Composer, fetched_at: datetime
) -> _SortedOut:
    result = _SortedOut()
    posts: dict[str, Post] = {}
    rejected: dict[str, Rejected] = {}
    for made in _composed(parsed, source, composer, fetched_at):
        post_id = made.post_id if isinstance(made, Post) else _id_of_rejected(made, source)
        if post_id in posts or post_id in rejected:
            result.repeats += 1
        elif isinstance(made, Post):
            posts[post_id] = made
        else:
            rejected[post_id] = made
    seen = store.seen(source.name, [*posts, *rejected])
    result.repeats += len(seen)
    result.posts = [post for post_id, post in posts.items() if post_id not in seen]
    result.rejected = {post_id: item for post_id, item in rejected.items() if post_id not in seen}
    return result


def _composed(parsed: Parsed, source: Source, composer: Composer, fetched_at: datetime) -> Iterator[Post | Rejected]:
    yield from parsed.rejected
    for item in parsed.items:
        try:
            yield composer.compose(item, source.name, fetched_at)
        except MalformedItem as exc:
            # no text: it is not masked
            yield Rejected(str(exc), f"{item.native_id} {item.published_at}".encode(errors="replace"))


def _id_of_rejected(item: Rejected, source: Source) -> str:
    return post_id_of(source.name, f"rejected {hashlib.sha256(item.body).hexdigest()}")


def _publish(sorted_out: _SortedOut, source: Source, publisher: Publisher) -> None:
    publisher.publish(sorted_out.posts)
    publisher.publish_dead([_letter(item, source) for item in sorted_out.rejected.values()])


def _letter(item: Rejected, source: Source) -> DeadLetter:
    """Whoever lists dead letters must not be shown a card number either."""
    shown = mask(item.body.decode(errors="replace")).text
    return DeadLetter(item.reason, MalformedItem.__name__, source.name, shown.encode())


def _failed(source: Source, started_at: datetime, finished_at: datetime, error: GroundswellError) -> ScrapeRun:
    said = f"{type(error).__name__}: {error}"
    return ScrapeRun(
        source.name, started_at, finished_at, fetched=0, published=0, repeats=0, rejected=0, masked=0, error=said
    )


def _not_before(error: GroundswellError, now: datetime) -> datetime | None:
    if isinstance(error, Transient) and error.retry_after_s is not None:
        return now + timedelta(seconds=error.retry_after_s)
    return None
