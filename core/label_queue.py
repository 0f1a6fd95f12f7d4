"""Which posts people are asked about next: where a label teaches most, or settles something, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, assert_never

from core.guidelines import Task, choices
from core.labels import Item, Value, said
from core.posts import Channel
from core.scoring import ScoredPost, Scores
from core.shadowing import Disagreement

SECOND_SHARE: Final = 0.2
"""Of all labels, so many get a second opinion: enough to measure agreement, without doing all work twice."""
RARE_SHARE: Final = 0.5
"""A label is rare with less than this of what one of its task has on average, once that is one label or more."""

ASKED: Final[Mapping[Channel, tuple[Task, ...]]] = {
    Channel.NEWS: (Task.TOPIC, Task.SENTIMENT),
    Channel.SOCIAL: (Task.TOPIC, Task.SENTIMENT, Task.EMOTION),
    Channel.CUSTOMER: (Task.SENTIMENT, Task.EMOTION, Task.INTENT),
}
"""What is worth asking, a channel: an intent is what a customer wants, and a newspaper has no feelings."""


class Why(StrEnum):
    """Why a post is asked about; the first two before all others, since somebody's work waits for them."""

    THIRD = "two people differ"
    SECOND = "a second opinion"
    DISPUTED = "another model says otherwise"
    REPLY = "its draft answered another question"
    UNSURE = "the model is unsure"
    RARE = "a label with few examples"


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One thing to ask one person. What other people chose is not in it: an opinion is given without it."""

    post: ScoredPost
    task: Task
    why: Why
    because: str
    """The same in a sentence with its figures."""

    @property
    def said(self) -> Value:
        return said(self.post.scores, self.task)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that may be asked about."""

    post: ScoredPost
    closed: Collection[Task] = ()
    """What is not asked: somebody labelled it, is about to, or this person passed it over."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the posts."""

    disputed: Mapping[Item, str] = field(default_factory=dict)
    """What another model says, where it is something else; empty if that is not known."""
    misread: Collection[str] = ()
    """`post_id` of messages whose draft a reviewer rejected, since it answered another question."""
    counts: Mapping[tuple[Task, str], int] = field(default_factory=dict)
    """How many labels each choice has so far."""


def wants_second(item: Item) -> bool:
    """Whether a post that one person labelled goes to another one: a fixed share, by the hash of its name."""
    digest = hashlib.sha256(f"{item[0]}/{item[1]}".encode()).digest()
    return int.from_bytes(digest[:4]) < SECOND_SHARE * 2**32


def disputes(disagreements: Sequence[Disagreement]) -> dict[Item, str]:
    """Where the shadow says something else, with what it says (`Known.disputed`)."""
    return {
        (one.post_id, Task(head)): ", ".join(said(one.shadow, Task(head)))
        for one in disagreements
        for head in one.heads
    }


def uncertainty(scores: Scores, task: Task) -> float:
    """How unsure the model is, in [0, 1]; comparable within a task only.

    Of sentiment, one less the margin between the two most probable (Scheffer et al. 2001). Of the others, whose other
    probabilities are not stored, one less the greatest (Lewis & Gale 1994); of emotion without any named, 1.
    """
    match task:
        case Task.SENTIMENT:
            first, second, _ = sorted(scores.sentiment_p, reverse=True)
            return 1 - (first - second)
        case Task.TOPIC:
            return 1 - scores.topic_p
        case Task.INTENT:
            return 1 - scores.intent_p
        case Task.EMOTION:
            return 1 - max((p for _, p in scores.emotions), default=0.0)
        case _:
            assert_never(task)


def rank(
    candidates: Sequence[Candidate], known: Known, count: int, tasks: Sequence[Task] = tuple(Task)
) -> list[QueueItem]:
    """The next things to ask, at most `count`, one a post and one a near-duplicate group.

    Tasks take turns, and within a task the reasons do, so that no kind of doubt crowds out the others.

    Args:
        candidates: in any order; posts without scores and reposts are passed over.
    """
    open_items = [
        (candidate.post, task)
        for candidate in candidates
        if candidate.post.scores is not None and candidate.post.duplicate_of is None
        for task in ASKED[candidate.post.post.channel]
        if task in tasks and task not in candidate.closed
    ]
    by_task = (_of_task(task, [post for post, of in open_items if of is task], known) for task in tasks)
    return _one_a_group(list(by_task), count)


