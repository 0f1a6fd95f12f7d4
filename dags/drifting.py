"""Looks for drift: makes sketches of days that are over, draws the lines of a new reference, and judges each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from core import drift_accuracy
from core.drift import ACCURACY
from core.drift_accuracy import Answer
from core.drift_watch import Finding, Reference, choose, look, with_lines
from core.learning_ports import DriftStore
from core.ports import Embedder
from core.posts import Channel
from core.registry import State
from core.scoring import Scores
from core.sketches import Sketch, sketch

if TYPE_CHECKING:
    from storage.postgres import Database

SAMPLE: Final = 400
"""Posts of a day and channel that a sketch is made of; as many are embedded in some ten seconds."""
SETTLES_AFTER: Final = timedelta(hours=3)
"""A day is sketched so long after its end: by then most sources were read again."""
MEMORY_DAYS: Final = 63
"""A reference of four weeks, and as much to look at; older days are not sketched any more."""
LEAST_SAMPLE: Final = 5
MAX_TOKENS: Final = 96
BATCH_TOKENS: Final = 1_024
"""Of a text and of a pass of the encoder, as the classifier has them."""
DAY: Final = timedelta(days=1)
CHANNELS: Final = tuple(channel.value for channel in Channel)


@dataclass(frozen=True, slots=True)
class Champion:
    """Which model judges, and since which day; the first day of all when that is not known."""

    version: str
    since: date


@dataclass(frozen=True, slots=True)
class Looked:
    """What one run did."""

    sketched: int
    references: int
    """Channels that got new lines."""
    days: int
    """Days of channels that were judged."""
    drifting: tuple[Finding, ...]


def look_for_drift(
    store: DriftStore,
    answers: Sequence[Answer],
    champion: Champion,
    load: Callable[[], Embedder],
    now: datetime,
    tell: Callable[[str], object],
) -> Looked | None:
    """Everything that has become due; done again at once, it changes nothing. `None` when somebody else is at it.

    Args:
        answers: what people said of posts; `answers_of` reads them.
        load: makes the encoder; called only when there is something to embed.

    Raises:
        DatabaseUnavailable: what was done until then stays done; do it again.
        ModelUnusable: from the encoder.
    """
    with store.alone() as held:
        if not held:
            return None
        last = (now - SETTLES_AFTER).astimezone(UTC).date() - DAY
        first = last - (MEMORY_DAYS - 1) * DAY
        sketched = _sketch(store, first, last, load, tell)
        known, looked = store.references(), store.looked()
        before: dict[str, dict[str, Finding]] = {}
        for one in store.findings():
            before.setdefault(one.channel, {})[one.statistic] = one
        references, days = 0, 0
        for channel in CHANNELS:
            reference, sketches = _reference(store, known.get(channel), channel, champion, first, tell)
            references += reference is not known.get(channel)
            start = max(first, looked.get(channel, last - DAY) + DAY)
            last_known = before.get(channel, {}) if reference is known.get(channel) else {}
            days += _judge(store, reference, sketches, answers, last_known, start, last)
        return Looked(sketched, references, days, tuple(one for one in store.findings() if one.since is not None))


def _sketch(
    store: DriftStore, first: date, last: date, load: Callable[[], Embedder], tell: Callable[[str], object]
) -> int:
    made = 0
    embedder: Embedder | None = None
    for day, channel in store.unsketched(first, last, CHANNELS):
        texts, scores = _of_one_model(store.sample(day, channel, SAMPLE))
        if len(texts) < LEAST_SAMPLE:
            continue
        tell(f"sketching {channel} of {day}: {len(texts)} posts")
        embedder = embedder or load()
        store.keep([sketch(day, channel, texts, scores, embedder.embed(texts))])
        made += 1
    return made


def _of_one_model(sample: Sequence[tuple[str, Scores]]) -> tuple[list[str], list[Scores]]:
    """Of the model that judged most of them: on the day of a change there are two."""
    counted = Counter(scores.model_version for _, scores in sample)
    version = max(counted, key=lambda name: (counted[name], name), default="")
    kept = [(text, scores) for text, scores in sample if scores.model_version == version]
    return [text for text, _ in kept], [scores for _, scores in kept]


def _reference(
    store: DriftStore,
    known: Reference | None,
    channel: str,
    champion: Champion,
    first: date,
    tell: Callable[[str], object],
) -> tuple[Reference, list[Sketch]]:
    """The channel's reference with its lines, `known` itself where nothing is new, and the sketches that it needs."""
    mine = known if known is not None and known.model_version == champion.version else None
    spans = [span for span in (mine.written, mine.judged) if span is not None] if mine is not None else []
    sketches = store.sketches(channel, min([first, *(span.first for span in spans)]))
    chosen = choose(sketches, channel, champion.version, champion.since)
    if mine is not None:  # days that were chosen once stay, however long ago they are by now
        chosen = replace(chosen, written=mine.written or chosen.written, judged=mine.judged or chosen.judged)
        if (chosen.written, chosen.judged) == (mine.written, mine.judged):
            return mine, sketches
    tell(f"drawing the lines of {channel}")
    drawn = with_lines(chosen, sketches, len(CHANNELS))
    store.keep_reference(drawn)
    return drawn, sketches


def _judge(
    store: DriftStore,
    reference: Reference,
    sketches: Sequence[Sketch],
    answers: Sequence[Answer],
    before: Mapping[str, Finding],
    first: date,
    last: date,
) -> int:
    """Judge each day from the first to the last; how many had enough posts."""
    judged = 0
    known = dict(before)
    day = first
    while day <= last:
        found = list(look(day, sketches, reference, known))
        accuracy = drift_accuracy.look(day, answers, reference, known.get(ACCURACY), len(CHANNELS))
        found += [accuracy] if accuracy is not None else []
        if found:
            store.keep_findings(found)
            known |= {one.statistic: one for one in found}
            judged += 1
        day += DAY
    return judged


def champion_of(database: Database) -> Champion | None:
    """Which model judges, and since when; `None` before the first worker has started."""
    model = database.models.champion()
    if model is None:
        return None
    taken = [one.at for one in database.models.events(model.version) if one.after is State.CHAMPION]
    return Champion(model.version, max(taken, default=model.created_at).date())


def answers_of(database: Database, now: datetime) -> list[Answer]:
    """What people agreed on of the posts that they labelled lately, and whether the model had said so."""
    settled = database.labels.settled(now - MEMORY_DAYS * 2 * DAY)
    return [
        Answer(one.published_at.date(), one.channel.value, one.task.value, one.model_version, one.value == one.said)
        for one in settled
        if one.said
    ]


def load_encoder() -> Embedder:
    """The encoder alone, on one core. Raises ModelUnusable."""
    import torch

    from models.embedding import SentenceEncoder
    from models.encoder import load_tokenizer

    torch.set_num_threads(1)
    return SentenceEncoder(load_tokenizer(MAX_TOKENS), torch.device("cpu"), torch.float32, BATCH_TOKENS)
