"""Fills a database with an invented payday outage at an invented bank, for work on the dashboard and for its tests.

Everything goes through the stores, as the worker writes it. `python -m tests.seed DSN --live` goes on adding posts.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.alerting import Cause, Incident, IncidentState, Notification, NotificationState
from core.ports import Cursor, ScrapeRun, Steps
from core.posts import Channel, Post, fingerprint, post_id_of
from core.replies import Draft, DraftRequest, DraftState, Why
from core.scoring import DISTRESS, FAMILY_OF, ScoredPost, Scores, Sentiment, Unjudged
from storage.postgres import Database

BANK = "HRBL"
ENTITIES = (BANK, "QLNC", "TSSL", "MRWV", "VNTH", "CBRK", "LMFR", "OKHL")
TOPICS = (
    "Company | Product News", "Stock Commentary", "Earnings", "Macro", "Stock Movement", "Fed | Central Banks",
    "Legal | Regulation", "M&A | Investments", "General News | Opinion", "Markets",
)  # fmt: skip
OUTAGE_MIN = 13
HEARD = ("demo-news", "demo-social", "demo-care")
"""Sources that are well."""
HOSTILE = (
    '<script>document.title="pwned"</script> ![x](https://attacker.invalid/pixel.png) **not bold** '
    "[link](javascript:alert(1)) <img src=x onerror=alert(1)> \u202etxet desrever"
)

NEGATIVE, NEUTRAL, POSITIVE = Sentiment
WORDS: dict[str, dict[Sentiment, tuple[str, ...]]] = {
    "news": {
        POSITIVE: ("{e} beats estimates, fee income up {n} percent", "{e} lifts its dividend, shares up {n} percent"),
        NEGATIVE: (
            "{e} guides below consensus for the second half, shares slip {n} percent",
            "Regulator opens inquiry into overdraft fees at {e}, {n} complaints on file",
        ),
        NEUTRAL: (
            "Central bank holds rates, {e} among {n} lenders in focus",
            "{e} names new finance chief after {n} months of search",
        ),
    },
    "social": {
        POSITIVE: ("{e} call was better than I feared, margins up {n} bps", "{e} dividend landed, reinvesting all {n}"),
        NEGATIVE: ("sold my {e} at a loss, down {n} on the week", "{e} guidance was ugly, {n} bps of margin gone"),
        NEUTRAL: ("watching {e} around the {n} level into the close", "{e} volume is {n} percent of its average today"),
    },
    "customer": {
        POSITIVE: ("Thanks {e}, my mortgage papers took you {n} minutes", "{e} refunded {n} at once, well done"),
        NEGATIVE: ("My {e} card was declined twice at till {n}, embarrassing", "{n} min on hold with {e}, gave up"),
        NEUTRAL: ("Is the {e} branch on Quay Street open on the {n}th?", "How do I raise my {e} card limit to {n}?"),
    },
}  # fmt: skip
ANGRY = (
    "{e} app is down on payday AGAIN and rent is due, case {n}. Unbelievable",
    "Cannot log in to {e}, login error {n} since lunch and nobody answers the phone",
    "My salary should be in my {e} account. The app shows a login error, balance {n}?",
    "App down for {n} minutes now. How am I supposed to pay for my groceries, {e}?",
    "{e} you had one job. Payday, app down, {n} people in the queue before me",
    "I am honestly scared, my rent of {n} bounced because the {e} app is down",
)
REPLY = (
    "I am sorry that you could not reach your account today, and on payday of all days. Our team is working on the "
    "login fault right now. Your money is safe, and payments that were due are being repeated. If a fee was charged "
    "because of this, tell us here and we will look into it with you."
)


def moods(rng: random.Random, kind: str) -> tuple[Sentiment, str]:
    """A sentiment and an emotion that go together."""
    if kind == "angry":
        return Sentiment.NEGATIVE, rng.choices(("anger", "annoyance", "fear", "disappointment"), (5, 3, 2, 2))[0]
    sentiment = rng.choices(tuple(Sentiment), (26, 44, 30))[0]
    emotions = {
        Sentiment.NEGATIVE: ("disappointment", "annoyance", "disapproval", "nervousness", "anger"),
        Sentiment.NEUTRAL: ("neutral", "neutral", "curiosity", "realization", "neutral"),
        Sentiment.POSITIVE: ("optimism", "approval", "gratitude", "admiration", "relief"),
    }
    return sentiment, rng.choice(emotions[sentiment])


def scores(rng: random.Random, kind: str, mood: tuple[Sentiment, str]) -> Scores:
    sentiment, emotion = mood
    sure = rng.uniform(0.62, 0.97)
    rest = (1 - sure) * rng.uniform(0.3, 0.7)
    others = [rest, 1 - sure - rest]
    p = tuple(sure if s is sentiment else others.pop() for s in Sentiment)
    topic = "Company | Product News" if kind == "angry" else rng.choices(TOPICS, (5, 9, 6, 4, 7, 3, 2, 3, 8, 5))[0]
    intent = rng.choice(("card_not_working", "balance_not_updated_after_bank_transfer", "pending_transfer"))
    return Scores(
        model_version="seed-1", topic=topic, topic_p=rng.uniform(0.5, 0.97), sentiment=sentiment,
        sentiment_p=(p[0], p[1], p[2]), emotions=((emotion, rng.uniform(0.4, 0.9)),), family=FAMILY_OF[emotion],
        intent=intent, intent_p=rng.uniform(0.4, 0.9),
    )  # fmt: skip


def post(rng: random.Random, at: datetime, kind: str, **changes: Any) -> ScoredPost:
    """One invented post of a kind: news, social, customer or angry."""
    entity = BANK if kind == "angry" else rng.choice(ENTITIES)
    mood = moods(rng, kind)
    templates = ANGRY if kind == "angry" else WORDS[kind][mood[0]]
    channel = {"news": Channel.NEWS, "social": Channel.SOCIAL}.get(kind, Channel.CUSTOMER)
    source = {"news": "demo-news", "social": "demo-social"}.get(kind, "demo-care")
    values: dict[str, Any] = {
        "post_id": post_id_of(source, f"{at.isoformat()}-{rng.random()}"),
        "source": source, "channel": channel, "language": "en", "entities": (entity,), "published_at": at,
        "text": rng.choice(templates).format(e=entity, n=rng.randint(2, 980)), "fetched_at": at + timedelta(seconds=4),
        "author_key": f"author-{rng.randint(1, 400)}",
    }  # fmt: skip
    made = Post(**(values | changes))
    return ScoredPost(made, scores(rng, kind, mood), fingerprint=fingerprint(made.text))


def minute(rng: random.Random, at: datetime, age_min: float) -> list[ScoredPost]:
    """What one minute brings, `age_min` minutes ago."""
    kinds = rng.choices(("news", "social", "customer"), (3, 6, 3), k=rng.randint(7, 15))
    if age_min <= OUTAGE_MIN:
        kinds += ["angry"] * min(22, round(5 + 2.1 * (OUTAGE_MIN - age_min) + rng.uniform(-2, 2)))
    made = [post(rng, at + timedelta(seconds=rng.uniform(0, 59)), kind) for kind in kinds]
    first = made[0]
    repeat = first.post.model_copy(
        update={
            "post_id": post_id_of("demo-social", f"rt-{at.isoformat()}"),
            "published_at": at + timedelta(seconds=59),
        }
    )
    made.append(ScoredPost(repeat, first.scores, duplicate_of=first.post.post_id, fingerprint=first.fingerprint))
    foreign = post(rng, at, "social", text="Banco sin servicio otra vez, qué desastre", language="es")
    made.append(replace(foreign, scores=None, unjudged=Unjudged.LANGUAGE))
    return made


def requests(posts: list[ScoredPost], rng: random.Random) -> list[DraftRequest]:
    """Customers in distress."""
    return [
        DraftRequest(
            s.post.post_id, Why.DISTRESS.value, round(rng.uniform(0.5, 0.98), 2),
            s.post.published_at + timedelta(seconds=6),
        )
        for s in posts
        if s.post.channel is Channel.CUSTOMER and s.scores and s.scores.family in DISTRESS
        and s.scores.sentiment is Sentiment.NEGATIVE and rng.random() < 0.22
    ]  # fmt: skip


def write_drafts(database: Database, now: datetime) -> None:
    """Write what was requested; where someone may be in danger, leave it to a person."""
    with database.drafts.requested(1_000) as waiting:
        for request, scored in waiting:
            ready_at = scored.post.published_at + timedelta(seconds=9)
            if request.reason == Why.CRISIS:
                draft = Draft(request.post_id, DraftState.ABSTAINED, "", "seed-1", "someone may be in danger", ready_at)
            else:
                draft = Draft(
                    request.post_id, DraftState.READY, REPLY, "seed-1", "entry app_down, tone anger", ready_at
                )
            database.drafts.save(draft)


def seed(database: Database, now: datetime, *, hours: float = 4, seed: int = 7) -> str:
    """Fill a migrated, empty database as if the outage had begun 13 minutes ago; returns the incident's id."""
    rng = random.Random(seed)
    start = now.replace(second=0, microsecond=0)
    posts = [s for age in range(int(hours * 60), 0, -1) for s in minute(rng, start - timedelta(minutes=age), age)]
    posts.append(post(rng, now, "customer", text=HOSTILE, entities=("OKHL",)))
    posts = [s for s in posts if s.post.published_at <= now]
    database.posts.record(posts, requests(posts, rng))
    write_drafts(database, now)
    incident = open_incident(posts, now)
    over = replace(
        incident, incident_id="5eed" * 8, key="TSSL", state=IncidentState.RESOLVED, severity=4, observed=19,
        expected=4.1, opened_at=now - timedelta(minutes=150), resolved_at=now - timedelta(minutes=118), authors=17,
        summary="TSSL is back to its usual level after 32 minutes", cause=Cause(terms=("refund", "chargeback")),
    )  # fmt: skip
    messages = [
        Notification(f"{i.incident_id}-{event}", i.incident_id, event, {}, NotificationState.PENDING, 0, due)
        for i, event, due in (
            (over, "firing", over.opened_at), (over, "resolved", now - timedelta(minutes=118)),
            (incident, "firing", incident.opened_at),
        )
    ]  # fmt: skip
    database.incidents.step(lambda _series, _open: Steps((over, incident), tuple(messages)), now)
    for _ in messages:
        with database.outbox.next_due(now) as due:
            assert due is not None
            sent = due.due_at + timedelta(seconds=2)
            database.outbox.settle(replace(due, state=NotificationState.SENT, attempts=1, sent_at=sent))
    scrape(database, now, rng)
    return incident.incident_id


