"""What a language model learns to write from: replies worded by hand, put together line by line as their plans ask.

`writer_pairs.toml` has messages, each with the opening, the step and the question of a reply to it;
`writer_wordings.toml` has other words for the sentences that belong to no entry. The guard holds every reply against
its plan.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from core.alerting import Cause, Incident, IncidentState
from core.errors import SetupError
from core.guard import check
from core.plans import Act, Line, Plan, Tone
from core.playbook import Playbook
from core.posts import Channel, Post
from core.scoring import EmotionFamily, Scores, Sentiment
from core.writing import plan_reply

TRAINING: Final = "writer_pairs.toml"
HELD_OUT: Final = "writer_held_out.toml"
WORDINGS: Final = "writer_wordings.toml"
TRIES: Final = 400
"""Plans drawn for one case; about one in four has the step and the question that its reply was written for."""
FIRM: Final = "HBNK"
WHEN: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
IN_INCIDENTS: Final = frozenset(
    {"outage", "card_not_working", "declined_card_payment", "failed_transfer", "missing_money", "declined_transfer",
     "pending_transfer", "declined_cash_withdrawal", "virtual_card_not_working", "pending_card_payment"}
)  # fmt: skip
"""What an open incident may be about."""
_EMOTION: Final[Mapping[Tone, tuple[str, float]]] = {
    "anger": ("anger", 0.8),
    "annoyance": ("annoyance", 0.7),
    "fear": ("fear", 0.8),
    "worry": ("nervousness", 0.6),
    "sadness": ("sadness", 0.7),
    "disappointment": ("disappointment", 0.6),
    "confusion": ("confusion", 0.6),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One message, and replies to it that were written by hand for one step and one question of its entry."""

    entry: str
    message: str
    tones: tuple[Tone, ...]
    step: str
    """Field and number of the next step, as "step.0" or "info.1"."""
    ask: str
    """Field and number of the question, as "ask.1" or "wish.0"."""
    replies: tuple[tuple[str, ...], ...]
    """Each in three parts, opening, step and question; or in one, where it was written whole."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A plan and the customer's message, and a reply that keeps to the plan; the sign-off is the plan's own."""

    plan: Plan
    message: str
    reply: str


def read_cases(name: str) -> list[Case]:
    """The cases of one of the files beside this module. Raises SetupError: one of them lacks something."""
    try:
        return [_case(one) for one in _read(name)["case"]]
    except (KeyError, TypeError, ValueError) as exc:
        raise SetupError(f"{name}: {exc!r} in a case") from exc


def training_pairs(playbook: Playbook) -> list[Pair]:
    """Every reply of the training cases: in private under several plans, in public, and while an incident is open.

    Raises:
        SetupError: a case fits no plan, or the guard refuses a reply.
    """
    wordings: dict[str, list[str]] = _read(WORDINGS)
    found = [pair for case in read_cases(TRAINING) for pair in _pairs(case, playbook, wordings)]
    return list({(pair.message, pair.plan.text, pair.reply): pair for pair in found}.values())


def held_out_pairs(playbook: Playbook) -> list[Pair]:
    """Messages about entries that no training case has, each with a reply written whole. Raises as above."""
    return [
        _checked(Pair(next(_plans(case, case.tones[0], playbook)), case.message, whole))
        for case in read_cases(HELD_OUT)
        for (whole,) in case.replies
    ]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("models").joinpath(name).read_text(encoding="utf-8"))


def _case(one: Mapping[str, Any]) -> Case:
    replies = tuple(tuple(reply) if isinstance(reply, list) else (reply,) for reply in one["replies"])
    return Case(one["entry"], one["message"], tuple(one["tones"]), one["step"], one["ask"], replies)


