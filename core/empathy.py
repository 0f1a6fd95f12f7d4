"""How much empathy a reply shows, on three scales: warmth, understanding, and the wish to know more.

The scales are those of EPITOME (Sharma et al. 2020, A Computational Approach to Understanding Empathy Expressed in
Text-Based Mental Health Support), read for a bank's customer service. The scorer is a set of rules; how well it agrees
with people's labels is measured in tests/unit/core/test_empathy.py on replies that no rule was chosen by.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

LEVELS: Final = 3
ECHO_WORDS: Final = 6
"""What a reply only repeats of the message, this many words in a row, shows no empathy."""

_FEELINGS: Final = (
    r"(angry|annoy\w*|upset|furious|frustrat\w*|infuriat\w*|madden\w*|tiresome|exhaust\w*|worn out|tired|frighten\w*|scar(ed|es|y|ing)|afraid"
    r"|alarm\w*|terrif\w*|terrible|fear|worr(y|ies|ied|ying)|uneasy|nerv\w+|anxious|humiliat\w*|embarrass\w*|hurt(s|ful)?|insult\w*|unfair|betray\w*"
    r"|cheated|disappoint\w*|dishearten\w*|discourag\w*|sad|lonely|alone|heavy|hard|hardest|difficult|stress\w*|overwhelm\w*|confus\w*|griev\w*"
    r"|grief|shock\w*|shaken|desperate|helpless|powerless|small|careless|feel safe|trust\w*|let down|painful|unsettl\w*|disgrace\w*|bitter)"
)
_WARM = re.compile(
    r"\b(so|very|deeply|truly|really|terribly|genuinely|heartily|dreadfully|most) (very )?sorry\b|\bsorry from the bottom\b|\b(heart|heartfelt|condolences|sympath\w+)\b"
    r"|\b(i'm|i am|we're|we are|i was) (\w+ )?(worried|concerned|sad|saddened|moved|touched|shaken|glad that you (wrote|told)|thinking of you)\b"
    r"|\b(feel|feeling) (awful|terrible|bad|sad|so sorry)?\s?for you\b|\b(pains|saddens|moves|troubles|hurts) (me|us)\b"
    r"|\b(you matter( to us)?|care about you|want you to be safe|i wish i could|by your side|here for you|not alone with|thinking of you)\b"
)
_SORRY = re.compile(r"\b(sorry|apolog\w+|regret\w*|that is a pity|what a pity|oh no|sad to hear)\b")
_UNDERSTOOD = re.compile(
    r"\b(understand|understood|i see (why|how|that|your|it|you|what)|we see (why|how|that|your|it|you|what)|i get (it|that|why)|we get (it|that|why)|(can|could|do) (see|imagine|understand)|i hear (you|it)|we hear you|i take your point"
    r"|appreciate (that|how|why)|realise|realize|(it |that )?makes (perfect )?sense|is noted|(we|i) know (this|that|how)|where you are coming from)\b"
)
_LIVED = re.compile(
    r"\b(anyone|anybody|no ?body|no ?one|no parent|everyone|who) (\w+ )?(would|likes?|could|should|wants?|has to|feels?)\b|\bin your (place|position|shoes)\b|\bof course you('re| are)\b"
    r"|\byou (must|will) (have been|be|feel|have felt)\b|\bmust (have been|be|feel|have felt)\b|\bhave every (reason|right)\b|\bare right to be\b"
    r"|\byou (\w+ )?(had )?(planned|counted|relied|depended|trusted|expected better|did (everything|your part)|did nothing wrong|carried|waited for)\b"
    r"|\b(feels?|felt) (like|as if|that|unfair|careless|cheated|betrayed|unsafe|treated)\b|\b(it )?sounds as if\b|\byou (sound|feel|seem) (\w+ )?(as if|like|that|cheated|betrayed|unsafe)\b"
    r"|\b(what|how) it is like\b|\bworst (part|of it)\b|\bupside down\b|\blike a (suspect|second|debtor|criminal)\b|\bto live on\b|\btoo much for\b|\b(eats|wears|gnaws) (at )?you\b"
    r"|\b(costs?|takes?) (you )?(time|nerves|sleep)\b|\blosing sleep\b|\bfeels like\b|\bthe last thing you need\w*\b|\brely on us\b|\bis not how it should\b|\bhow much (this|it|that)\b"
)
_ASKS_MORE = re.compile(
    r"\b(send|share) (\w+ ){0,3}(with )?(us |your |a (couple|screenshot)|the \w+)|\blet us know if there\b|\b(tell|give|send|share|let) (\w+ ){0,2}(know |tell )?(\w+ )?(more|details?|information|what (is|was|went) (going on|wrong|happened?|happening))\b"
)
_PLEASE_SAY = re.compile(
    r"\b(tell|let) us (know )?(\w+ )?(the (\w+ )?(name|day|date|time|shop|platform|kind|reason|address|place|country|genres?|step|version|message)|which|when|where|who|whom|whether|by when|how(?! it goes)|since when|what(?! (is going on|happened|went wrong)))\b"
)
_GENERAL: Final = re.compile(
    r"^(so |and |but |now |then |please |[^,?]{0,60}, )?(\W*)(mind (sharing|telling)|what kind of (issues?|problems?|trouble)|what happened|what('s| is) (wrong|going on|the matter|the problem)|what seems to be|how (can|may|could) (i|we) (help|assist|be of)|what (can|may|could) (i|we) do"
    r"|(is|was) there any ?thing (else|more)|anything else|any (other )?questions|does that (answer|help)|(could|can|would|will) you (please )?(\w+ )?(tell|give|share|send|clarify|explain|elaborate|describe|provide|say)"
    r"|(would|do) you (like|want|care|mind) to (tell|say|share|talk)|(is|are) (that|this|it|you) (ok|okay|clear|all right|alright)|will that do|would you like to know)\b"
)
_PARTICULAR: Final = re.compile(
    r"\b(which|when|where|who|whom|whose|since|by when|how (often|much|long|many|old)|pay\w*|rent|due|deadline|card|bank|account|app|code|address|letter|receipt|branch|screen)\b"
)
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Empathy:
    """Each scale is 0 (none), 1 (weak) or 2 (strong)."""

    reaction: int
    """Warmth, compassion, concern."""
    interpretation: int
    """Understanding of what it is like for this person."""
    exploration: int
    """The wish to know what was not said."""


def score(message: str, reply: str) -> Empathy:
    """How much empathy a reply shows.

    >>> score("", "I'm so sorry. It is frightening to see that. Is anything due this week?")
    Empathy(reaction=2, interpretation=2, exploration=2)
    >>> score("", "Your request has been received.")
    Empathy(reaction=0, interpretation=0, exploration=0)
    """
    theirs = _runs(message)
    parts = [part.strip().lower() for part in _SENTENCE.split(reply.replace("’", "'")) if part.strip()]
    own = [part for part in parts if not _runs(part) & theirs]
    return Empathy(_reaction(own), _interpretation(own), _exploration(own))


def _reaction(parts: Sequence[str]) -> int:
    if any(_WARM.search(part) for part in parts):
        return 2
    return int(any(_SORRY.search(part) for part in parts))


def _interpretation(parts: Sequence[str]) -> int:
    """Strong where the feeling or the life behind the message is put into words; a question does neither."""
    said = [part for part in parts if not part.endswith("?")]
    if any(_LIVED.search(part) or _names_a_feeling(part) for part in said):
        return 2
    return int(any(_UNDERSTOOD.search(part) for part in said))


def _names_a_feeling(part: str) -> bool:
    """A word for a feeling that is the customer's or anyone's, not one of ours ("I'm sad") nor a topic ("security")."""
    found = re.search(rf"\b{_FEELINGS}\b", part)
    return bool(found) and not re.match(r"(oh,? )?(i'm|i am|i was|we are|we're|we were) ", part)


def _exploration(parts: Sequence[str]) -> int:
    best = 0
    for part in parts:
        if _PLEASE_SAY.search(part):
            best = 2
        elif part.endswith("?"):
            best = max(best, 1 if _GENERAL.search(part) and not _PARTICULAR.search(part) else 2)
        elif _ASKS_MORE.search(part):
            best = max(best, 1)
    return best


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[\w']+", text.lower())
    return {tuple(words[n : n + ECHO_WORDS]) for n in range(len(words) - ECHO_WORDS + 1)}


def weighted_kappa(ours: Sequence[int], theirs: Sequence[int]) -> float:
    """Cohen's kappa with quadratic weights over `LEVELS` levels: 1 is full agreement, 0 is chance.

    Source: Cohen 1968, Weighted kappa. Both sequences have the same length, at least 1; 1.0 where neither varies.

    >>> weighted_kappa([0, 1, 2, 2], [0, 1, 2, 2]), round(weighted_kappa([0, 1, 2, 0], [0, 2, 2, 0]), 3)
    (1.0, 0.857)
    """
    seen = np.zeros((LEVELS, LEVELS))
    np.add.at(seen, (np.asarray(ours), np.asarray(theirs)), 1.0)
    steps = np.arange(LEVELS)
    weights = (steps[:, None] - steps[None, :]) ** 2
    chance = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    expected = float((weights * chance).sum())
    return 1.0 - float((weights * seen).sum()) / expected if expected else 1.0
