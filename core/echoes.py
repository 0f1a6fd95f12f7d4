"""What a writer says only because the message says it: words that the plan has not and that are not plain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.words import PEOPLE, PLAIN, stem, stems

_DOES: Final = (
    r"(is|are|was|were|has|have|had|will|would|can|could|should|does|did|do|took|said|told|went|came|left|lost|sent|paid|got|made"
    r"|(?!(as|this|his|its|us|always|perhaps|is|was)\b)[a-z]+(?<!s)s|[a-z]+(?<!e)ed)"
)
_PERSON_DOES = re.compile(rf"\b(?P<who>[a-z]+) ((now|still|never|also|not|already|just|then|only) )*{_DOES}\b")
_BY_THE_WAY = re.compile(r"\b(about|at|before|by|for|from|in|of|on|to|with)( \w+){1,2} $")
"""Before a person who is not the one that the sentence is about."""
_ASKS = re.compile(
    r"^(and |but |or )?(is|are|was|has|have|had|does|did|do|can|could|may|what|when|where|which|who|how)\b.*\?$"
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def echoed_in(written: Sequence[str], planned: str, message: str) -> Iterator[str]:
    """Words, each once, that a writer took from the message and should not have.

    What a message says may be untrue, a trap, or nobody's business. A reply may take up plain words of it; any other
    has to be in the plan. People of the customer's life may be named, but what they are or do is not for us to say.

    Args:
        written: a writer's own sentences, none of which stands in the plan.
        planned: the plan's whole text.

    >>> list(echoed_in(["I'm sorry that the prize is late."], "Please freeze the card.", "I won a prize"))
    ['prize']
    >>> list(echoed_in(["Your son is ill; I'm sorry."], "I'm sorry.", "My son needs the card"))
    ['son is']
    """
    theirs = stems(message) - stems(planned)
    strange = theirs - PLAIN - PEOPLE_STEMS
    for sentence in written:
        lower = sentence.lower().replace("’", "'")
        yield from (word for word in _WORD.findall(lower) if stem(word) in strange)
        for match in () if _ASKS.search(lower) else _PERSON_DOES.finditer(lower):
            if stem(match["who"]) in PEOPLE_STEMS & theirs and not _BY_THE_WAY.search(lower[: match.start()]):
                yield match.group()


PEOPLE_STEMS: Final = frozenset(stem(word) for word in PEOPLE)
