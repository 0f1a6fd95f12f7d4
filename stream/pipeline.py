"""What becomes of a batch of Kafka records: the page to read first.

    open    a record → its posts; what is malformed → a dead letter, and never stops the others
    look up posts stored already (a redelivery) and posts whose words, or nearly all of them, were seen in the last 48 h
    judge   only what is new: one pass of the model over it
    record  posts, scores, rollups and draft requests, in one transaction
    publish dead letters, then the scored posts; only after that is the batch acknowledged

The first two are `Pipeline.prepare`, the third is `Pipeline.judge`, the last two are `Pipeline.finish`: while batches
are judged, the one before them is stored and the one after them is looked up.

Every step can be done again: a crash anywhere replays the batch, `post_id` makes the transaction a no-op, and what was
published before is published once more. A database or broker that is down is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from core import near
from core.errors import DataRejected, MalformedRecord
from core.ports import Classifier, DeadLetter, PostStore, Publisher, Recorded
from core.posts import Post, fingerprint
from core.replies import DraftRequest
from core.scoring import ScoredPost, Scores, Unjudged, reason_not_to_judge, unscored
from core.wire import decode
from stream import dead_letters
from stream.repeats import REPEATS_FOR, Said, nearest, repeats_among
from stream.retrying import Retry


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record as it arrived."""

    topic: str
    partition: int
    offset: int
    value: bytes

    @property
    def origin(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch's posts: read = stored + repeated + refused."""

    read: int
    stored: int
    repeated: int
    """Stored before: delivered again, or published twice."""
    duplicates: int
    """Of the stored ones: another post's words."""
    unjudged: int
    """Of the stored ones: no score, with its reason."""
    drafts: int
    letters: tuple[DeadLetter, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """The posts of a batch by `post_id`, the first of each; where each stood; and what could not be read."""

    posts: Mapping[str, Post]
    origins: Mapping[str, str]
    letters: tuple[DeadLetter, ...]
    read: int
    """Good posts in all, also those that stood twice."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """New posts, and whose scores each of them will have."""

    posts: Sequence[Post]
    reasons: Mapping[str, Unjudged]
    """By `post_id`, of those that get none."""
    firsts: Mapping[str, tuple[str, Scores]]
    """Of those that repeat a stored post: that first post and its scores."""
    repeats: Mapping[str, str]
    """Of those that repeat one of this batch or of a batch ahead: its original's `post_id`."""
    said: Said

    @property
    def originals(self) -> list[Post]:
        """What the model reads."""
        settled = self.reasons.keys() | self.firsts.keys() | self.repeats.keys()
        return [post for post in self.posts if post.post_id not in settled]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch before it is judged."""

    opened: Opened
    known: Mapping[str, ScoredPost]
    """Stored before."""
    new: Sorted


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch that the model has read."""

    prepared: Prepared
    scores: Mapping[str, Scores]
    """By `post_id`, of the originals."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch whose posts all have the scores that they will have, and are not stored yet."""

    opened: Opened
    known: Mapping[str, ScoredPost]
    """Stored before, or about to be by a batch ahead."""
    scored: Sequence[ScoredPost]


@dataclass(frozen=True, slots=True)
class Stored:
    """What the transactions changed, and the letters of the posts that the database refused."""

    inserted: frozenset[str] = frozenset()
    drafts: int = 0
    refused: tuple[DeadLetter, ...] = ()

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.inserted | other.inserted, self.drafts + other.drafts, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Takes batches to their end, one after the other, in worker threads; it is given all that it touches."""

    classifier: Classifier
    store: PostStore
    publisher: Publisher
    request: Callable[[ScoredPost, datetime], DraftRequest | None]
    """Whether a stored post merits a drafted reply."""
    now: Callable[[], datetime]
    retry: Retry
    stage: Callable[[str], AbstractContextManager[object]] = field(default=lambda _name: nullcontext())
    """Times a stage."""

    def work(self, records: Sequence[Record]) -> Outcome:
        """Take a batch to its end; when it returns, the records may be acknowledged. Raises what its parts raise."""
        return self.finish(settle(self.judge(self.prepare(records))))

    def prepare(self, records: Sequence[Record], ahead: Sequence[Prepared] = ()) -> Prepared:
        """What does not need the model; it changes nothing.

        Args:
            ahead: the batches before it that may not be stored yet: their posts count as stored.

        Raises:
            Transient: the worker is stopping, and gave up waiting for the database.
        """
        with self.stage("open"):
            opened = open_records(records)
        with self.stage("look up"):
            stored = self.retry(lambda: self.store.stored(tuple(opened.posts)))
            known = {item.post.post_id: item for item in stored}
            before = known.keys() | {post.post_id for batch in ahead for post in batch.new.posts}
            new = [post for post_id, post in opened.posts.items() if post_id not in before]
            return Prepared(opened, known, sort_out(new, self._firsts(new), [batch.new.said for batch in ahead]))

    def judge(self, prepared: Prepared) -> Judged:
        """The part that needs the model; it changes nothing either, and batches may be judged side by side.

        Raises:
            ModelUnusable: from the classifier; no post is at fault, so none is set aside.
        """
        with self.stage("judge"):
            return Judged(prepared, judge(prepared.new, self.classifier))

    def finish(self, settled: Settled) -> Outcome:
        """The part that stores and publishes; batches come here in the order in which they were prepared.

        Raises:
            Transient: the worker is stopping, and gave up waiting for the database or the broker.
        """
        opened, scored = settled.opened, settled.scored
        with self.stage("record"):
            stored = self._record(scored, opened.origins)
        letters = opened.letters + stored.refused
        with self.stage("publish"):
            kept = [item for item in scored if item.post.post_id in stored.inserted]
            self._publish(letters, [*settled.known.values(), *kept])
        return _outcome(opened, kept, stored.drafts, letters)

    def _firsts(self, posts: Sequence[Post]) -> dict[str, tuple[str, Scores]]:
        """By `post_id`: the stored first post with the same words, where it has scores to take over."""
        found: dict[str, tuple[str, Scores]] = {}
        # a day at a time: the 48 h are those before the post, not before now, so that old posts can be replayed
        for _day, group in groupby(sorted(posts, key=_day_of), key=_day_of):
            found |= self._firsts_of_a_day(list(group))
        return found

    def _firsts_of_a_day(self, posts: Sequence[Post]) -> dict[str, tuple[str, Scores]]:
        marks = {post.post_id: mark for post in posts if (mark := fingerprint(post.text)) is not None}
        if not marks:
            return {}
        distinct = tuple(dict.fromkeys(marks.values()))
        since = min(post.published_at for post in posts) - REPEATS_FOR
        firsts = self.retry(lambda: self.store.firsts(distinct, since))
        found = {
            post_id: (firsts[mark][0], scores)
            for post_id, mark in marks.items()
            if mark in firsts and (scores := firsts[mark][1]) is not None
        }
        return found | self._near([post for post in posts if post.post_id not in found], since)

    def _near(self, posts: Sequence[Post], since: datetime) -> dict[str, tuple[str, Scores]]:
        """The same for posts that repeat a stored one in nearly its words."""
        bands = near.all_bands(post.text for post in posts)
        stored = self.retry(lambda: self.store.near(bands, since)) if bands else []
        index = near.Index()
        for item in stored:
            if (one := near.mark(item.post.text)) is not None:
                index.add(item.post.post_id, one)
        originals = {item.post.post_id: item.post for item in stored}
        scores = {item.post.post_id: item.scores for item in stored if item.scores is not None}
        found = {post.post_id: nearest(post, index, originals) for post in posts}
        return {name: (first, scores[first]) for name, first in found.items() if first is not None}

    def _record(self, scored: Sequence[ScoredPost], origins: Mapping[str, str]) -> Stored:
        """Record all in one transaction, or, when the database refuses a value, find whose it is by halving."""
        if not scored:
            return Stored()
        wanted = [request for item in scored if (request := self.request(item, self.now())) is not None]
        tries = 0

        def record() -> Recorded:
            nonlocal tries
            tries += 1
            return self.store.record(scored, wanted)

        try:
            recorded = self.retry(record)
        except DataRejected as exc:
            if len(scored) > 1:
                half = len(scored) // 2
                return self._record(scored[:half], origins) + self._record(scored[half:], origins)
            post = scored[0].post
            letter = dead_letters.of_refusal(exc, origins[post.post_id], post.model_dump_json().encode())
            return Stored(refused=(letter,))
        inserted = frozenset(recorded.inserted)
        if tries > 1:
            # a connection that broke during COMMIT leaves open whether it held: the rows may be ours, and unpublished
            found = self.retry(lambda: self.store.stored([item.post.post_id for item in scored]))
            inserted |= {item.post.post_id for item in found}
        return Stored(inserted, recorded.drafts_requested)

    def _publish(self, letters: Sequence[DeadLetter], scored: Sequence[ScoredPost]) -> None:
        if letters:
            self.retry(lambda: self.publisher.publish_dead(letters))
        if scored:
            self.retry(lambda: self.publisher.publish_scored(scored))


def open_records(records: Sequence[Record]) -> Opened:
    """Decode a batch; every malformed record and post becomes a letter that names its place."""
    posts: dict[str, Post] = {}
    origins: dict[str, str] = {}
    letters: list[DeadLetter] = []
    read = 0
    for record in records:
        try:
            decoded = decode(record.value)
        except MalformedRecord as exc:
            letters.append(dead_letters.of_record(exc, record.origin, record.value))
            continue
        letters += [dead_letters.of_post(rejected, record.origin, record.value) for rejected in decoded.rejected]
        bad = {rejected.index for rejected in decoded.rejected}
        places = (index for index in range(len(decoded.posts) + len(bad)) if index not in bad)
        for index, post in zip(places, decoded.posts, strict=True):
            posts.setdefault(post.post_id, post)
            origins.setdefault(post.post_id, f"{record.origin}/{index}")
        read += len(decoded.posts)
    return Opened(posts, origins, tuple(letters), read)


def sort_out(posts: Sequence[Post], firsts: Mapping[str, tuple[str, Scores]], ahead: Sequence[Said] = ()) -> Sorted:
    """Which posts the model reads, and whose scores the others take over.

    Args:
        posts: each `post_id` once, none of them stored.
        firsts: by `post_id`, the stored first of a post and its scores.
        ahead: what the batches say that may not be stored yet.
    """
    reasons = {post.post_id: reason for post in posts if (reason := reason_not_to_judge(post)) is not None}
    readable = [post for post in posts if post.post_id not in reasons and post.post_id not in firsts]
    repeats, said = repeats_among(readable, ahead)
    return Sorted(posts, reasons, firsts, repeats, said)


def judge(new: Sorted, classifier: Classifier) -> dict[str, Scores]:
    """What the model says of the originals, in one pass, by `post_id`."""
    originals = new.originals
    scores = classifier.classify([post.text for post in originals])
    return {post.post_id: score for post, score in zip(originals, scores, strict=True)}


def settle(judged: Judged, ahead: Sequence[Settled] = ()) -> Settled:
    """Give a repeat the scores of the first post with its words.

    Args:
        ahead: the batches that were ahead when it was prepared.
    """
    opened, new = judged.prepared.opened, judged.prepared.new
    before = {item.post.post_id: item for batch in ahead for item in batch.scored}
    scores = dict(judged.scores) | {name: item.scores for name, item in before.items() if item.scores is not None}
    known = {post_id: before[post_id] for post_id in opened.posts if post_id in before}
    return Settled(opened, known | dict(judged.prepared.known), scored_posts(new, scores))


def scored_posts(new: Sorted, scores: Mapping[str, Scores]) -> list[ScoredPost]:
    """Every post with its own scores, its first's or the reason why it has none, in the order of `new.posts`.

    Args:
        scores: by `post_id`, of the originals, and of those in batches ahead.
    """

    def scored(post: Post) -> ScoredPost:
        reason = new.reasons.get(post.post_id)
        if reason is not None:
            return unscored(post, reason)
        first_id = new.repeats.get(post.post_id)
        first_id, score = new.firsts.get(post.post_id) or (first_id, scores[first_id or post.post_id])
        return ScoredPost(post, score, duplicate_of=first_id, fingerprint=fingerprint(post.text))

    return [scored(post) for post in new.posts]


def _outcome(opened: Opened, kept: Sequence[ScoredPost], drafts: int, letters: tuple[DeadLetter, ...]) -> Outcome:
    refused = sum(letter.error == DataRejected.__name__ for letter in letters)
    return Outcome(
        read=opened.read,
        stored=len(kept),
        repeated=opened.read - len(kept) - refused,
        duplicates=sum(item.duplicate_of is not None for item in kept),
        unjudged=sum(item.unjudged is not None for item in kept),
        drafts=drafts,
        letters=letters,
    )


def _day_of(post: Post) -> date:
    return post.published_at.date()