def _of_task(task: Task, posts: Sequence[ScoredPost], known: Known) -> Iterator[QueueItem]:
    """Every post of a task with its best reason, the reasons in turns."""
    ladders: dict[Why, list[tuple[float, QueueItem]]] = {why: [] for why in Why}
    average = sum(known.counts.get((task, name), 0) for name in choices(task)) / len(choices(task))
    for post in posts:
        assert post.scores is not None
        doubt = uncertainty(post.scores, task)
        name = post.post.post_id
        ours = ", ".join(said(post.scores, task))
        if known.disputed.get((name, task), ours) != ours:
            ladders[Why.DISPUTED].append((-doubt, _disputed(post, task, known)))
            continue
        if task is Task.INTENT and name in known.misread:
            ladders[Why.REPLY].append((-doubt, QueueItem(post, task, Why.REPLY, f"{Why.REPLY}, as its reviewer says")))
            continue
        ladders[Why.UNSURE].append((-doubt, QueueItem(post, task, Why.UNSURE, _unsure(post.scores, task))))
        rarest = min(((known.counts.get((task, label), 0), label) for label in said(post.scores, task)), default=None)
        if rarest is not None and average >= 1 and rarest[0] < RARE_SHARE * average:
            because = f"the model says {rarest[1]}, of which there are {rarest[0]} labels"
            ladders[Why.RARE].append((rarest[0] + doubt / 2, QueueItem(post, task, Why.RARE, because)))
    sorted_ladders = (sorted(ladder, key=lambda one: (one[0], one[1].post.post.post_id)) for ladder in ladders.values())
    return _in_turns([[item for _, item in ladder] for ladder in sorted_ladders])


def _disputed(post: ScoredPost, task: Task, known: Known) -> QueueItem:
    other = known.disputed[post.post.post_id, task]
    ours = ", ".join(said(post.scores, task)) or "nothing"
    return QueueItem(post, task, Why.DISPUTED, f"this model says {ours}, another {other or 'something else'}")


def _unsure(scores: Scores, task: Task) -> str:
    match task:
        case Task.SENTIMENT:
            named = sorted(
                zip(("negative", "neutral", "positive"), scores.sentiment_p, strict=True), key=lambda one: -one[1]
            )
            return "the model is unsure: " + ", ".join(f"{name} {p:.0%}" for name, p in named[:2])
        case Task.TOPIC:
            return f"the model is unsure: {scores.topic} {scores.topic_p:.0%}"
        case Task.INTENT:
            return f"the model is unsure: {scores.intent} {scores.intent_p:.0%}"
        case Task.EMOTION:
            likely = [f"{name} {p:.0%}" for name, p in scores.emotions[:2]]
            return f"the model is unsure: {', '.join(likely)}" if likely else "the model finds no emotion likely"
        case _:
            assert_never(task)


def _in_turns(ladders: Sequence[Sequence[QueueItem]]) -> Iterator[QueueItem]:
    for place in range(max(map(len, ladders), default=0)):
        for ladder in ladders:
            if place < len(ladder):
                yield ladder[place]


def _one_a_group(ladders: list[Iterator[QueueItem]], count: int) -> list[QueueItem]:
    """Ladders in turns, each with its first item of a group that no other has taken."""
    taken: list[QueueItem] = []
    seen: set[str] = set()
    while ladders and len(taken) < count:
        ladder = ladders.pop(0)
        item = next((item for item in ladder if _group(item) not in seen), None)
        if item is not None:
            seen.add(_group(item))
            taken.append(item)
            ladders.append(ladder)
    return taken


def _group(item: QueueItem) -> str:
    return item.post.fingerprint or item.post.post.post_id
