"""Reads a playbook and names what is wrong with it, line by line, so that whoever edits it finds the place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from core.danger import Danger
from core.errors import SetupError
from core.guard import in_playbook
from core.playbook import TONES, Entry, IncidentEntry, Playbook, phrases
from core.toml_lines import line_of

FIELDS: Final = {"{matter}", "{topic}", "{quote}", "{link}"}
ALLOWED: Final = {
    "sorry": {"{matter}"},
    "thanks": {"{topic}"},
    "quoted": {"{quote}"},
    "also": {"{matter}"},
    "more": {"{link}"},
}
"""Which shared sentences may be filled with what; an entry's own are whole."""

_PLACE = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; `line` counts from 1."""

    line: int
    says: str


def read(toml: str, intents: Sequence[str] = ()) -> tuple[Playbook | None, tuple[Fault, ...]]:
    """A playbook with its faults, in the order of their lines; no playbook where it cannot even be read.

    Args:
        intents: of the classifier; each must stand in one entry. None: not checked.
    """
    places = _Places(toml)
    try:
        tables = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as exc:
        found = _PLACE.search(str(exc))
        line = int(found.group(1)) if found else places.lines
        return None, (Fault(line, f"this is not TOML: {str(exc).split(' (at ')[0]}"),)
    try:
        playbook = Playbook.model_validate(tables)
    except ValidationError as exc:
        faults = {
            Fault(places.of(error["loc"]), f"{_path(error['loc'], tables)}: {error['msg']}") for error in exc.errors()
        }
        return None, tuple(sorted(faults, key=lambda fault: (fault.line, fault.says)))
    faults_found = [*_entries(playbook, places, intents), *_sentences(playbook, places)]
    return playbook, tuple(sorted(faults_found, key=lambda fault: (fault.line, fault.says)))


def parse(toml: str, name: str = "the playbook") -> Playbook:
    """Read a playbook that is to be used.

    Raises:
        SetupError: it has a fault; the first three are named.
    """
    playbook, faults = read(toml)
    if playbook is None or faults:
        said = "; ".join(f"line {fault.line}: {fault.says}" for fault in faults[:3])
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise SetupError(f"{name} cannot be used: {said}{more}; `groundswell playbook check` lists all")
    return playbook


class _Places:
    """Where things stand in the text of a playbook."""

    def __init__(self, toml: str) -> None:
        self._text = toml
        self.lines = max(1, len(toml.splitlines()))

    def of(self, path: Sequence[str | int]) -> int:
        """The line of `("entry", 3, "step")`, or of the nearest thing around it."""
        return line_of(self._text, path) or 1

    def text(self, path: Sequence[str | int], words: str) -> int:
        """The first line from the path's on that has these words."""
        start = self.of(path)
        lines = self._text.splitlines()
        return next((n for n in range(start, self.lines + 1) if words in lines[n - 1]), start)


def _path(loc: Sequence[str | int], tables: dict[str, object]) -> str:
    """As a person would say it: `entry "hunger", step`."""
    table = tables.get(str(loc[0]))
    if len(loc) > 1 and isinstance(loc[1], int) and isinstance(table, list) and isinstance(table[loc[1]], dict):
        name = table[loc[1]].get("name", loc[1] + 1)
        return ", ".join([f'{loc[0]} "{name}"', *(str(part) for part in loc[2:3])])
    return ", ".join(str(part) for part in loc[:2])


def _entries(playbook: Playbook, places: _Places, intents: Sequence[str]) -> Iterator[Fault]:
    """What one sentence alone cannot show: names, cues, dangers and intents."""
    names = [entry.name for entry in playbook.entry]
    owners: dict[str, str] = {}
    for index, entry in enumerate(playbook.entry):
        here = ("entry", index)
        if names.index(entry.name) != index:
            yield Fault(places.of((*here, "name")), f'another entry is named "{entry.name}" already')
        yield from _findable(entry, places, index)
        for intent in entry.intents:
            if intent in owners:
                says = f'the intent {intent} stands in "{owners[intent]}" already'
                yield Fault(places.of((*here, "intents")), says)
            owners.setdefault(intent, entry.name)
            if intents and intent not in intents:
                yield Fault(places.of((*here, "intents")), f"the classifier has no intent {intent}")
    for danger in Danger:
        known = playbook.named.get(danger.value)
        if known is None:
            yield Fault(1, f'there is no entry "{danger.value}" for a message that speaks of it')
        elif not (known.danger and known.signpost):
            line = places.of(("entry", names.index(danger.value)))
            yield Fault(line, f'"{danger.value}" needs `danger = true` and a `signpost`')
    yield from (Fault(1, f"no entry is for the intent {intent}") for intent in intents if intent not in owners)
    yield from (Fault(1, f"feeling has no {tone}") for tone in TONES if tone not in (*playbook.feeling, "neutral"))
    if playbook.incident[-1].firm or playbook.incident[-1].terms:
        yield Fault(
            places.of(("incident", len(playbook.incident) - 1)), "the last incident must fit any (no firm, no terms)"
        )


