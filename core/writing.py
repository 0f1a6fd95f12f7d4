"""Plans a reply from the playbook: acknowledge, feeling, fact, next step, question, close; and says it word for word.

A person approves every draft, and a language model may reword a plan (`core.ports.Writer`); the guard holds both to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.alerting import Incident, IncidentState
from core.guard import sentences
from core.plans import LETTER_CHARS, SOCIAL_CHARS, Act, Line, Plan, Tone
from core.playbook import Entry, IncidentEntry, Playbook, phrases
from core.posts import Channel, Post
from core.quoting import quote_of
from core.retrieval import is_long
from core.scoring import Scores
from core.tones import Feeling, feeling_of

__all__ = ["SOCIAL_CHARS", "Plan", "TemplateWriter", "plan_reply"]

VARIANTS: Final = 16
"""Wordings of which the one that shares least with the reply before is taken."""
QUOTED_WORDS: Final = 25
"""A shorter message is answered; its words need not be repeated to it."""
QUIET: Final[frozenset[Tone]] = frozenset({"neutral", "confusion", "worry", "negative"})
"""Feelings beside which the name of a page helps, and does not sound like being sent away."""


class TemplateWriter:
    """Fills `core.ports.Writer`: says every plan as it stands."""

    name = "playbook-2"

    def write(self, plans: Sequence[Plan], messages: Sequence[str]) -> list[str]:
        """One text a plan."""
        del messages
        return [plan.text for plan in plans]


@dataclass(frozen=True, slots=True)
class _Case:
    """What a plan is made of."""

    post: Post
    entry: Entry
    playbook: Playbook
    feeling: Feeling
    incident: IncidentEntry | None
    quote: str
    also: Entry | None

    @property
    def informs(self) -> bool:
        """Somebody wants to know something, and nothing went wrong."""
        return self.entry.is_question and self.feeling.tone == "neutral"

    @property
    def is_public(self) -> bool:
        return self.post.channel is not Channel.CUSTOMER


def plan_reply(
    post: Post,
    scores: Scores,
    entry: Entry,
    incidents: Sequence[Incident],
    playbook: Playbook,
    previous: str = "",
    also: Entry | None = None,
) -> Plan:
    """Plan one reply; the same post after the same `previous` has the same plan.

    Args:
        entry: that fits the message.
        incidents: those open now; the playbook's words for one that the message is about come before the entry's.
        previous: the reply written before this one; of the wordings, the one that shares the fewest sentences with it
            is taken, so that no two customers in a row read the same.
        also: a second entry that a long message is about.
    """
    feeling = _fitted(feeling_of(post.text, scores), entry)
    about = next((one for one in incidents if _is_about(one, post, entry, feeling)), None)
    spoken = "" if entry.danger or entry.urgent or len(post.text.split()) < QUOTED_WORDS else quote_of(post.text)
    case = _Case(post, entry, playbook, feeling, _incident_entry(about, playbook), spoken, also)
    before = set(sentences(previous))
    wordings = [tuple(_lines(case, number)) for number in range(1 if entry.danger and not before else VARIANTS)]
    lines = min(wordings, key=lambda lines: len(before.intersection(sentences(" ".join(line.text for line in lines)))))
    return Plan(
        post_id=post.post_id,
        entry=case.incident.name if case.incident else entry.name,
        playbook=playbook.version,
        channel=post.channel,
        tone=feeling.tone,
        strength=feeling.strength,
        lines=lines,
        max_chars=SOCIAL_CHARS if case.is_public else LETTER_CHARS,
        verbatim=entry.danger or feeling.tone == "grief",
        quote=spoken if any(f'"{spoken}"' in line.text for line in lines) else "",
        links=tuple(page for page in entry.pages if any(f'"{page}"' in line.text for line in lines)),
        must_not_say=_unsaid(case),
    )


def _fitted(feeling: Feeling, entry: Entry) -> Feeling:
    """Corrected by what the message is about: there is nothing to be sorry about in a plain question, and everything in
    a card that does not work, however calmly it is told; beside a grave the feeling is known."""
    if entry.name == "bereavement":
        return Feeling("grief", max(feeling.strength, 0.5))
    if entry.is_question and feeling.tone == "negative":
        return Feeling("neutral", 0.0)
    if not entry.is_question and feeling.tone == "neutral":
        return Feeling("negative", 0.0)
    return feeling


def _is_about(incident: Incident, post: Post, entry: Entry, feeling: Feeling) -> bool:
    """Open, the same institution, and the same trouble: the incident's example posts fit the same entry, or one of its
    terms stands in the post. Someone in danger or grief is spared it, and so is a plain question."""
    if incident.state is IncidentState.RESOLVED or incident.key not in post.entities or feeling.tone == "neutral":
        return False
    if entry.urgent or entry.danger:
        return False
    words = post.text.lower().replace("'", "").replace("’", "")
    same_entry = any(entry.matches(excerpt.lower()) for excerpt in incident.cause.excerpts)
    return same_entry or any(term in words for term in incident.cause.terms)


def _incident_entry(incident: Incident | None, playbook: Playbook) -> IncidentEntry | None:
    """The playbook's own words for this incident, else its words for any."""
    if incident is None:
        return None
    cause = " ".join((*incident.cause.terms, *incident.cause.excerpts)).lower()

    def fits(one: IncidentEntry) -> bool:
        return one.firm in ("", incident.key) and (not one.terms or any(term in cause for term in one.terms))

    return next((one for one in playbook.incident if fits(one)), None)


