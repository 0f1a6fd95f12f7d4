"""What a firm says to its customers: the approved sentences, and which of them fit a message."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.danger import Danger, danger_in
from core.errors import SetupError
from core.scoring import Scores

Sentence = Annotated[str, StringConstraints(min_length=3, max_length=200)]
Tone = Literal["anger", "fear", "sadness", "surprise", "negative", "neutral"]

SHORT_WORDS: Final = 60
"""The intent head is trained on questions of a sentence or two (Banking77: 99 % have at most 60 words); in a longer
story its guess says little."""
POINTS_SHORT: Final = 2.5
POINTS_LONG: Final = 0.5
"""Points of a certain intent, against 1 for a cue's match; an uncertain one has its probability's part of them."""
LEAST_POINTS: Final = 1.0
"""An entry with less does not fit: one plain cue, or an intent of a short text with a probability of 0.4."""
LEAST_POINTS_LONG: Final = 2.0
"""A long story mentions many things in passing; one cue is not what it is about."""
MOST_WEIGHT_LONG: Final = 1.5
"""So that even a strong cue needs company in a long story."""
MOST_MATCHES: Final = 3
"""A long story that repeats a theme must not drown another that is said once."""


class Entry(BaseModel):
    """What to say about one kind of matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    matter: str
    """What went wrong, as a noun phrase."""
    topic: str
    """The same thing without saying that it went wrong."""
    step: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    ask: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    urgent: bool = False
    """Any match wins over everything that is not urgent; such a message is answered in this entry's words only."""
    is_calm: bool = False
    """Found where somebody wants to know something; nothing went wrong."""
    needs_cue: bool = False
    """The intent alone is not enough: what this entry says would be wrong in any other case."""
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Points of one match of a cue."""
    cues: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    info: tuple[Sentence, ...] = ()
    """In place of `step` where nothing went wrong; the playbook's `wish` then follows."""
    known: tuple[Sentence, ...] = ()
    """In place of `step` while an incident about the same thing is open."""
    asking: tuple[str, ...] = ()
    """Those of `intents` that are plain questions, which `info` answers."""
    acknowledge: tuple[Sentence, ...] = ()
    """In place of the playbook's, whatever the tone."""
    private: tuple[Sentence, ...] = ()
    """In place of the playbook's."""
    close: tuple[Sentence, ...] | None = None
    """In place of the playbook's; empty: none."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Every cue as one expression."""
        return re.compile(r"\b(?:" + "|".join(self.cues) + r")\b")

    def matches(self, text: str) -> int:
        """How many different pieces of a lower-case text fit the cues."""
        return len({match.group() for match in self.pattern.finditer(text)}) if self.cues else 0


class Playbook(BaseModel):
    """All that may be said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    promise_words: tuple[str, ...]
    """Regular expressions of what no draft may say unless the entry itself does."""
    private: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    incident: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    told: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    """The question after a long message, which has answered the entry's own."""
    wish: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    """The question after an entry's `info`."""
    close: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    acknowledge: dict[Tone, Annotated[tuple[Sentence, ...], Field(min_length=1)]]
    entry: Annotated[tuple[Entry, ...], Field(min_length=1)]
    fallback: Entry
    """For a long message that fits no entry: it asserts nothing, and asks. A short one is left to a person."""

    @cached_property
    def named(self) -> dict[str, Entry]:
        """The entries by name."""
        return {entry.name: entry for entry in self.entry}

    @cached_property
    def promises(self) -> re.Pattern[str]:
        """Every promise word as one expression over lower-case text."""
        return re.compile(r"\b(?:" + "|".join(self.promise_words) + r")\b")


def parse(toml: str) -> Playbook:
    """Read a playbook.

    Raises:
        SetupError: it is not TOML, a field or an entry for a danger is missing, or a cue is not a regular expression.
    """
    try:
        playbook = Playbook.model_validate(tomllib.loads(toml))
        _ = playbook.promises, [entry.pattern for entry in playbook.entry]
        _ = [playbook.named[danger] for danger in Danger]
    except KeyError as exc:
        raise SetupError(f"the playbook has no entry {exc}") from exc
    except (tomllib.TOMLDecodeError, ValidationError, re.error) as exc:
        raise SetupError(f"the playbook cannot be used: {str(exc)[:300]}") from exc
    return playbook


def choose(text: str, scores: Scores, playbook: Playbook) -> Entry | None:
    """The entry that fits a message best; the fallback for a long one that fits none; `None` for a short one.

    Entries collect points from different matches of their cues and from the classifier's intent; the first in the
    playbook wins a tie. Urgent entries (danger, hunger, death) need one match only.
    """
    text = text.lower().replace("’", "'")
    if danger := danger_in(text):
        return playbook.named[danger]
    for entry in playbook.entry:
        if entry.urgent and entry.matches(text):
            return entry
    worth, least = (POINTS_LONG, LEAST_POINTS_LONG) if is_long(text) else (POINTS_SHORT, LEAST_POINTS)

    def points(entry: Entry) -> float:
        intent = worth * scores.intent_p if scores.intent in entry.intents else 0.0
        weight = min(entry.weight, MOST_WEIGHT_LONG) if is_long(text) else entry.weight
        matches = min(MOST_MATCHES, entry.matches(text))
        return 0.0 if entry.needs_cue and not matches else matches * weight + intent

    best = max(playbook.entry, key=points)
    if points(best) >= least:
        return best
    return playbook.fallback if is_long(text) else None


def is_long(text: str) -> bool:
    """Whether a text is a story rather than a question."""
    return len(text.split()) > SHORT_WORDS