def _pairs(case: Case, playbook: Playbook, wordings: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    for number, reply in enumerate(case.replies):
        for tone in case.tones:
            plans = _plans(case, tone, playbook)
            # a second plan has another feeling or another close; the replies of a case do not share theirs
            drawn = [plan for plan, _ in zip(plans, range(2 * len(case.replies)), strict=False)]
            if not drawn:
                raise SetupError(f"no plan in the tone {tone} fits the case {case.message!r}")
            for plan in drawn[number :: len(case.replies)]:
                yield _checked(Pair(plan, case.message, _composed(reply, plan, wordings)))
        tone = case.tones[number % len(case.tones)]
        for other in (_public(case, tone, playbook, number), _in_incident(case, tone, playbook, number)):
            text = _composed(reply, other, wordings) if other else ""
            if other and len(text) <= other.max_chars:
                yield _checked(Pair(other, case.message, text))


def _public(case: Case, tone: Tone, playbook: Playbook, number: int) -> Plan | None:
    """A plan of 280 characters, for what may be said in public at all."""
    if case.ask.startswith("wish"):
        return None
    return next(_plans(case, tone, playbook, Channel.SOCIAL, skip=number), None)


def _in_incident(case: Case, tone: Tone, playbook: Playbook, number: int) -> Plan | None:
    if case.entry not in IN_INCIDENTS:
        return None
    return next(_plans(case, tone, playbook, incidents=(_incident(case),), skip=number), None)


def _plans(
    case: Case,
    tone: Tone,
    playbook: Playbook,
    channel: Channel = Channel.CUSTOMER,
    incidents: Sequence[Incident] = (),
    skip: int = 0,
) -> Iterator[Plan]:
    """Different plans for the message that have the case's own step and question, as far as they have one at all."""
    seen: set[str] = set()
    for number in range(skip, TRIES):
        digest = hashlib.sha256(f"{case.entry}/{case.message}/{number}".encode()).hexdigest()[:32]
        post = Post(
            post_id=digest, source="pairs", channel=channel, text=case.message, published_at=WHEN, fetched_at=WHEN,
            entities=(FIRM,), language="en",
        )  # fmt: skip
        plan = plan_reply(post, _scores(tone), playbook.named[case.entry], incidents, playbook)
        if _fits(case, plan) and plan.text not in seen:
            seen.add(plan.text)
            yield plan


def _fits(case: Case, plan: Plan) -> bool:
    own = {"step", "info", "ask", "wish"}
    for line in plan.lines:
        owner, field, index = line.cites.rsplit(".", 2)
        if field in own and owner in (case.entry, "playbook") and f"{field}.{index}" not in (case.step, case.ask):
            return False
    return True


def _composed(reply: tuple[str, ...], plan: Plan, wordings: Mapping[str, Sequence[str]]) -> str:
    """The reply's own parts where the plan has their lines, and between them other words for the plan's."""
    opening, step, ask = reply
    spoken, said = False, []
    for line in plan.lines:
        owner, field, _index = line.cites.rsplit(".", 2)
        match line.act:
            case Act.SIGN_OFF:
                continue
            case Act.ACKNOWLEDGE if field in ("quoted", "acknowledge", "sorry", "thanks"):
                said += [] if spoken else [opening]
                spoken = True
            case Act.NEXT_STEP if owner == plan.entry and field in ("step", "info"):
                said.append(step)
            case Act.ASK if field in ("ask", "wish") and owner in (plan.entry, "playbook"):
                said.append(ask)
            case _:
                said.append(_reworded(line, plan, wordings))
    return " ".join(said)


def _reworded(line: Line, plan: Plan, wordings: Mapping[str, Sequence[str]]) -> str:
    """Other words for a line, drawn by the plan; a fact, and what has none, stays as it is."""
    owner, field, index = line.cites.rsplit(".", 2)
    name = f"{field}.{index}" if owner in ("playbook", "playbook.feeling") else line.cites
    options = wordings.get(f"feeling.{name}" if owner == "playbook.feeling" else name)
    if line.act is Act.FACT or not options:
        return line.text
    drawn = hashlib.sha256(f"{plan.post_id}/{line.cites}".encode()).digest()[0]
    return options[drawn % len(options)].replace("{link}", plan.links[0] if plan.links else "")


def _checked(pair: Pair) -> Pair:
    text = with_sign_off(pair.reply, pair.plan)
    if findings := check(text, pair.plan, pair.message):
        told = "; ".join(f"{one.rule.value}: {one.quote}" for one in findings)
        raise SetupError(f"the guard refuses a reply for {pair.plan.entry}: {told}: {pair.reply}")
    if any(link not in pair.reply for link in pair.plan.links):
        raise SetupError(f"a reply for {pair.plan.entry} leaves a page out: {pair.reply}")
    return pair


def with_sign_off(reply: str, plan: Plan) -> str:
    """A reply as it is sent: with the plan's own sign-off, where it has one."""
    return "\n".join((reply, *(line.text for line in plan.lines if line.act is Act.SIGN_OFF)))


def _scores(tone: Tone) -> Scores:
    """Scores that call for a reply in this tone."""
    calm = tone == "neutral"
    return Scores(
        model_version="pairs",
        topic="",
        topic_p=0.0,
        sentiment=Sentiment.NEUTRAL if calm else Sentiment.NEGATIVE,
        sentiment_p=(0.1, 0.8, 0.1) if calm else (0.9, 0.07, 0.03),
        emotions=(_EMOTION[tone],) if tone in _EMOTION else (),
        family=EmotionFamily.NEUTRAL,
        intent="",
        intent_p=0.0,
    )


def _incident(case: Case) -> Incident:
    """One that the case's message is about: a word of it is what is new in the surge."""
    word = max(case.message.lower().replace("'", "").split(), key=len).strip('.,?!:"')
    return Incident(
        "incident", "entity", FIRM, IncidentState.FIRING, WHEN, WHEN, 7, 40, 3.0, 1e-9, 30, "", Cause(terms=(word,))
    )
