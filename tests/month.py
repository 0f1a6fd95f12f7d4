"""A month of real tweets whose language shifts in its last week, and what people would correct in it.

The tweets are training rows of the finance tweets, whose labels are known and play the people; the shifts are those of
`groundswell bench drift`. Rows are read from the data folder each time, and nothing of them is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from core.gate import MOST_LOST_POINTS
from core.labels import NewLabel, Task
from core.paired import Comparison
from core.posts import fingerprint
from core.registry import State
from core.scoring import ScoredPost, Scores
from groundswell.benchmarks.drift_posts import new_ticker, new_word, number_of
from models.data import SENTIMENTS, Example, TrainingData
from models.packing import unpack
from models.registering import describe
from models.side_by_side import side_by_side
from storage.postgres import Database
from tests.builders import make_post

TWEETS: Final = "twitter_financial_sentiment"
TOPICS: Final = "twitter_financial_topic"
QUIET_DAYS: Final = 28
SHIFTED_DAYS: Final = 7
"""The stated delay: a change is to be seen within so many."""
QUIET_POSTS: Final = 120
SHIFTED_POSTS: Final = 200
"""A day, before the posts about the topic: enough for three hundred with the new word in a week."""
MORE_ABOUT_TOPIC: Final = 40
"""Posts a day about one topic, from the shift on."""
CORRECTIONS: Final = 300
LEAST_GAIN: Final = 0.05
"""Of macro-F1 on the held-out part, that the corrections must bring."""
PEOPLE: Final = ("ann", "bob", "cleo")
AT_ONCE: Final = 256


class Judge(Protocol):
    """A classifier, as far as a month needs it."""

    def classify(self, texts: Sequence[str]) -> list[Scores]: ...


@dataclass(frozen=True, slots=True)
class Month:
    """What is said, day by day, and what of the new language is corrected and what is measured on."""

    days: dict[date, tuple[Example, ...]]
    shifted_on: date
    corrected: tuple[Example, ...]
    """All are said in the shifted week."""
    development: tuple[Example, ...]
    """Texts with the new word that are not corrected: what settings may be chosen on."""
    held_out: tuple[Example, ...]
    """The same for the figure that is reported. No two of the three share a group of near-duplicates."""


def shifted(example: Example) -> Example:
    """The tweet in the new language; the same one where nothing of it changes."""
    return replace(example, text=new_ticker(new_word(example.text)))


def has_new_word(example: Example) -> bool:
    """Whether the new word takes a place in it."""
    return new_word(example.text) != example.text


def make_month(data: TrainingData, until: date, draw: str) -> Month:
    """Four quiet weeks and one in the new language.

    Args:
        data: as read from the data folder.
        until: the last day.
        draw: which posts are said, and so corrected; another one gives others. The held-out part is always the same.
    """
    tweets = [one for one in data.train if one.dataset == TWEETS and one.task == "sentiment"]
    held_out = [one for one in tweets if is_held_out(one)]
    said = sorted((one for one in tweets if not is_held_out(one)), key=lambda one: number_of(f"{draw}/{one.text}"))
    about = sorted(
        (one for one in data.train if one.dataset == TOPICS and one.labels == (_third_topic(data),)),
        key=lambda one: number_of(f"{draw}/{one.text}"),
    )
    first = until - timedelta(days=QUIET_DAYS + SHIFTED_DAYS - 1)
    days: dict[date, tuple[Example, ...]] = {}
    for number in range(QUIET_DAYS):
        days[first + timedelta(days=number)] = tuple(said[number * QUIET_POSTS : (number + 1) * QUIET_POSTS])
    week = said[QUIET_DAYS * QUIET_POSTS :]
    corrected = [shifted(one) for one in week[: SHIFTED_DAYS * SHIFTED_POSTS] if has_new_word(one)][:CORRECTIONS]
    for number in range(SHIFTED_DAYS):
        part = [shifted(one) for one in week[number * SHIFTED_POSTS : (number + 1) * SHIFTED_POSTS]]
        topical = about[number * MORE_ABOUT_TOPIC : (number + 1) * MORE_ABOUT_TOPIC]
        days[first + timedelta(days=QUIET_DAYS + number)] = (*part, *topical)
    groups = {one.group for one in corrected}
    return Month(
        days,
        first + timedelta(days=QUIET_DAYS),
        tuple(corrected),
        tuple(shifted(one) for one in said if has_new_word(one) and one.group not in groups),
        tuple(shifted(one) for one in held_out if has_new_word(one)),
    )


def is_held_out(example: Example) -> bool:
    """Two fifths of the groups of near-duplicates are neither said nor corrected."""
    return number_of(f"held out/{example.group}") % 5 < 2


def _third_topic(data: TrainingData) -> int:
    """The third in size: neither what everybody speaks of, nor a topic of a few posts."""
    counts: dict[int, int] = {}
    for one in data.train:
        if one.dataset == TOPICS:
            counts[one.labels[0]] = counts.get(one.labels[0], 0) + 1
    return sorted(counts, key=lambda label: -counts[label])[2]


def record(database: Database, said_on: Mapping[date, Sequence[Example]], judge: Judge) -> dict[str, ScoredPost]:
    """Store what is said on each day as a worker would have, judged by a model; by text."""
    stored: dict[str, ScoredPost] = {}
    for day, said in said_on.items():
        start = datetime.combine(day, time(1), UTC)
        texts = [one.text for one in said]
        scores = [one for at in range(0, len(texts), AT_ONCE) for one in judge.classify(texts[at : at + AT_ONCE])]
        posts = [
            ScoredPost(
                make_post(f"{day} {number}", text=text, published_at=start + timedelta(minutes=5 * number)),
                judged,
                fingerprint=fingerprint(text),
            )
            for number, (text, judged) in enumerate(zip(texts, scores, strict=True))
        ]
        database.posts.record(posts, [])
        stored |= {one.post.text: one for one in posts}
    return stored


def correct(database: Database, corrected: Sequence[Example], stored: Mapping[str, ScoredPost], at: datetime) -> int:
    """Let people give stored posts their known labels, in turns; how many differ from what the model said."""
    differing = 0
    for number, example in enumerate(corrected):
        judged = stored[example.text]
        assert judged.scores is not None
        known, said = SENTIMENTS[example.labels[0]], judged.scores.sentiment.value
        label = NewLabel(
            judged.post.post_id, Task.SENTIMENT, (known,), PEOPLE[number % len(PEOPLE)], (said,),
            judged.scores.model_version,
        )  # fmt: skip
        database.labels.add(label, at + timedelta(seconds=number))
        differing += known != said
    return differing


def enter_champion(database: Database, weights: Path, at: datetime) -> str:
    """Let the weights be the champion since a moment in the past; their version."""
    model, artefact = describe(weights, at)
    database.models.add(replace(model, state=State.CHAMPION), artefact, "tests", "before the shift", at)
    return model.version


def gain(database: Database, champion: str, candidate: str, folder: Path, said: Sequence[Example]) -> Comparison:
    """Macro-F1 of two models of the registry on texts in the new language; `folder` takes their artefacts."""
    for version in (champion, candidate):
        unpack(database.models.artefact(version), folder / version)
    found = side_by_side(folder / champion, folder / candidate, (), (), said).new_labels
    assert found is not None
    return found


def frozen(report: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """By frozen set, the champion's macro-F1 and the candidate's, as a run's report has them."""
    sets = report["measured"]["evidence"]["frozen"]
    return {one["name"]: (one["champion"], one["candidate"]) for one in sets}


def lost(report: dict[str, Any]) -> dict[str, float]:
    """The frozen sets that lost more than half a point, with what they lost, in points."""
    losses = {name: 100 * (old - young) for name, (old, young) in frozen(report).items()}
    return {name: points for name, points in losses.items() if points > MOST_LOST_POINTS}