def open_incident(posts: list[ScoredPost], now: datetime) -> Incident:
    surge = [s for s in posts if BANK in s.post.entities and s.scores and s.scores.sentiment is Sentiment.NEGATIVE]
    surge = [s for s in surge if s.post.published_at > now - timedelta(minutes=10) and "app" in s.post.text]
    authors = len({s.post.author_key for s in surge})
    examples = surge[-40::15][:3]
    return Incident(
        "0f0f" * 8, "entity", BANK, IncidentState.FIRING, now - timedelta(minutes=9), now, 8, len(surge), 3.4, 1e-12,
        authors,
        f"{BANK}: {len(surge)} negative posts by {authors} authors in 10 minutes, where about 3.4 are usual",
        Cause(
            tuple(s.post.post_id for s in examples), tuple(s.post.text for s in examples),
            ("app down", "payday", "login error", "rent"),
        ),
    )  # fmt: skip


def scrape(database: Database, now: datetime, rng: random.Random) -> None:
    """Runs of three healthy sources and of one that has gone silent."""
    for source, newest_s, error in (
        ("demo-news", 12, None), ("demo-social", 7, None), ("demo-care", 15, None), ("demo-forum", 900, "answered 503"),
    ):  # fmt: skip
        for back in range(20, -1, -1):
            at = now - timedelta(seconds=newest_s + 20 * back)
            fetched = rng.randint(4, 14)
            broken = error if back < 5 else None
            run = ScrapeRun(
                source, at - timedelta(seconds=1), at, fetched, 0 if broken else fetched - 2, 1, 1, 0, error=broken
            )
            database.sources.finish(run, Cursor(source), [])


def go_on(database: Database, every_s: float = 2.0) -> None:
    """Add posts until interrupted."""
    rng = random.Random()
    while True:
        now = datetime.now(UTC)
        kinds = rng.choices(("news", "social", "customer", "angry"), (2, 4, 2, 5), k=rng.randint(0, 2))
        posts = [post(rng, now, kind) for kind in kinds]
        database.posts.record(posts, requests(posts, rng))
        write_drafts(database, now)
        for source in HEARD:
            run = ScrapeRun(source, now, now, len(posts), len(posts), 0, 0, 0)
            database.sources.finish(run, Cursor(source), [])
        time.sleep(every_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dsn")
    parser.add_argument("--live", action="store_true", help="go on adding posts")
    parser.add_argument("--hours", type=float, default=4, help="length of the invented past")
    asked = parser.parse_args()
    database = Database(asked.dsn)
    database.migrate()
    print(seed(database, datetime.now(UTC), hours=asked.hours))
    if asked.live:
        go_on(database)


if __name__ == "__main__":
    main()
