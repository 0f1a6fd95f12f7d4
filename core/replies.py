"""Which posts merit a drafted reply, and how urgently; a person approves it before anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.danger import danger_in
from core.posts import Channel
from core.scoring import DISTRESS, FAMILY_OF, ScoredPost, Scores, Sentiment


class DraftState(StrEnum):
    REQUESTED = "requested"
    READY = "ready"
    ABSTAINED = "abstained"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """A post that merits a reply, with why and how urgently."""

    post_id: str
    reason: str
    priority: float
    """0 to 1, higher first."""
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer made of a request. `text` is empty when it abstained; `reason` then says why."""

    post_id: str
    state: DraftState
    text: str
    writer: str
    reason: str
    ready_at: datetime


class Why(StrEnum):
    """Why a post does or does not merit a reply."""

    CRISIS = "someone may be in danger"
    DISTRESS = "a customer in distress"
    COMPLAINT = "a complaint"
    QUESTION = "a question"
    NEWS = "news is not answered"
    REPEAT = "the same words were answered before"
    UNJUDGED = "no score to go by"
    STALE = "too old to answer in public"
    NOT_TO_US = "does not speak to an institution as its customer"
    NO_NEED = "nothing to answer"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to draft, why, and how urgently (0 to 1; 0 where nothing is drafted)."""

    draft: bool
    reason: Why
    priority: float = 0.0


STALE_AFTER: Final = timedelta(hours=48)
"""A public answer to an older post surprises more than it helps. A customer who wrote to us is owed one at any age."""
STORY_WORDS: Final = 30
SURE_INTENT: Final = 0.5
WEIGHT_NEGATIVE: Final = 0.30
WEIGHT_DISTRESS: Final = 0.25
WEIGHT_MONEY: Final = 0.25
WEIGHT_DIRECT: Final = 0.20
"""They sum to 1. Feeling and stake count alike; chosen by reading complaints in the order they gave."""

_MONEY = re.compile(
    r"[$£€]\s?\d|\{\$|\b\d[\d,.]*\s?(dollars|pounds|euros|usd|eur|gbp)\b"
    r"|\b(rent|wages?|salary|payday|paychecks?|mortgage|savings|pension|benefits|life savings|social security"
    r"|bills|overdrawn|overdraft|payroll|inheritance|deposit)\b"
)
_TO_US = re.compile(r"(^|\s)@\w+|\b(you|your|you're|youre|u|ur)\b")
_FIRST_PERSON = re.compile(r"\b(i|i'm|i've|i'd|me|my|mine|myself|we|we're|we've|us|our|ours)\b")
_SERVICE = re.compile(
    r"\b(cards?|accounts?|app|wages?|salary|rent|mortgage|loan|pin|balance|refund|direct debits?|standing order|savings"
    r"|transfers?|payments?|log ?in|logged (in|out)|passwords?|passcode|branch|bills?|paychecks?|payday|pension|atm"
    r"|cash machine|overdraft|customer (service|support)|on hold|locked (me |us )?(all )?out|declined|charged"
    r"|my money)\b"
)
_ASK = re.compile(
    r"\?|\b(please|pls|help|how (do|can|long)|when will|why (is|are|was|has|have|did|do|does|can'?t)|can (you|someone"
    r"|anyone)|could you|what should i)\b"
)
_COMPLAINT = re.compile(
    r"\b(complain\w*|unacceptable|disgrac\w*|worst|ridiculous|useless|appalling|shambles|joke|fed up|furious|angry"
    r"|not working|doesn'?t work|won'?t (work|load|open)|still (not|no|waiting|haven'?t|hasn'?t|down)|keeps? (failing"
    r"|crashing|declining)|declined|locked out|scam\w*|fraud\w*|stolen|missing|no (answer|reply|response)|refus\w+)\b"
)
_TRADING = re.compile(
    r"\b(calls?|puts?|bullish|bearish|short(ing|s|ed)?|long(s|ed)?|price target|earnings|eps|guidance|chart|breakout"
    r"|support at|resistance|upgrade[ds]?|downgrade[ds]?|shares?|stocks?|dividend|buyback|market cap|trader|trading"
    r"|p/e|valuation|analysts?)\b"
)


def decide(scored: ScoredPost, now: datetime) -> Decision:
    """Say whether a post merits a drafted reply, and how urgently.

    A customer's message does when it feels bad, asks or complains. A public post does when it also names a watched
    institution and speaks as its customer; talk about a share price does not. News and repeats never do.
    """
    post, scores = scored.post, scored.scores
    if post.channel is Channel.NEWS:
        return Decision(False, Why.NEWS)
    if scored.duplicate_of is not None:
        return Decision(False, Why.REPEAT)
    if scores is None:
        return Decision(False, Why.UNJUDGED)
    text = post.text.lower().replace("’", "'")
    direct = post.channel is Channel.CUSTOMER
    if not direct and now - post.published_at > STALE_AFTER:
        return Decision(False, Why.STALE)
    if not direct and not (post.entities and speaks_as_customer(text)):
        return Decision(False, Why.NOT_TO_US)
    if danger_in(text):
        return Decision(True, Why.CRISIS, 1.0)
    need = _need(text, scores, direct)
    return Decision(True, need, _priority(text, scores, direct)) if need else Decision(False, Why.NO_NEED)


def request(scored: ScoredPost, now: datetime) -> DraftRequest | None:
    """The request to store with a post, or `None` where no reply is merited."""
    decision = decide(scored, now)
    if not decision.draft:
        return None
    return DraftRequest(scored.post.post_id, decision.reason.value, decision.priority, requested_at=now)


def speaks_as_customer(text: str) -> bool:
    """Whether a public post speaks to an institution, about the writer's own affair; `text` is lower case.

    >>> speaks_as_customer("@harborbank my card was declined"), speaks_as_customer("$hbnk puts printing, told you")
    (True, False)
    """
    if text.startswith("rt @"):
        return False  # somebody else's words
    addressed = _TO_US.search(text) or _ASK.search(text) or _COMPLAINT.search(text)
    own_affair = _FIRST_PERSON.search(text) and _SERVICE.search(text)
    return bool(addressed and own_affair) and not _TRADING.search(text)


def _need(text: str, scores: Scores, direct: bool) -> Why | None:
    """What a reply would answer. A message to us needs no question mark: an intent that the classifier is sure of will
    do, or its length, for nobody writes a long one without a need."""
    if scores.sentiment is Sentiment.POSITIVE and "?" not in text:
        return None  # thanks may say "please"
    feels_bad = scores.sentiment is Sentiment.NEGATIVE
    if scores.family in DISTRESS and (feels_bad or distress(scores) >= 0.5):
        return Why.DISTRESS
    if feels_bad or _COMPLAINT.search(text):
        return Why.COMPLAINT
    wants = direct and (scores.intent_p >= SURE_INTENT or len(text.split()) >= STORY_WORDS)
    return Why.QUESTION if wants or _ASK.search(text) else None


def distress(scores: Scores) -> float:
    """The highest probability among emotions of anger, fear and sadness; 0 where none reached its threshold."""
    return max((p for emotion, p in scores.emotions if FAMILY_OF.get(emotion) in DISTRESS), default=0.0)


def _priority(text: str, scores: Scores, direct: bool) -> float:
    """Under 1, which is kept for danger."""
    parts = (
        WEIGHT_NEGATIVE * scores.sentiment_p[0]
        + WEIGHT_DISTRESS * distress(scores)
        + WEIGHT_MONEY * bool(_MONEY.search(text))
        + WEIGHT_DIRECT * direct
    )
    return round(min(0.99, parts), 3)