def _unsaid(case: _Case) -> tuple[str, ...]:
    more = case.incident.must_not_say if case.incident else ()
    second = case.also.must_not_say if case.also else ()
    return phrases((*case.playbook.must_not_say, *case.entry.must_not_say, *second, *more))


def _lines(case: _Case, number: int) -> Iterator[Line]:
    """Wording `number`: in private everything, in public as much as 280 characters hold."""
    acknowledge = [*_signpost(case, number), *_acknowledge(case, number)]
    feeling = list(_feeling(case, number))
    fact, step = list(_fact(case)), list(_step(case, number))
    if not case.is_public:
        quote = [] if not case.quote else [_pick(case, number, Act.ACKNOWLEDGE, "playbook", "quoted")]
        also = [] if not case.also else [_pick(case, number, Act.ACKNOWLEDGE, "playbook", "also")]
        yield from (*acknowledge, *quote, *also, *feeling, *fact, *step, *_page(case, number), _ask(case, number))
        yield from _close(case, number)
        return
    owner = case.entry.name if case.entry.private else "playbook"
    private = [_pick(case, number, Act.ASK, owner, "private")]
    choices = (
        [*acknowledge, *feeling, *fact, *step, *private],
        [*acknowledge, *fact, *step, *private],
        [*acknowledge, *feeling, *fact, *private],
        [*acknowledge, *fact, *private],
        [*acknowledge, *step, *private],
        [*acknowledge, *private],
        [*acknowledge[:1], *private],
    )
    yield from next((lines for lines in choices if len(" ".join(x.text for x in lines)) <= SOCIAL_CHARS), choices[-1])


def _signpost(case: _Case, number: int) -> Iterator[Line]:
    if case.entry.signpost:
        yield _pick(case, number, Act.SIGNPOST, case.entry.name, "signpost")


def _acknowledge(case: _Case, number: int) -> Iterator[Line]:
    if case.informs:
        yield _pick(case, number, Act.ACKNOWLEDGE, "playbook", "thanks")
    elif case.entry.acknowledge:
        yield _pick(case, number, Act.ACKNOWLEDGE, case.entry.name, "acknowledge")
    else:
        yield _pick(case, number, Act.ACKNOWLEDGE, "playbook", "sorry")


def _feeling(case: _Case, number: int) -> Iterator[Line]:
    """None where no feeling was found; an entry's own acknowledgement has said it, except to anger and to grief."""
    tone = case.feeling.tone
    spoken = case.entry.acknowledge and tone not in ("anger", "grief")
    if case.feeling.strength and tone != "neutral" and not case.entry.danger and not spoken:
        yield _pick(case, number, Act.FEELING, "playbook", f"feeling.{tone}")


def _fact(case: _Case) -> Iterator[Line]:
    if case.incident:
        yield Line(Act.FACT, case.incident.fact[0], f"{case.incident.name}.fact.0")


def _step(case: _Case, number: int) -> Iterator[Line]:
    if case.incident:
        if case.entry.known:
            yield _pick(case, number, Act.NEXT_STEP, case.entry.name, "known")
        yield _pick(case, number, Act.NEXT_STEP, case.incident.name, "step")
    else:
        informs = case.entry.info and (case.informs or not case.entry.step)
        yield _pick(case, number, Act.NEXT_STEP, case.entry.name, "info" if informs else "step")


def _page(case: _Case, number: int) -> Iterator[Line]:
    if case.entry.pages and case.feeling.tone in QUIET and not case.entry.danger and not case.incident:
        yield _pick(case, number, Act.NEXT_STEP, "playbook", "more")


def _ask(case: _Case, number: int) -> Line:
    """What to ask: never what a long message has told already."""
    if case.incident:
        return _pick(case, number, Act.ASK, case.incident.name, "ask")
    if is_long(case.post.text) and not case.entry.urgent and not case.entry.danger:
        return _pick(case, number, Act.ASK, "playbook", "told")
    if case.informs:
        return _pick(case, number, Act.ASK, "playbook", "wish")
    return _pick(case, number, Act.ASK, case.entry.name, "ask")


def _close(case: _Case, number: int) -> Iterator[Line]:
    if case.entry.close is None and not case.entry.danger:
        yield _pick(case, number, Act.CLOSE, "playbook", "close")
    elif case.entry.close:
        yield _pick(case, number, Act.CLOSE, case.entry.name, "close")
    owner = case.entry.name if case.entry.sign_off else "playbook"
    yield _pick(case, number, Act.SIGN_OFF, owner, "sign_off")


def _pick(case: _Case, number: int, act: Act, owner: str, field: str) -> Line:
    """One of the sentences of a field, chosen by the post, the number of the wording and the field's name."""
    options = _options(case, owner, field)
    drawn = hashlib.sha256(f"{case.post.post_id}/{number}/{field}".encode()).digest()
    index = int.from_bytes(drawn[:4]) % len(options)
    page = case.entry.pages[0] if case.entry.pages else ""
    about = case.also if case.also and field == "also" else case.entry
    filled = options[index]
    for name, value in (
        ("matter", about.matter),
        ("topic", about.topic),
        ("quote", case.quote),
        ("link", page),
    ):
        filled = filled.replace(f"{{{name}}}", value)
    return Line(act, filled, f"{owner}.{field}.{index}")


def _options(case: _Case, owner: str, field: str) -> Sequence[str]:
    if owner == "playbook":
        name, _, tone = field.partition(".")
        found: Sequence[str] = case.playbook.feeling[tone] if tone else getattr(case.playbook, name)  # type: ignore[index]
        return found
    source = case.incident if case.incident and owner == case.incident.name else case.entry
    options: Sequence[str] = getattr(source, field)
    return options
