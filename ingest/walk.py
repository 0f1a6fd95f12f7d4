"""Reads a site page after page: from its own cursor on, or from the newest item back to what is known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never

from core.errors import GroundswellError, SourceRefused
from core.ports import Cursor
from core.sources import Source
from ingest.http import Fetch, Fetched
from ingest.items import Item, Parsed, Rejected
from ingest.sites.asking import Ask, Order, Page, Site
from ingest.sites.fields import read_json, text_or_none

MOST_PAGES: Final = 50
"""Of 100 items; the rest of a long backlog comes with the next run."""


@dataclass(frozen=True, slots=True)
class Trail:
    """How far back a walk from the newest item has come; as a cursor's `position` it lets a long one go on later."""

    since: datetime | None = None
    """What earlier walks have read up to; `None` before the first one, which reads a single page."""
    newest: datetime | None = None
    """The newest item of this walk."""
    page: str = ""
    """What the next page is asked for with; empty at the start of a walk."""

    @classmethod
    def read(cls, position: str) -> Trail:
        """The trail that a position holds; a fresh one where it holds none.

        >>> Trail.read(Trail(datetime(2026, 3, 2), page="p2").written()).page
        'p2'
        """
        try:
            held = json.loads(position) if position else {}
            times = (datetime.fromisoformat(held[n]) if held.get(n) else None for n in ("since", "newest"))
            return cls(*times, page=held.get("page", ""))
        except (ValueError, TypeError, AttributeError):
            return cls()

    def written(self) -> str:
        """As a cursor's position."""
        held = {"since": self.since, "newest": self.newest}
        times = {name: moment.isoformat() for name, moment in held.items() if moment is not None}
        return json.dumps(times | ({"page": self.page} if self.page else {}))

    def ended(self) -> Trail:
        """After its last page: the next walk comes back to the newest item of this one."""
        known = [moment for moment in (self.since, self.newest) if moment is not None]
        return Trail(max(known, default=None))


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found, where it stands, and why it broke off, if it did."""

    parsed: Parsed
    cursor: Cursor
    error: GroundswellError | None = None


def walk(site: Site, source: Source, before: Cursor, fetch: Fetch, key: str, now: datetime) -> Walked:
    """Read what is new.

    A walk that breaks off after its first page keeps what it has, and goes on there the next time.

    Raises:
        SourceUnavailable, SourceRefused: the first page cannot be had.
    """
    if site.login is not None:
        key = _token(site.login(source, key), source, fetch)
    steps = _Steps(site, source, fetch, key)
    match site.order:
        case Order.WHOLE:
            return _whole(steps, before)
        case Order.ONWARD:
            return _onward(steps, before)
        case Order.NEWEST_FIRST:
            return _back(steps, before, now)
        case _:
            assert_never(site.order)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Asks one site for its pages."""

    site: Site
    source: Source
    fetch: Fetch
    key: str

    def page(self, since: datetime | None, token: str) -> Page:
        # no validators: they belong to one address, and each page has its own
        fetched = send(self.fetch, self.site.ask(self.source, since, token, self.key))
        return self.site.parse(fetched.body or b"", self.source, token)


def send(fetch: Fetch, ask: Ask, *, etag: str = "", last_modified: str = "") -> Fetched:
    """One request."""
    return fetch(ask.url, params=ask.params, headers=ask.headers, form=ask.form, etag=etag, last_modified=last_modified)


def _whole(steps: _Steps, before: Cursor) -> Walked:
    ask = steps.site.ask(steps.source, None, "", steps.key)
    fetched = send(steps.fetch, ask, etag=before.etag, last_modified=before.last_modified)
    after = replace(before, etag=fetched.etag, last_modified=fetched.last_modified, not_before=None)
    if fetched.body is None:
        return Walked(Parsed(()), after)
    return Walked(steps.site.parse(fetched.body, steps.source, "").parsed, after)


def _onward(steps: _Steps, before: Cursor) -> Walked:
    """Page after page until one names no new place; the first one of the next run starts where this one ended."""
    pages: list[Parsed] = []
    position, asked, error = before.position, set[str](), None
    while position not in asked and len(asked) < MOST_PAGES:
        asked.add(position)
        try:
            page = steps.page(None, position)
        except GroundswellError as exc:
            error = _unless_first(exc, pages)
            break
        pages.append(page.parsed)
        position = page.next or position
        if page.is_last:
            break
    return Walked(_together(pages), replace(before, position=position, not_before=None), error)


def _back(steps: _Steps, before: Cursor, now: datetime) -> Walked:
    """From the newest item, or from where the last walk broke off, back to what is known."""
    trail = Trail.read(before.position)
    from_ = trail.since - steps.site.overlap if trail.since else None
    pages: list[Parsed] = []
    asked, error, ended = set[str](), None, False
    while not ended and len(asked) < MOST_PAGES:
        asked.add(trail.page)
        try:
            page = _page_or_first(steps, from_, trail, is_continued=not pages and bool(trail.page))
        except GroundswellError as exc:
            error = _unless_first(exc, pages)
            break
        pages.append(page.parsed)
        times = [item.published_at for item in page.parsed.items if item.published_at.tzinfo is not None]
        # a clock that is ahead must not hide what comes until then
        seen = [min(moment, now) for moment in times] + [moment for moment in (trail.newest,) if moment is not None]
        trail = replace(trail, newest=max(seen, default=None), page=page.next)
        # the last three, since one may bear a wrong date
        is_known = from_ is not None and bool(times) and max(times[-3:]) < from_
        ended = not page.next or page.next in asked or is_known or trail.since is None
    after = trail.ended() if ended else trail
    return Walked(_together(pages), replace(before, position=after.written(), not_before=None), error)


def _page_or_first(steps: _Steps, since: datetime | None, trail: Trail, is_continued: bool) -> Page:
    """A page; where the place that was kept from an earlier run is no longer known to the site, the first one."""
    try:
        return steps.page(since, trail.page)
    except SourceRefused:
        if not is_continued:
            raise
        return steps.page(since, "")


def _unless_first(error: GroundswellError, pages: list[Parsed]) -> GroundswellError:
    if not pages:
        raise error
    return error


def _together(pages: Iterable[Parsed]) -> Parsed:
    items: list[Item] = []
    rejected: list[Rejected] = []
    for page in pages:
        items += page.items
        rejected += page.rejected
    return Parsed(tuple(items), tuple(rejected))


def _token(ask: Ask, source: Source, fetch: Fetch) -> str:
    token = text_or_none(read_json(send(fetch, ask).body or b"", source), "access_token")
    if token is None:
        raise SourceRefused(f"{source.name} gives no access token for its key")
    return token
