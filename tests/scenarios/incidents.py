"""Situations in which the question is what belongs together: which incidents there are, and what is told of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.alerting import Incident
from core.posts import post_id_of
from core.routing import Routing
from core.scoring import EmotionFamily, ScoredPost, Sentiment
from storage.memory import Memory
from stream.watch import look
from tests.builders import make_duplicate, make_scored, make_scores
from tests.scenarios.said import FIRM, NEGATIVE, POSITIVE, Piece, Said, burst, daily, held_back, moment, rng_of, usual
from tests.scenarios.said import at as _

OTHER: Final = "CBRK"
FIRMS: Final = ("AAAA", "BBBB", "CCCC", "DDDD", "EEEE", "FFFF")
SAYS: Final = {
    "usual": ("Company | Product News", "what one says of {entity} on a day like any other"),
    "outage": ("Company | Product News", "the app of {entity} is down and my wages are stuck"),
    "fraud": ("Legal | Regulation", "{entity} let strangers empty my savings account"),
    "rates": ("Fed | Central Banks", "the rate decision hits {entity} and everybody else"),
    "results": ("Earnings", "record earnings at {entity} once more"),
}
"""By cause, its topic and what is said."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Posts of one noon, after a day of the usual."""

    name: str
    why: str
    pieces: tuple[Piece, ...]
    about: tuple[str, ...]
    """Of each incident that is wanted, in the order of their opening: the key of the entity or topic it is about."""
    ends: float = _("tue 12:45")
    joined: tuple[str, ...] = ()
    """Things that the first incident must name besides."""
    unfit: str = ""
    """Why what is wanted is not what happens; empty where it is."""

    @property
    def slug(self) -> str:
        return self.name.replace(" ", "_").replace(",", "")


A_DAY_BEFORE: Final = _("mon 10:00")
BANKS: Final = (usual(500, rhythm=daily, entity=FIRM), usual(300, rhythm=daily, entity=OTHER))
SECTOR: Final = tuple(usual(120, rhythm=daily, entity=firm) for firm in FIRMS)
OUTAGE: Final = burst(_("tue 11:00"), 30, negative=6.0)

SITUATIONS: Final = (
    Situation(
        "one outage",
        "The firm, its topic, anger and everything together surge in the same posts: that is one thing, told once.",
        (*BANKS, OUTAGE), about=(FIRM,),
    ),
    Situation(
        "two causes at once",
        "One firm's app is down, and another's customers were robbed: whoever mends the one cannot mend the other.",
        (*BANKS, OUTAGE, burst(_("tue 11:05"), 30, negative=5.0, about="fraud", entities=(OTHER,))),
        about=(FIRM, OTHER),
    ),
    Situation(
        "one cause with two names",
        "Every complaint names the bank and the firm that runs its cards: one fault, one alert, with both names.",
        (*BANKS, burst(_("tue 11:00"), 30, negative=6.0, entities=(FIRM, OTHER))),
        about=(FIRM,), joined=(OTHER,),
    ),
    Situation(
        "a second name joins later",
        "After ten minutes the complaints begin to name the partner as well: the same fault.",
        (*BANKS, burst(_("tue 11:00"), 10, negative=6.0),
         burst(_("tue 11:10"), 25, negative=6.0, entities=(FIRM, OTHER))),
        about=(FIRM,), joined=(OTHER,),
    ),
    Situation(
        "a whole sector",
        "A rate decision: a few complaints about each of six firms. One alert about the matter, not six.",
        (*SECTOR, *(burst(_("tue 11:00") + n / 7, 30, negative=1.0, about="rates", entities=(firm,))
                    for n, firm in enumerate(FIRMS))),
        about=("Fed | Central Banks",),
    ),
    Situation(
        "flapping",
        "Five loud minutes, five usual ones, for an hour: told once, and once that it is over.",
        (*BANKS, *(burst(_("tue 11:00") + 10 * n, 5, negative=5.0) for n in range(9))), about=(FIRM,),
    ),
    Situation(
        "two outages in one day",
        "The second comes two hours after the first was over: it is another incident.",
        (*BANKS, burst(_("tue 11:00"), 15, negative=6.0), burst(_("tue 13:45"), 15, negative=6.0)),
        about=(FIRM, FIRM),
        ends=_("tue 15:15"),
    ),
    Situation(
        "good news",
        "Nobody is woken by praise, however loud.",
        (*BANKS, burst(_("tue 11:00"), 20, positive=12.0, about="results")), about=(),
    ),
    Situation(
        "a bot about two firms",
        "One account, two hundred complaints, two names in each.",
        (*BANKS, burst(_("tue 11:00"), 30, negative=200 / 30, by=1, entities=(FIRM, OTHER))), about=(),
    ),
    Situation(
        "one complaint that everybody reposts",
        "Three hundred times the same words.",
        (*BANKS, burst(_("tue 11:00"), 20, negative=15.0, original=False)), about=(),
    ),
    Situation(
        "a backlog with an outage in it that goes on",
        "The source was away when it began; told once, as soon as it is seen.",
        (*(held_back(piece, _("tue 10:40"), _("tue 11:15")) for piece in (*BANKS, OUTAGE)),
         burst(_("tue 11:30"), 10, negative=6.0)),
        about=(FIRM,),
    ),
)  # fmt: skip


def noon(situation: Situation) -> tuple[list[Incident], list[tuple[str, str]]]:
    """Every incident in the order of opening, and every message as event and incident, with a look a minute."""
    stores, messages, came = Memory(), [], 0
    said = list(_said(situation))
    posts = [_scored(number, one) for number, one in enumerate(said)]
    minute = _("tue 10:58")
    while minute < situation.ends:
        now, until = moment(minute + 0.99), came
        while until < len(said) and said[until].seen <= minute + 0.99:
            until += 1
        stores.posts.record(posts[came:until], [])
        came = until
        steps = look(stores.incidents, now, Routing(dashboard_url="http://127.0.0.1:8501"))
        assert steps is not None
        messages += [(message.event, name) for message in steps.notifications for name in message.incident_ids]
        minute += 1
    incidents = sorted(stores.tables.incidents.values(), key=lambda incident: incident.opened_at)
    return incidents, messages


def _said(situation: Situation) -> Iterator[Said]:
    rng = rng_of(situation.name)
    drawn = [said for piece in situation.pieces for said in piece(rng, A_DAY_BEFORE, situation.ends)]
    yield from sorted(drawn, key=lambda said: (said.seen, said.at, said.author))


def _scored(number: int, said: Said) -> ScoredPost:
    topic, words = SAYS[said.about]
    feeling = {NEGATIVE: Sentiment.NEGATIVE, POSITIVE: Sentiment.POSITIVE}.get(said.feeling, Sentiment.NEUTRAL)
    family = {NEGATIVE: EmotionFamily.ANGER, POSITIVE: EmotionFamily.JOY}.get(said.feeling, EmotionFamily.NEUTRAL)
    scores = make_scores(feeling, topic=topic, family=family, emotions=())
    published_at: datetime = moment(said.at)
    facts = {
        "entities": said.entities, "author_key": f"author-{said.author}", "published_at": published_at,
        "fetched_at": max(moment(said.seen), published_at + timedelta(seconds=1)),
    }  # fmt: skip
    text = words.format(entity=" ".join(said.entities))
    if not said.original:
        first = make_scored("the first of them", scores, text=text)
        return make_duplicate(first, str(number), **facts)
    scored = make_scored(str(number), scores, text=f"{text}, case {number}", **facts)
    return replace(scored, fingerprint=post_id_of("", str(number)))