def _findable(entry: Entry, places: _Places, index: int) -> Iterator[Fault]:
    here = ("entry", index)
    for number, cue in enumerate(entry.cues):
        try:
            re.compile(cue)
        except re.error as exc:
            yield Fault(places.of((*here, "cues", number)), f"the cue {cue!r} is not a regular expression: {exc}")
    if not (entry.step or entry.info):
        yield Fault(places.of(here), f'"{entry.name}" needs a `step` or an `info`')
    if not (entry.cues or entry.examples or entry.intents or entry.danger):
        yield Fault(places.of(here), f'nothing leads to "{entry.name}": give it examples, cues or intents')
    if entry.is_question and not entry.info:
        yield Fault(places.of(here), f'"{entry.name}" is a question and needs an `info`')


def _sentences(playbook: Playbook, places: _Places) -> Iterator[Fault]:
    """Each sentence against the house rules, the playbook's own and its entry's forbidden phrases, and the pages."""
    for path, text, said in _all(playbook):
        fields = set(re.findall(r"\{[^}]*\}", text)) - ALLOWED.get(str(path[0]), set())
        filled = re.sub(r"\{[^}]*\}", "it", text)
        says = [f"{name} cannot be filled in here: {text!r}" for name in sorted(fields)]
        says += [f"{finding.rule.value} ({finding.quote!r}): {text!r}" for finding in in_playbook(filled, said)]
        yield from (Fault(places.text(path, text), one) for one in says)
    either: tuple[Entry | IncidentEntry, ...] = (*playbook.entry, *playbook.incident)
    for index, one in enumerate(either):
        table = ("entry", index) if isinstance(one, Entry) else ("incident", index - len(playbook.entry))
        unknown = [page for page in one.pages if page not in playbook.pages]
        yield from (Fault(places.of((*table, "pages")), f'there is no page "{page}"') for page in unknown)


def _all(playbook: Playbook) -> Iterator[tuple[tuple[str | int, ...], str, tuple[str, ...]]]:
    """Every sentence that a draft may say, with its path and what must not be said there."""
    house = phrases(playbook.must_not_say)
    shared: dict[str, Iterable[str]] = {
        name: getattr(playbook, name)
        for name in ("sorry", "thanks", "quoted", "also", "private", "told", "wish", "more", "close", "sign_off")
    }
    for name, texts in shared.items():
        yield from (((name, n), text, house) for n, text in enumerate(texts))
    for tone, texts in playbook.feeling.items():
        yield from ((("feeling", tone, n), text, house) for n, text in enumerate(texts))
    for index, entry in enumerate(playbook.entry):
        yield from _of_entry(("entry", index), entry, playbook.must_not_say)
    for index, incident in enumerate(playbook.incident):
        yield from _of_entry(("incident", index), incident, playbook.must_not_say)


def _of_entry(
    here: tuple[str, int], entry: Entry | IncidentEntry, house: tuple[str, ...]
) -> Iterator[tuple[tuple[str | int, ...], str, tuple[str, ...]]]:
    said = phrases((*house, *entry.must_not_say))
    lists = ("signpost", "acknowledge", "fact", "step", "known", "info", "ask", "private", "close", "sign_off")
    for name in lists:
        texts: Sequence[str] = getattr(entry, name, ()) or ()
        yield from (((*here, name, n), text, said) for n, text in enumerate(texts))
    yield from (((*here, name), getattr(entry, name), said) for name in ("matter", "topic") if hasattr(entry, name))
