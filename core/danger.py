"""Words that say someone may come to harm; a message with them goes before all others and gets words of its own."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Danger(StrEnum):
    """What a person may be in danger of; each value names an entry of the playbook."""

    SELF_HARM = "crisis"
    HUNGER = "hunger"
    """Or being without medicine."""
    HOME = "home"


_PATTERNS: Final = {
    Danger.SELF_HARM: re.compile(
        r"\b(suicid\w*|kill(ing)? my ?self|end(ing)? my (own )?life|end it all|take my (own )?life|self[- ]harm\w*"
        r"|(harm|hurt)(ing)? my ?self|want to die|better off dead|(can'?t|cannot|don'?t want to) go on living"
        r"|no reason to live)\b"
    ),
    Danger.HUNGER: re.compile(
        r"\b(starv(ing|e)|(am|i'?m|are|we'?re|is|go|goes|going) hungry|no (food|dinner|milk)"
        r"|(can'?t|cannot|unable to|couldn'?t|no money (to|for)) (buy |afford |get )?(any )?(food|groceries)"
        r"|can(no|')?t feed|(unable to|couldn'?t) feed (my|our|the)"
        r"|(do|can) (i|we) feed|nothing (to eat|in the (house|fridge))|food to buy"
        r"|buy (some )?(bread|milk|food|groceries)"
        r"|(formula|diapers|nappies) for (my|the|our) (baby|kids?|child\w*)|needs? (baby )?formula"
        r"|(buy|need|get|afford|without) (\w+ )?(medicines?|medication|insulin|inhaler))\b"
    ),
    Danger.HOME: re.compile(
        r"\b(homeless|evict(ed|ion|ing)?|los(e|ing) (my|our) (home|house|flat)|sleep(ing)? (in (my|the) car|rough))\b"
    ),
}


def danger_in(text: str) -> Danger | None:
    """The danger that a text speaks of, self-harm first. It rather fires once too often: a person reads the draft.

    >>> danger_in("I can't feed my kids until this is sorted")
    <Danger.HUNGER: 'hunger'>
    >>> danger_in("you are killing my patience")
    """
    text = text.lower().replace("’", "'")
    return next((danger for danger, pattern in _PATTERNS.items() if pattern.search(text)), None)
