"""What the programs need from the outside, one small protocol a need; the edges fill them.

Implementations raise only errors of `core.errors`; each method names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.alerting import Change, Incident, Notification
from core.audit import Asked, Entry
from core.plans import Plan
from core.posts import Post
from core.replies import Draft, DraftRequest, Earlier
from core.reviews import Answer, Reviewer, Ruling
from core.routing import Routed, Standing
from core.scoring import ScoredPost, Scores
from core.series import Bucket
from core.silences import Silence
from core.surges import Kind
from core.watched import Remembered, Series


class Classifier(Protocol):
    """One pass, four heads."""

    @property
    def version(self) -> str:
        """Names the weights; stored with every score."""
        ...

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        """Scores in the order of `texts`; an empty list for no texts. Raises ModelUnusable."""
        ...


class Publisher(Protocol):
    """Puts posts on the broker and returns when the broker has them. Raises BrokerUnavailable."""

    def publish(self, posts: Sequence[Post]) -> None:
        """To posts.raw, as records of 1 to 100 posts."""
        ...

    def publish_scored(self, posts: Sequence[ScoredPost]) -> None:
        """To posts.scored, for other consumers."""
        ...

    def publish_dead(self, letters: Sequence[DeadLetter]) -> None:
        """To posts.dead, each with its reason, place and bytes."""
        ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not become a stored post: why, where it stood, and its bytes, so that it can be replayed.

    `origin` is "topic/partition/offset" or "topic/partition/offset/index" for what the worker set aside, and
    the source's name for what a scraper did. `error` is the class name of the error.
    """

    reason: str
    error: str
    origin: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one batch's transaction changed."""

    inserted: tuple[str, ...]
    """`post_id` of the rows that are new; a batch that is delivered again inserts none."""
    drafts_requested: int


class PostStore(Protocol):
    """Posts, scores and rollups. Raises DatabaseUnavailable, DataRejected."""

    def firsts(self, fingerprints: Sequence[str], since: datetime) -> Mapping[str, tuple[str, Scores | None]]:
        """By fingerprint: `post_id` and scores of the first original post with it, published at `since` or later."""
        ...

    def near(self, bands: Sequence[int], since: datetime) -> list[ScoredPost]:
        """Original posts with scores that share a band (core.near) and were published at `since` or later; at most
        5,000, the newest, in the order of their publication."""
        ...

    def record(self, posts: Sequence[ScoredPost], requests: Sequence[DraftRequest]) -> Recorded:
        """One transaction: insert the posts that are new, and of just those the scores, rollups and draft requests.

        A `post_id` that is stored already, or stands a second time in `posts`, changes nothing.
        """
        ...

    def stored(self, post_ids: Sequence[str]) -> list[ScoredPost]:
        """The stored posts among these ids, with their scores."""
        ...


class IncidentStore(Protocol):
    """Incidents, and what is remembered of the series, stepped by one worker at a time. Raises DatabaseUnavailable."""

    def step(
        self,
        decide: Callable[[Sequence[Series], Sequence[Incident]], Steps],
        now: datetime,
        route: Callable[[Standing], Routed] | None = None,
        reach: Callable[[str, str], timedelta] | None = None,
        every: timedelta = timedelta(0),
    ) -> Steps | None:
        """Under one advisory lock and in one transaction: read the series that got posts since the last step, and those
        of open incidents and their members; let `decide` say what changes and `route` who is told; store that.

        `decide` is given incidents that are open, and those that were resolved within the last day; `reach` says, by
        dimension and key, how far back a series is to be read beyond what the decision needs. `None` when another
        worker holds the lock, or when the last step that held began less than `every` ago.
        """
        ...

    def standing(self, now: datetime) -> Standing:
        """What routing decides upon; without the lock, for whoever lists alerts."""
        ...

    def open_incidents(self) -> list[Incident]:
        """Those that are told of and not resolved; without the lock, for whoever writes replies."""
        ...

    def evidence(
        self, dimension: str, key: str, kind: Kind, since: datetime, until: datetime, limit: int
    ) -> list[ScoredPost]:
        """The newest original posts of a kind about a thing, published within these times, newest first."""
        ...

    def voices(self, dimension: str, key: str, kind: Kind, since: datetime, until: datetime) -> int:
        """How many authors they have; of posts without one, those of a news source are one's, the others one each."""
        ...

    def minutes(self, since: datetime, until: datetime) -> Mapping[tuple[str, str], Sequence[Bucket]]:
        """Of every series that is watched, by dimension and key: its minutes with posts, from `since` to before
        `until`, oldest first; for replays."""
        ...

    def history(self, incident_id: str) -> list[Change]:
        """What changed of an incident, and when, the first first."""
        ...


