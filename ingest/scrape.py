"""One run over one source: fetch, parse, clean, mask, drop repeats, publish, and only then move the cursor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from core.errors import GroundswellError, MalformedItem, SetupError, Transient
from core.ports import Cursor, DeadLetter, Publisher, ScrapeRun, SourceStore
from core.posts import Post, post_id_of
from core.sources import Kind, Source
from ingest import folder
from ingest.articles import Articles
from ingest.compose import Composer
from ingest.http import Fetch
from ingest.items import Item, Parsed, Rejected
from ingest.mask import mask
from ingest.sites.asking import Order
from ingest.sites.registry import SITES
from ingest.walk import Trail, Walked, walk

Complete = Callable[[Item], Item]
"""Reads the rest of an item that is only a summary."""

EARLY_S: Final = 1.0
"""A run may begin so much before it is due: whoever starts runs does so by a clock of their own."""


def scrape(
    source: Source,
    *,
    store: SourceStore,
    publisher: Publisher,
    fetch: Fetch,
    composer: Composer,
    now: Callable[[], datetime],
    key: str = "",
    since: datetime | None = None,
) -> ScrapeRun:
    """Publish what is new at one source.

    Args:
        key: the source's own, if it has one.
        since: for a backfill: go back to this time, as far as the site does, without waiting for a turn of the cadence.

    The cursor and the ids are stored after the broker acknowledged: a run that breaks off between is done again, and
    every post has the same id again. A run that fails is stored with its error and a cursor that did not move; one that
    fails after its first page keeps what it has and goes on there.

    Returns:
        What was done; all zero when it is not due yet, or the site asked us to wait and the time is not over.

    Raises:
        SourceUnavailable, SourceRefused: the site; the run is stored.
        BrokerUnavailable: Kafka; the run is stored.
        DatabaseUnavailable, DataRejected: the store itself; nothing is stored.
        SetupError: a source of this kind is not scraped.
    """
    started_at = now()
    before = store.cursor(source.name)
    if since is not None:
        before = _rewound(before, source, since)
    if waits_until(before, started_at) is not None:
        return ScrapeRun(source.name, started_at, now(), fetched=0, published=0, repeats=0, rejected=0, masked=0)
    due = replace(before, due_at=started_at + timedelta(seconds=source.every_s) if source.every_s else None)
    try:
        walked = _read(source, due, fetch, key, started_at)
        sorted_out = _sort_out(walked.parsed, source, store, composer, Articles(fetch).complete, started_at)
        _publish(sorted_out, source, publisher)
    except GroundswellError as exc:
        store.finish(_failed(source, started_at, now(), exc), _waiting(before, exc, now()), ())
        raise
    run = sorted_out.run(source, started_at, now())
    if walked.error is not None:
        run = replace(run, error=_said(walked.error))
        store.finish(run, _waiting(walked.cursor, walked.error, now()), sorted_out.ids)
        raise walked.error
    store.finish(run, walked.cursor, sorted_out.ids)
    return run


def take_in(
    parsed: Parsed,
    source: Source,
    *,
    store: SourceStore,
    publisher: Publisher,
    composer: Composer,
    now: Callable[[], datetime],
) -> ScrapeRun:
    """Publish what is new of items that came by themselves, and store the run.

    Raises:
        BrokerUnavailable, DatabaseUnavailable: nothing is remembered; whoever sent them sends them again.
    """
    started_at = now()
    sorted_out = _sort_out(parsed, source, store, composer, lambda item: item, started_at)
    _publish(sorted_out, source, publisher)
    run = sorted_out.run(source, started_at, now())
    store.finish(run, Cursor(source.name), sorted_out.ids)
    return run


def waits_until(cursor: Cursor, now: datetime) -> datetime | None:
    """When a source may be read again, if that is not now."""
    due = cursor.due_at - timedelta(seconds=EARLY_S) if cursor.due_at is not None else None
    return max((moment for moment in (cursor.not_before, due) if moment is not None and moment > now), default=None)


def _rewound(cursor: Cursor, source: Source, since: datetime) -> Cursor:
    """From which a run reads back to a time; what was published before is found among the ids."""
    site = SITES.get(source.kind)
    goes_back = site is not None and site.order is Order.NEWEST_FIRST
    return Cursor(cursor.source, position=Trail(since).written() if goes_back else "", not_before=cursor.not_before)


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


def _read(source: Source, before: Cursor, fetch: Fetch, key: str, now: datetime) -> Walked:
    if source.kind is Kind.FOLDER:
        page = folder.read(source, before.position, now)
        return Walked(page.parsed, replace(before, position=page.next, not_before=None))
    site = SITES.get(source.kind)
    if site is None:
        raise SetupError(f"{source.name} is not scraped: what it brings comes by itself")
    return walk(site, source, before, fetch, key, now)


def _sort_out(
    parsed: Parsed, source: Source, store: SourceStore, composer: Composer, complete: Complete, fetched_at: datetime
) -> _SortedOut:
    """Those that were not published before, composed; each id once."""
    result = _SortedOut()
    items: dict[str, Item] = {}
    for item in parsed.items:
        if items.setdefault(_id_of(item, source), item) is not item:
            result.repeats += 1
    known = store.seen(source.name, list(items))
    result.repeats += len(known)
    rejected: dict[str, Rejected] = {}
    for made in (*parsed.rejected, *_composed(_without(items, known), source, composer, complete, fetched_at)):
        if isinstance(made, Post):
            result.posts.append(made)
        elif rejected.setdefault(_id_of_rejected(made, source), made) is not made:
            result.repeats += 1
    known = store.seen(source.name, list(rejected))
    result.repeats += len(known)
    result.rejected = {name: one for name, one in rejected.items() if name not in known}
    return result


def _without(items: Mapping[str, Item], known: set[str]) -> Iterator[Item]:
    return (item for post_id, item in items.items() if post_id not in known)


def _composed(
    items: Iterator[Item], source: Source, composer: Composer, complete: Complete, fetched_at: datetime
) -> Iterator[Post | Rejected]:
    for item in items:
        try:
            yield composer.compose(complete(item), source.name, fetched_at)
        except MalformedItem as exc:
            # no text: it is not masked
            yield Rejected(str(exc), f"{item.native_id} {item.published_at}".encode(errors="replace"))


def _id_of(item: Item, source: Source) -> str:
    try:
        return post_id_of(source.name, item.native_id)
    except UnicodeEncodeError:  # half of a surrogate pair: the composer refuses it
        return ascii(item.native_id)


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
    return ScrapeRun(
        source.name,
        started_at,
        finished_at,
        fetched=0,
        published=0,
        repeats=0,
        rejected=0,
        masked=0,
        error=_said(error),
    )


def _said(error: GroundswellError) -> str:
    return f"{type(error).__name__}: {error}"


def _waiting(cursor: Cursor, error: GroundswellError, now: datetime) -> Cursor:
    """After a failure a source is tried again with the next round, unless the site names a time."""
    wait_s = error.retry_after_s if isinstance(error, Transient) else None
    return replace(cursor, due_at=None, not_before=now + timedelta(seconds=wait_s) if wait_s is not None else None)
