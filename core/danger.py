"""Words that say someone may come to harm; a message with them goes before all others and gets words of its own."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Danger(StrEnum):
    """What a person may be in danger of; each value names an entry of the playbook."""

    SELF_HARM = "crisis"
    ABUSE = "abuse"
    """By a person close to them, with blows, threats or money."""
    HUNGER = "hunger"
    """Or being without medicine."""
    HOME = "home"


_THEM = r"(husband|wife|partner|boyfriend|girlfriend|ex|ex[- ]\w+|father|mother|son|daughter|brother|carer|he|she)"
_PATTERNS: Final = {
    Danger.SELF_HARM: re.compile(
        r"\b(suicid\w*|kill(ing)? my ?self|kms|end(ing)? my (own )?life|end(ing)? it all|take my (own )?life"
        r"|tak(e|ing) (all )?(my|the|these) (pills|tablets)|self[- ]?harm\w*|(harm|hurt|cut)(ing|ting)? my ?self"
        r"|(want|going|ready|rather) to (just )?die|wish i (was|were) dead|better off (dead|without me)|jump off (a|the)"
        r"|(can'?t|cannot|don'?t want to) (go on|carry on)( living| any ?more| like this)|go on living"
        r"|no (reason|point) (to live|in living|living|going on|to go on)|not be here (any ?more|tomorrow)|goodbye (world|everyone))\b"
    ),
    Danger.ABUSE: re.compile(
        rf"\b((domestic|financial|physical|elder) abuse|abusive (\w+ )?(relationship|husband|wife|partner|marriage|ex|father|son)"
        rf"|my (\w+ )?{_THEM} (\w+ )?(hits|beats|hit|beat|hurts|abuses|abused|threatens|threatened|stalks) (me|us|my)"
        rf"|{_THEM} (takes|controls|keeps) (all )?my (money|wages|card|pension|benefits|account)( from me)?"
        rf"|({_THEM}|they) (will|would|is going to) (kill|hurt|beat|hit) (me|us|my)|(women'?s|a) (refuge|shelter)"
        rf"|(afraid|scared|terrified) of my (\w+ )?{_THEM}|(hiding|fled|escaped|ran away) from my (\w+ )?{_THEM})\b"
    ),
    Danger.HUNGER: re.compile(
        r"\b(starv(ing|e)|(am|i'?m|are|we'?re|go|goes|going) hungry|no (food|dinner)|milk for (my|the|our) (baby|kids?)"
        r"|(can'?t|cannot|unable to|couldn'?t|no money (to|for)) (buy |afford |get |pay for )?(any )?(food|groceries|eat)"
        r"|(have|haven'?t|not) (not )?eaten (for|in|since)|can(no|')?t feed|(unable to|couldn'?t) feed (my|our|the)"
        r"|(do|can) (i|we) feed|nothing (to eat|in the (house|fridge))|food to buy"
        r"|buy (some )?(bread|milk|food|groceries)"
        r"|(formula|diapers|nappies) for (my|the|our) (baby|kids?|child\w*)|needs? (baby )?formula"
        r"|(buy|need|get|afford|without) (\w+ )?(medicines?|medication|insulin|inhaler))\b"
    ),
    Danger.HOME: re.compile(
        r"\b(homeless|evict(ed|ion|ing)?|los(e|ing) (my|our) (home|house|flat)|sleep(ing)? (in (my|the) car|rough)"
        r"|out on the street|thrown out of (my|our) (home|house|flat))\b"
    ),
}
_ELSEWHERE: Final = re.compile(
    r"\b(suicid\w*|selbstmord|umbringen|nicht mehr leben|me (quiero|voy a) (matar|morir)|matarme|quitarme la vida"
    r"|me (tuer|suicider)|en finir|uccidermi|ammazzarmi|me matar|samobój\w*|zelfmoord|sj[aä]lvmord)\b"
)
"""Of self-harm in other languages; whoever reads them gets the message first, though nothing is drafted."""
_THREAT: Final = re.compile(
    r"\b((i|we)('ll| will|'m going to| am going to|'m gonna| gonna|'d)? ?(come|find|get|hunt) (and )?(\w+ ){0,3}?(kill|shoot|stab|hurt|burn|beat|blow up|bomb)"
    r"|(kill|shoot|stab|strangle|burn|bomb|blow up|smash|beat up|hurt) (you|all of you|your (staff|family|kids|children|people|manager|branch|office|bank)|the (branch|office|staff|manager|bank|building))"
    r"|(know|find out) where (you|your|he|she|the) (\w+ )?(live|lives|park|parks|children|kids|family)"
    r"|(bring|bringing|have|got|get) (a|my) (gun|knife|bomb)|you('re| are)? (all )?(will )?(die|dead|dead meat)|watch your back|pay with (your|their) (life|blood))\b"
)


def danger_in(text: str) -> Danger | None:
    """The danger that a text speaks of, self-harm first. It rather fires once too often: a person reads the draft.

    >>> danger_in("I can't feed my kids until this is sorted")
    <Danger.HUNGER: 'hunger'>
    >>> danger_in("you are killing my patience")
    """
    text = text.lower().replace("’", "'")
    return next((danger for danger, pattern in _PATTERNS.items() if pattern.search(text)), None)


def danger_elsewhere(text: str) -> bool:
    """Whether a text in another language speaks of self-harm."""
    return _ELSEWHERE.search(text.lower()) is not None


def threatens(text: str) -> bool:
    """Whether a text threatens somebody with violence: no reply is drafted, a person decides what happens.

    >>> threatens("I know where you live"), threatens("these fees are killing me"), threatens("I will sue you")
    (True, False, False)
    """
    return _THREAT.search(text.lower().replace("’", "'")) is not None