@dataclass(frozen=True, slots=True)
class SeriesState:
    """What is to be remembered of one series."""

    dimension: str
    key: str
    remembered: Remembered


@dataclass(frozen=True, slots=True)
class Steps:
    """What one look at the series changed; stored together or not at all."""

    incidents: tuple[Incident, ...] = ()
    """Opened, updated and resolved ones, whole."""
    notifications: tuple[Notification, ...] = ()
    states: tuple[SeriesState, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Pending incidents that came to nothing, and are forgotten."""


class Outbox(Protocol):
    """Notifications waiting to be sent; several senders never hold the same one. Raises DatabaseUnavailable."""

    def next_due(self, now: datetime) -> AbstractContextManager[Notification | None]:
        """Locks one due notification while the context is open; `None` when none is due."""
        ...

    def settle(self, notification: Notification) -> None:
        """Inside that context: store its new state, attempts and next attempt, with the lock's transaction."""
        ...


class Alerts(Outbox, Protocol):
    """The outbox of alerts; itself, it serves the receiver that the settings describe."""

    def to(self, receiver: str) -> Outbox:
        """The messages of one receiver: while it is down, the others' are sent."""
        ...

    def abandon(self, served: Sequence[str], before: datetime, now: datetime) -> int:
        """Give up what was queued before a time for receivers that are not `served`; how many."""
        ...


class AuditLog(Protocol):
    """Who did what, for ever. Raises DatabaseUnavailable."""

    def add(self, by: str, action: str, subject: str, detail: Mapping[str, Any], at: datetime) -> None:
        """Add an entry, as `core.audit.Entry` describes it; a ValueError where it would be none.

        A store that writes what the entry tells of adds it itself, in the same transaction; this is for the others.
        """
        ...

    def read(self, asked: Asked, count: int) -> list[Entry]:
        """Up to `count` entries that are asked for, the newest first."""
        ...


class Silences(Protocol):
    """Silences, kept after their end. Raises DatabaseUnavailable."""

    def add(self, silence: Silence) -> None: ...

    def end(self, silence_id: str, now: datetime, by: str | None = None) -> bool:
        """End it now; false when there is none of this name that lasts. `by` is whoever ends it, else its owner."""
        ...

    def lasting(self, now: datetime) -> list[Silence]:
        """Those that are not over, also those that have not begun, the first to end first."""
        ...


class DraftStore(Protocol):
    """Reply drafts from request to verdict. Raises DatabaseUnavailable."""

    def requested(self, limit: int) -> AbstractContextManager[Sequence[tuple[DraftRequest, ScoredPost]]]:
        """Locks up to `limit` requests, highest priority first, while the context is open."""
        ...

    def drafted(self, author_keys: Sequence[str], since: datetime) -> Mapping[str, Sequence[Earlier]]:
        """Inside that context, by author: the drafts made ready at `since` or later (waiting or approved), newest
        first; an author without one is missing."""
        ...

    def save(self, draft: Draft) -> None:
        """Inside that context: store what was written; the request is then done."""
        ...


class ReviewStore(Protocol):
    """What people do with drafts; of two at once, one wins. Raises DatabaseUnavailable, and then nothing was done.

    All but `take` return DONE, or why nothing was done.
    """

    def take(self, reviewer: Reviewer, now: datetime, claim_for: timedelta) -> str | None:
        """Claim the most urgent draft that nobody has; its `post_id`, or `None` where there is none."""
        ...

    def claim(self, post_id: str, reviewer: Reviewer, now: datetime, claim_for: timedelta) -> Answer:
        """Nobody else gets this draft until then; whoever has it may claim it again, to keep it longer."""
        ...

    def release(self, post_id: str, reviewer: Reviewer, now: datetime) -> Answer:
        """Let go of a draft that one has in review."""
        ...

    def edit(self, post_id: str, text: str, reviewer: Reviewer, now: datetime) -> Answer:
        """Save another text without deciding; the draft that was written stays beside it."""
        ...

    def decide(self, post_id: str, ruling: Ruling, reviewer: Reviewer, now: datetime) -> Answer:
        """One transaction: the verdict, its place in the history and, of an approval, its hand-over in the outbox."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors whose cosine says how alike they are. Raises ModelUnusable."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n, size), rows of length 1; n may be 0. Another thread may be classifying at the same time."""
        ...


class Reader(Classifier, Embedder, Protocol):
    """One model that does both."""


class Writer(Protocol):
    """Words plans anew; the guard reads what it wrote. Raises ModelUnusable."""

    @property
    def name(self) -> str:
        """Stored with every draft."""
        ...

    def write(self, plans: Sequence[Plan], messages: Sequence[str]) -> list[str]:
        """One text a plan, in their order; empty where it could not. Never asked for a plan that is `verbatim`.

        `messages` are the customers' own words: data, never instructions.
        """
        ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a scraper stands with one source; empty strings before the first run."""

    source: str
    etag: str = ""
    last_modified: str = ""
    position: str = ""
    """Whatever the site pages by: an id, a token, a time."""
    not_before: datetime | None = None
    """The site asked us to wait until then (Retry-After)."""
    due_at: datetime | None = None
    """The source is due again then, by its own cadence."""


@dataclass(frozen=True, slots=True)
class ScrapeRun:
    """One run over one source, for the health of sources and for the report.

    fetched = published + repeats + rejected, unless `error` says that the run broke off.
    """

    source: str
    started_at: datetime
    finished_at: datetime
    fetched: int
    published: int
    repeats: int
    rejected: int
    masked: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One source on a scraper's list."""

    source: str
    kind: str
    channel: str
    every_s: int
    needs_key: str = ""
    """The environment variable that is missing; empty when none is."""


class SourceStore(Protocol):
    """Cursors and runs of the scrapers. Raises DatabaseUnavailable."""

    def tell(self, sources: Sequence[Told], now: datetime) -> None:
        """Remember what is on the list, so that a source is missed also before its first run; others are forgotten."""
        ...

    def cursor(self, source: str) -> Cursor:
        """The source's cursor, or a fresh one."""
        ...

    def seen(self, source: str, post_ids: Sequence[str]) -> set[str]:
        """Those of the ids that a finished run already published."""
        ...

    def finish(self, run: ScrapeRun, cursor: Cursor, published: Sequence[str]) -> None:
        """One transaction, after Kafka acknowledged: the run, the cursor, and the ids just published."""
        ...


class HostTurns(Protocol):
    """Whose turn it is to ask a site, among all processes. Raises DatabaseUnavailable."""

    def take(self, host: str, holder: str, now: datetime, gap: timedelta, lease: timedelta) -> datetime | None:
        """`None` when it is this holder's turn, until it frees the host or the lease is over; else when to ask again.

        The next turn begins `gap` later at the earliest.
        """
        ...

    def free(self, host: str, holder: str, now: datetime) -> None:
        """End a turn of this holder's; that of another one stays."""
        ...


class Notifier(Protocol):
    """Delivers one notification, once. Raises DeliveryFailed (try again), DeliveryRefused (never)."""

    def notify(self, notification: Notification) -> None: ...
