"""Which feeling a reply answers, and how strong it is: grief is not annoyance, and a sarcastic thank-you is neither joy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.plans import Tone
from core.scoring import EmotionFamily, Scores, Sentiment

STRONG: Final = 0.5
"""Probability of an emotion from which its stronger words are used; emotions are named from 0.2 to 0.5 on."""

_BY_EMOTION: Final[dict[str, tuple[Tone, Tone]]] = {
    # emotion: (weak, strong)
    "anger": ("annoyance", "anger"),
    "disgust": ("annoyance", "anger"),
    "annoyance": ("annoyance", "annoyance"),
    "disapproval": ("annoyance", "annoyance"),
    "fear": ("worry", "fear"),
    "nervousness": ("worry", "worry"),
    "grief": ("sadness", "grief"),
    "sadness": ("disappointment", "sadness"),
    "remorse": ("sadness", "sadness"),
    "disappointment": ("disappointment", "disappointment"),
    "embarrassment": ("disappointment", "sadness"),
    "confusion": ("confusion", "confusion"),
    "curiosity": ("confusion", "confusion"),
    "surprise": ("confusion", "confusion"),
    "realization": ("confusion", "confusion"),
}
_BY_FAMILY: Final[dict[EmotionFamily, Tone]] = {
    EmotionFamily.ANGER: "annoyance",
    EmotionFamily.FEAR: "worry",
    EmotionFamily.SADNESS: "disappointment",
    EmotionFamily.SURPRISE: "confusion",
}
_ANGRY = re.compile(
    r"\b(furious|livid|outrag\w*|disgust\w*|enraged|fuming|disgrac\w*|appall\w*|thieves|crooks|criminals?|f\W?u\W?c\W?k\w*|bullshit|wtf"
    r"|damn(ed)?|pathetic|garbage|hate you)\b|!{2,}"
)
_AFRAID = re.compile(r"\b(terrified|panick\w*|scared|frightened|afraid|petrified|shaking)\b")
_SAD = re.compile(r"\b(heart ?broken|devastat\w*|in tears|crying|cried|hopeless|exhausted|desperate|at my wits' end)\b")
_SARCASM = re.compile(
    r"\b((thanks|thank you|cheers|kudos)( a lot| so much| again)?,? for (nothing|\w+ing (me|my|us|our)|the (outage|fee|wait|lies|runaround))"
    r"|(great|good|nice|brilliant|fantastic|excellent|super|lovely|amazing|awesome|stellar) (job|work|service|going|one),? \W?(\w+ ){0,3}\W?(again|now|still|locked|declined|down|charged|lost|losing|another|no)"
    r"|(great|good|nice|brilliant|stellar) (job|work|going) (losing|locking|charging|blocking|taking|freezing|crashing)"
    r"|well done (for |on )?(losing|locking|charging|blocking|taking)|slow clap|bravo|what a (joke|surprise|treat|pleasure)"
    r"|(love|loving|enjoy\w*|adore) (being|how (you|your|my)|it when|paying|waiting|to wait|the way you)|so glad (i|my|that you)"
    r"|(another|one more) (great|lovely|wonderful|brilliant) (day|morning|outage|fee))\b|/s\b"
)


@dataclass(frozen=True, slots=True)
class Feeling:
    """What a reply answers; `strength` is 0 to 1, and 0 where no feeling was found."""

    tone: Tone
    strength: float


def feeling_of(text: str, scores: Scores) -> Feeling:
    """The feeling in a message: of the emotions that the model names, and of words too plain to overlook.

    >>> from tests.builders import make_scores
    >>> feeling_of("my card was declined", make_scores(emotions=(("annoyance", 0.7),)))
    Feeling(tone='annoyance', strength=0.7)
    """
    lower = text.lower().replace("’", "'")
    sarcastic = is_sarcastic(lower)
    if scores.sentiment is Sentiment.POSITIVE and not sarcastic:
        return Feeling("neutral", 0.0)
    tone, strength = _named(scores)
    if _ANGRY.search(lower) and tone not in ("grief", "sadness", "fear"):
        return Feeling("anger", max(strength, STRONG))
    if _AFRAID.search(lower):
        return Feeling("fear", max(strength, STRONG))
    if _SAD.search(lower) and tone != "grief":
        return Feeling("sadness", max(strength, STRONG))
    if sarcastic and tone in ("neutral", "negative", "confusion"):
        return Feeling("annoyance", max(strength, STRONG))
    return Feeling(tone, strength)


def _named(scores: Scores) -> tuple[Tone, float]:
    """By the most probable emotion with a tone; confusion is one only where the whole is negative."""
    negative = scores.sentiment is Sentiment.NEGATIVE
    for emotion, p in scores.emotions:
        tones = _BY_EMOTION.get(emotion)
        if tones is not None and (tones[0] != "confusion" or negative):
            return tones[p >= STRONG], round(p, 3)
    tone = _BY_FAMILY.get(scores.family)
    if tone is not None and negative:
        return tone, round(scores.sentiment_p[0] / 2, 3)
    return ("negative", round(scores.sentiment_p[0] / 2, 3)) if negative else ("neutral", 0.0)


def is_sarcastic(text: str) -> bool:
    """Whether praise in a text is meant the other way round; only the plain cases.

    >>> is_sarcastic("Great job losing my wages again"), is_sarcastic("Great job, my card came in two days")
    (True, False)
    """
    return _SARCASM.search(text.lower().replace("’", "'")) is not None
