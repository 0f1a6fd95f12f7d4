"""Which posts merit a drafted reply, and how urgently; a person approves it before anything is sent."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.danger import danger_elsewhere, danger_in, threatens
from core.guard import Finding
from core.plans import Plan
from core.posts import Channel
from core.scoring import DISTRESS, FAMILY_OF, ScoredPost, Scores, Sentiment, Unjudged
from core.tones import is_sarcastic


class DraftState(StrEnum):
    REQUESTED = "requested"
    READY = "ready"
    ABSTAINED = "abstained"
    REPEATED = "repeated"
    """The same author wrote about the same cause before; that draft answers this post too."""
    APPROVED = "approved"
    """As it was drafted, word for word."""
    EDITED = "edited"
    """Approved after a person changed it, or wrote it."""
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
class Refused:
    """A text that the guard did not let through, and why."""

    writer: str
    text: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer made of a request. `text` is empty when it abstained; `reason` then says why."""

    post_id: str
    state: DraftState
    text: str
    writer: str
    reason: str
    ready_at: datetime
    plan: Plan | None = None
    """What it was to say, with what each line cites; `None` where no entry fits."""
    refused: tuple[Refused, ...] = ()
    """What was written before it and refused, the first one first."""

    @property
    def least_priority(self) -> float:
        """Of its request from now on: danger that was only seen while drafting goes first as well."""
        return 1.0 if self.plan is not None and self.plan.is_danger else 0.0


@dataclass(frozen=True, slots=True)
class Earlier:
    """A draft that an author got before: what it was about and when it was made ready."""

    post_id: str
    entry: str
    """Of the playbook: the cause."""
    text: str
    ready_at: datetime


class Why(StrEnum):
    """Why a post does or does not merit a reply."""

    CRISIS = "someone may be in danger"
    DISTRESS = "a customer in distress"
    COMPLAINT = "a complaint"
    QUESTION = "a question"
    THREAT = "somebody is threatened"
    LANGUAGE = "a customer writes in another language"
    NEWS = "news is not answered"
    REPEAT = "the same words were answered before"
    UNJUDGED = "no score to go by"
    STALE = "too old to answer in public"
    DESK = "another desk's answer"
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
STORY_WORDS: Final = 8
SURE_INTENT: Final = 0.5
"""Of a message to us without a question mark or a complaint: who is not thanking us and writes this much, or of a matter
that the classifier is this sure of, wants something."""
WEIGHT_NEGATIVE: Final = 0.25
WEIGHT_DISTRESS: Final = 0.25
WEIGHT_MONEY: Final = 0.25
WEIGHT_DIRECT: Final = 0.15
WEIGHT_WAITING: Final = 0.10
"""They sum to 1. Feeling and stake count alike; chosen by reading complaints in the order they gave."""
WAITED_LONG: Final = timedelta(hours=24)
PRIORITY_THREAT: Final = 0.95
PRIORITY_UNREAD: Final = 0.6
"""Of a message that no model here can read: before a mild complaint, for nobody knows what it holds."""
WAITING_AN_HOUR: Final = 0.02
WAITING_MOST: Final = 0.4
"""What a request gains in the queue with each hour, so that none starves; at most this much."""

_NEEDS = re.compile(
    r"\b(rent|wages?|salary|payday|paychecks?|mortgage|savings|pension|benefits|social security|bills|overdrawn"
    r"|overdraft|payroll|inheritance|deposit)\b"
)
_AMOUNT = re.compile(
    r"[$£€]\s?\{?(\d[\d,]*)|\{\$(\d[\d,]*)"
    r"|\b(\d[\d,]*)(?:\.\d+)?\s?(?:dollars|pounds|euros|usd|eur|gbp)\b"
)
_DESK = re.compile(
    r"^@\w+\b.*\b(dm us|send us a (dm|message|private message)|(we're|we are|i'm) (so |very )?sorry (to|about|for|that)"
    r"|reach out to us|our (support )?team (is|will|can)|please contact us|happy to (help|look))\b",
    re.DOTALL,
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
    r"|bounced|failed|failing|frozen|stuck|swallowed|twice|declined|locked out|without access|scam\w*|fraud\w*|stolen|missing"
    r"|(has|have|is|are) not (arrived|come|here|there)|(hasn't|haven't|didn't|never) (arrived?|come|received?|worked|turned up)"
    r"|not working|doesn'?t work|won'?t (work|load|open)|(is|are|was|been|still|went|goes) (\w+ )?down"
    r"|still (not|no|waiting|haven'?t|hasn'?t)|keeps? (failing|crashing|declining)|no (answer|reply|response)|refus\w+)\b"
)
_PRAISE = re.compile(
    r"\b(thank\w*|thx|cheers|love\w*|like|great|amazing|excellent|best|brilliant|perfect|happy|wonderful|good|well done|kudos"
    r"|awesome|fantastic|helpful|stars|appreciate\w*|pleased|glad|nice|easy|smooth|impressed|congratulations|super|fast)\b"
)
_SOLVED = re.compile(
    r"\b(sorted|solved|fixed|resolved|all good|works (now|again|fine)|working (now|again)|arrived|came|got (it|them|my)|is here"
    r"|(never|not|no) (any )?(problems?|issues?|trouble|complaints?)|quick(ly)?|in no time)\b"
)
_TRADING = re.compile(
    r"\b(calls?|puts?|bullish|bearish|short(ing|s|ed)?|long(s|ed)?|price target|earnings|eps|guidance|chart|breakout"
    r"|support at|resistance|upgrade[ds]?|downgrade[ds]?|shares?|stocks?|dividend|buyback|market cap|trader|trading"
    r"|p/e|valuation|analysts?)\b"
)


