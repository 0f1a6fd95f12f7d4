"""Measures masking: `python -m groundswell.measuring_masks` prints recall and precision by kind, and posts a second."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from ingest.mask import CARD, EMAIL, HANDLE, IBAN, PHONE, mask
from ingest.mask_ids import ACCOUNT, NATIONAL_ID
from ingest.mask_names import NAME

TOKENS: Final = {
    "card": CARD, "iban": IBAN, "account": ACCOUNT, "id": NATIONAL_ID, "email": EMAIL, "phone": PHONE, "handle": HANDLE,
    "name": NAME,
}  # fmt: skip
PUBLIC: Final = frozenset({"harborlinehelp", "harborlinebank"})
FIRMS: Final = frozenset({"harborline", "harborline bank", "harborlinehelp", "harborlinebank"})
_MARKED = re.compile(r"«(\w+):([^»]*)»")


@dataclass(frozen=True, slots=True)
class Case:
    """One line, and what of it must be masked."""

    text: str
    marked: tuple[tuple[str, str], ...]
    """Kind and words."""

    @property
    def wanted(self) -> str:
        """The line as it should be published."""
        text = self.text
        for kind, words in sorted(self.marked, key=lambda pair: -len(pair[1])):
            text = text.replace(words, TOKENS[kind])
        return text


@dataclass(slots=True)
class Tally:
    """Pieces by kind: marked, replaced, and replaced rightly; lines whose text is not as it should be."""

    marked: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    leaked: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """What was published, and what should have been."""


def cases() -> Iterator[Case]:
    """The lines of masking_cases.txt."""
    for line in files("groundswell").joinpath("masking_cases.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            marked = tuple((match[1], match[2]) for match in _MARKED.finditer(line))
            yield Case(_MARKED.sub(lambda match: match[2], line), marked)


def published(text: str) -> str:
    """A customer's line, as it would be published."""
    return mask(text, PUBLIC, names=True, public_names=FIRMS).text


def measure() -> Tally:
    """Compare what is published with what is marked."""
    tally = Tally()
    for case in cases():
        shown = published(case.text)
        tally.marked.update(kind for kind, _ in case.marked)
        for kind, token in TOKENS.items():
            # one that stood in the line before is no replacement
            replaced = shown.count(token) - case.text.count(token)
            wanted = [words for one, words in case.marked if one == kind]
            gone = sum(words not in shown for words in wanted)
            tally.replaced[kind] += replaced
            tally.right[kind] += min(gone, replaced)
            tally.leaked += [words for words in wanted if words in shown]
        if shown != case.wanted:
            tally.wrong.append((shown, case.wanted))
    return tally


def posts_a_second(seconds: float = 3.0) -> float:
    """How many of the lines one core masks in a second."""
    texts = [case.text for case in cases()]
    done, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        for text in texts:
            published(text)
        done += len(texts)
    return done / (time.process_time() - began)


def main() -> None:
    """Print the table, and with --all each line that is not as it should be."""
    tally = measure()
    print(f"{'kind':8} {'marked':>6} {'recall':>7} {'precision':>9}")
    for kind in TOKENS:
        marked, replaced, right = tally.marked[kind], tally.replaced[kind], tally.right[kind]
        print(f"{kind:8} {marked:6} {right / marked if marked else 1:7.3f} {right / replaced if replaced else 1:9.3f}")
    lines, speed = sum(1 for _ in cases()), posts_a_second()
    print(f"{lines} lines, {len(tally.wrong)} not as they should be; {speed:,.0f} posts/s a core")
    if "--all" in sys.argv:
        for shown, wanted in tally.wrong:
            print(f"  published: {shown}\n  should be: {wanted}")


if __name__ == "__main__":
    main()