def decide(scored: ScoredPost, now: datetime) -> Decision:
    """Say whether a post merits a drafted reply, and how urgently.

    A customer's message does when it feels bad, asks or complains. A public post does when it also names a watched
    institution and speaks as its customer; talk about a share price does not. News, another desk's answer and repeats
    never do. A customer's message in another language does: nothing is drafted, but somebody has to read it.
    """
    post, scores = scored.post, scored.scores
    if post.channel is Channel.NEWS:
        return Decision(False, Why.NEWS)
    if scored.duplicate_of is not None:
        return Decision(False, Why.REPEAT)
    text = post.text.lower().replace("’", "'")
    direct = post.channel is Channel.CUSTOMER
    if scores is None:
        return _unread(scored, text) if direct else Decision(False, Why.UNJUDGED)
    if not direct and now - post.published_at > STALE_AFTER:
        return Decision(False, Why.STALE)
    if not direct and _DESK.search(text):
        return Decision(False, Why.DESK)
    if not direct and not post.entities:
        return Decision(False, Why.NOT_TO_US)
    danger = danger_in(text)
    if not direct and not (danger or speaks_as_customer(text)):
        return Decision(False, Why.NOT_TO_US)
    if danger or danger_elsewhere(text):
        return Decision(True, Why.CRISIS, 1.0)
    if threatens(text):
        return Decision(True, Why.THREAT, PRIORITY_THREAT)
    need = _need(text, scores, direct)
    if need is None:
        return Decision(False, Why.NO_NEED)
    return Decision(True, need, _priority(text, scores, direct, now - post.published_at))


def _unread(scored: ScoredPost, text: str) -> Decision:
    """A customer's message without scores: another language is somebody's to read, no text is nobody's."""
    if scored.unjudged is not Unjudged.LANGUAGE:
        return Decision(False, Why.UNJUDGED)
    if danger_elsewhere(text) or danger_in(text):
        return Decision(True, Why.CRISIS, 1.0)
    return Decision(True, Why.LANGUAGE, PRIORITY_UNREAD)


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
    if not _SERVICE.search(text) or _TRADING.search(text):  # first, since most posts go no further
        return False
    # "@firm the app is down" speaks of one's own affair as well
    own = _FIRST_PERSON.search(text) or (text.startswith("@") and _COMPLAINT.search(text))
    return bool(own and (_TO_US.search(text) or _ASK.search(text) or _COMPLAINT.search(text)))


def _need(text: str, scores: Scores, direct: bool) -> Why | None:
    """What a reply would answer. A message to us needs no question mark: an intent that the classifier is sure of will
    do, or its length, for nobody writes a long one without a need."""
    bitter = is_sarcastic(text) or bool(_COMPLAINT.search(text) and not _SOLVED.search(text))
    if scores.sentiment is Sentiment.POSITIVE and "?" not in text and _PRAISE.search(text) and not bitter:
        return None  # thanks may say "please"
    feels_bad = bitter or scores.sentiment is Sentiment.NEGATIVE
    if scores.family in DISTRESS and (feels_bad or distress(scores) >= 0.5):
        return Why.DISTRESS
    if feels_bad or _COMPLAINT.search(text):
        return Why.COMPLAINT
    wants = direct and (scores.intent_p >= SURE_INTENT or len(text.split()) >= STORY_WORDS or _SERVICE.search(text))
    return Why.QUESTION if wants or _ASK.search(text) else None


def distress(scores: Scores) -> float:
    """The highest probability among emotions of anger, fear and sadness; 0 where none reached its threshold."""
    return max((p for emotion, p in scores.emotions if FAMILY_OF.get(emotion) in DISTRESS), default=0.0)


def stake(text: str) -> float:
    """What money is at stake in a lower-case text, 0 to 1: what one lives on counts as much as a large amount.

    >>> stake("my rent bounced"), stake("you owe me $40"), stake("where is my $ 20,000"), stake("the app is slow")
    (1.0, 0.72, 1.0, 0.0)
    """
    if _NEEDS.search(text):
        return 1.0
    amounts = [next(group for group in match if group) for match in _AMOUNT.findall(text)]
    largest = max((int(amount.replace(",", "")[:12] or 0) for amount in amounts), default=0)
    return round(min(1.0, 0.4 + 0.2 * math.log10(largest)), 2) if largest > 0 else 0.0


def _priority(text: str, scores: Scores, direct: bool, waited: timedelta) -> float:
    """Under 1, which is kept for danger."""
    parts = (
        WEIGHT_NEGATIVE * scores.sentiment_p[0]
        + WEIGHT_DISTRESS * distress(scores)
        + WEIGHT_MONEY * stake(text)
        + WEIGHT_DIRECT * direct
        + WEIGHT_WAITING * min(1.0, max(waited, timedelta(0)) / WAITED_LONG)
    )
    return round(min(0.99, parts), 3)


def rank(priority: float, requested_at: datetime, now: datetime) -> float:
    """A request's place in the queue, higher first: its priority, and what it gained by waiting; danger stays first.

    The stores order by the same in SQL.
    """
    if priority >= 1.0:
        return 1.0
    hours = max(0.0, (now - requested_at) / timedelta(hours=1))
    return min(0.99, priority + min(WAITING_MOST, WAITING_AN_HOUR * hours))
