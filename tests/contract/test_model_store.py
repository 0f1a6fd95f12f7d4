"""The registry of models: one champion, every change with who and why, and a way back."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from core.errors import RegistryRefused
from core.ports import Steps
from core.registry import Action, Model, Refusal, State
from core.routing import Routing, route
from core.scoring import EmotionFamily, Sentiment
from core.shadowing import Disagreement, ShadowDay, Shadowed
from storage.postgres import Database
from tests.builders import NOON, make_scored, make_scores
from tests.contract.conftest import Stores

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def make_model(version: str, parent: str | None = None, **changes: object) -> tuple[Model, bytes]:
    artefact = f"weights of {version}".encode()
    model = Model(
        version, parent, State.CANDIDATE, NOON, {"posts.csv": "a" * 64}, "0.1.0+abc",
        {"topic": {"n": 10, "macro_f1": 0.5, "macro_f1_ci": [0.4, 0.6]}}, hashlib.sha256(artefact).hexdigest(),
        len(artefact), "# A card, with 100 % of its signs: 'ü' \\ %s",
    )  # fmt: skip
    return replace(model, **changes), artefact  # type: ignore[arg-type]


def add(stores: Stores, version: str, parent: str | None = None, **changes: object) -> Model:
    model, artefact = make_model(version, parent, **changes)
    stores.models.add(model, artefact, "ada", "trained", NOON)
    return model


def promote(stores: Stores, version: str, minutes: int = 0) -> Model:
    return stores.models.move(version, State.CHAMPION, "ada", "better", NOON + minutes * MINUTE)


def states(stores: Stores) -> dict[str, State]:
    return {model.version: model.state for model in stores.models.all()}


def test_an_empty_registry_has_nobody(stores: Stores) -> None:
    assert stores.models.champion() is None
    assert stores.models.shadow() is None
    assert stores.models.all() == []
    assert stores.models.events() == []
    assert stores.models.in_service() == {}
    with pytest.raises(RegistryRefused, match="no model nobody in the registry"):
        stores.models.get("nobody")
    with pytest.raises(RegistryRefused, match="no model nobody"):
        stores.models.artefact("nobody")


def test_a_model_comes_back_as_it_was_added(stores: Stores) -> None:
    first, artefact = make_model("a1", state=State.CHAMPION)
    stores.models.add(first, artefact, "ada", "the first")
    later = add(stores, "b2", "a1", created_at=NOON + MINUTE)

    assert stores.models.get("a1") == stores.models.champion() == first
    assert stores.models.get("b2") == later
    assert stores.models.artefact("a1") == artefact
    assert stores.models.all() == [later, first]


def test_what_is_added_is_what_it_says(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    model, artefact = make_model("b2")
    for fault, wrong, content in (
        ("SHA-256", model, artefact + b" "),
        ("SHA-256", replace(model, sha256="0" * 64), artefact),
        ("already", *make_model("a1")),
        ("parent c3", *make_model("b2", "c3")),
        ("cannot be added as champion while a1 is", *make_model("b2", state=State.CHAMPION)),
        ("cannot be added as shadow", *make_model("b2", state=State.SHADOW)),
        ("is no version", *make_model("../b2")),
    ):
        with pytest.raises(RegistryRefused, match=fault):
            stores.models.add(wrong, content, "ada", "why")
    with pytest.raises(RegistryRefused, match="who does it"):
        stores.models.add(model, artefact, " ", "why")
    with pytest.raises(RegistryRefused, match="keeps why"):
        stores.models.add(model, artefact, "ada", "")
    assert states(stores) == {"a1": State.CHAMPION}
    assert len(stores.models.events()) == 1


def test_a_promotion_retires_the_champion_and_both_say_who_and_why(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    add(stores, "b2", "a1")

    promoted = promote(stores, "b2", 5)

    assert promoted == stores.models.champion()
    assert states(stores) == {"a1": State.RETIRED, "b2": State.CHAMPION}
    assert stores.models.in_service() == {State.CHAMPION: "b2"}
    told = [(e.version, e.action, e.before, e.after, e.by, e.why) for e in stores.models.events()[2:]]
    assert told == [
        ("a1", Action.MOVED, State.CHAMPION, State.RETIRED, "ada", "better"),
        ("b2", Action.MOVED, State.CANDIDATE, State.CHAMPION, "ada", "better"),
    ]
    assert [event.at for event in stores.models.events("b2")] == [NOON, NOON + 5 * MINUTE]


def test_a_new_shadow_takes_the_place_of_the_one_before(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    for version in ("b2", "c3"):
        add(stores, version)
        stores.models.move(version, State.SHADOW, "ada", "gate passed")

    assert states(stores) == {"a1": State.CHAMPION, "b2": State.CANDIDATE, "c3": State.SHADOW}
    assert stores.models.shadow() == stores.models.get("c3")
    assert stores.models.in_service() == {State.CHAMPION: "a1", State.SHADOW: "c3"}
    promote(stores, "c3")
    assert stores.models.in_service() == {State.CHAMPION: "c3"}


def test_a_champion_never_leaves_without_another(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    for to in (State.RETIRED, State.CANDIDATE, State.SHADOW):
        with pytest.raises(RegistryRefused, match="promote another model, or roll back"):
            stores.models.move("a1", to, "ada", "why")
    with pytest.raises(RegistryRefused, match="champion already"):
        promote(stores, "a1")
    with pytest.raises(RegistryRefused, match="no model b2"):
        promote(stores, "b2")
    assert states(stores) == {"a1": State.CHAMPION}


def test_rolled_back_twice_goes_back_two(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    for minutes, version in ((1, "b2"), (2, "c3")):
        add(stores, version)
        promote(stores, version, minutes)

    assert stores.models.rollback("bob", "too many false alarms").version == "b2"
    assert stores.models.rollback("bob", "still too many").version == "a1"
    with pytest.raises(RegistryRefused, match="a1 is the first champion"):
        stores.models.rollback("bob", "again")

    assert states(stores) == {"a1": State.CHAMPION, "b2": State.RETIRED, "c3": State.RETIRED}
    last = stores.models.events()[-1]
    assert (last.version, last.action, last.by, last.why) == ("a1", Action.ROLLED_BACK, "bob", "still too many")


def test_what_was_promoted_again_after_a_roll_back_is_left_for_the_one_before_it(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    add(stores, "b2")
    promote(stores, "b2")
    stores.models.rollback("bob", "slow")
    promote(stores, "b2")

    assert stores.models.rollback("bob", "slow still").version == "a1"


def test_without_a_champion_there_is_nothing_to_go_back_to(stores: Stores) -> None:
    with pytest.raises(RegistryRefused, match="there is no champion"):
        stores.models.rollback("bob", "why")


def test_promotions_at_the_same_time_leave_one_champion(two_workers: tuple[Stores, Stores]) -> None:
    first, second = two_workers
    add(first, "a1", state=State.CHAMPION)
    versions = [f"m{number}" for number in range(8)]
    for version in versions:
        add(first, version)
    together = threading.Barrier(len(versions))

    def run(stores: Stores, version: str) -> None:
        together.wait()
        promote(stores, version)

    threads = [
        threading.Thread(target=run, args=(first if number % 2 else second, version))
        for number, version in enumerate(versions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = states(first)
    assert list(found.values()).count(State.CHAMPION) == 1
    assert list(found.values()).count(State.RETIRED) == len(versions)
    line = [event.version for event in first.models.events() if event.after is State.CHAMPION]
    assert sorted(line) == sorted(["a1", *versions])
    assert found[line[-1]] is State.CHAMPION


def test_the_database_itself_allows_one_champion_and_one_shadow(database: Database, dsn: str) -> None:
    add(database, "a1", state=State.CHAMPION)
    add(database, "b2")
    add(database, "c3")
    database.models.move("b2", State.SHADOW, "ada", "why")
    for version, state in (("b2", "champion"), ("c3", "champion"), ("c3", "shadow")):
        connection = psycopg2.connect(dsn)
        with pytest.raises(psycopg2.errors.UniqueViolation), connection, connection.cursor() as cursor:
            cursor.execute("UPDATE models SET state = %s WHERE version = %s", (state, version))
        connection.close()


def test_who_refuses_a_champion_is_kept_until_it_takes_it_up(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    stores.models.refuse("a1", 1, "no memory", NOON)
    stores.models.refuse("a1", 0, "bad checksum", NOON + MINUTE)
    stores.models.refuse("a1", 1, "bad checksum", NOON + 2 * MINUTE)

    assert stores.models.refusals("a1") == [
        Refusal("a1", 0, "bad checksum", NOON + MINUTE, NOON + MINUTE),
        Refusal("a1", 1, "bad checksum", NOON, NOON + 2 * MINUTE),
    ]
    stores.models.accept("a1", 1)
    stores.models.accept("a1", 2)
    assert [one.worker for one in stores.models.refusals("a1")] == [0]


def test_a_refused_champion_is_an_incident_until_a_good_one_is_champion(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    add(stores, "b2")
    promote(stores, "b2")
    stores.models.refuse("b2", 0, "bad checksum", NOON)

    ((event, opened),) = look(stores, 0)
    assert look(stores, 1) == []
    assert event == "firing"
    assert (opened["labels"]["alertname"], opened["labels"]["model"]) == ("ModelRefused", "b2")
    assert "refused by worker 0" in opened["annotations"]["summary"]
    assert "bad checksum" in opened["annotations"]["summary"]
    assert "groundswell models rollback" in opened["annotations"]["next_step"]

    stores.models.rollback("bob", "refused")
    ((event, closed),) = look(stores, 2)
    assert (event, closed["fingerprint"]) == ("resolved", opened["fingerprint"])


def look(stores: Stores, minutes: int) -> list[tuple[str, dict[str, Any]]]:
    """What a look of the surge timer tells, of one alert each."""
    now = NOON + minutes * MINUTE
    steps = stores.incidents.step(lambda _s, _i: Steps(), now, lambda standing: route(Routing(), standing, now))
    assert steps is not None
    return [(message.event, message.payload["alerts"][0]) for message in steps.notifications]


def shadowed(number: str, minutes: int = 0, **changes: object) -> Shadowed:
    scored = make_scored(number)
    assert scored.scores is not None
    said = make_scores(model_version="b2", **changes)
    return Shadowed(scored.post.post_id, scored.scores, said, NOON + minutes * MINUTE)


def with_shadow(stores: Stores) -> None:
    add(stores, "a1", state=State.CHAMPION)
    add(stores, "b2")
    stores.models.move("b2", State.SHADOW, "ada", "gate passed")
    stores.posts.record([make_scored(str(number)) for number in range(6)], [])


def test_posts_of_which_the_shadow_says_something_else_are_found_newest_first(stores: Stores) -> None:
    with_shadow(stores)
    same, other = shadowed("0"), shadowed("1", 1, topic="Earnings")
    both = shadowed("2", 2, sentiment=Sentiment.POSITIVE, family=EmotionFamily.JOY, emotions=(("joy", 0.5),))
    gone = shadowed("99", 3, topic="Earnings")

    assert stores.models.record([same, other, both, gone]) == 3
    assert stores.models.record([other, replace(same, shadow=both.shadow)]) == 0
    assert stores.models.record([]) == 0

    assert stores.models.disagreements(10) == [
        Disagreement(both.post_id, "b2", "fake-1", ("sentiment", "emotion"), both.shadow, both.scored_at),
        Disagreement(other.post_id, "b2", "fake-1", ("topic",), other.shadow, other.scored_at),
    ]
    assert [one.post_id for one in stores.models.disagreements(1)] == [both.post_id]
    assert [one.post_id for one in stores.models.disagreements(9, NOON + 2 * MINUTE)] == [both.post_id]


def test_a_shadow_that_was_promoted_is_still_the_last_one(stores: Stores) -> None:
    with_shadow(stores)
    stores.models.record([shadowed("1", intent="exchange_rate")])
    promote(stores, "b2")
    assert len(stores.models.disagreements(5)) == 1

    add(stores, "c3")
    stores.models.move("c3", State.SHADOW, "ada", "why")
    assert stores.models.disagreements(5) == []


def test_agreement_is_counted_by_day_and_by_the_model_that_was_compared(stores: Stores) -> None:
    with_shadow(stores)
    other = replace(shadowed("4", intent="exchange_rate"), champion=make_scores(model_version="a1"))
    tomorrow = shadowed("3", 24 * 60, topic="Earnings", sentiment=Sentiment.NEUTRAL)
    stores.models.record([shadowed("1"), shadowed("2", topic="Earnings"), tomorrow, other])

    assert stores.models.shadow_days("b2") == [
        ShadowDay(NOON.date() + DAY, "b2", "fake-1", posts=1, topic=1, sentiment=1, emotion=0, intent=0),
        ShadowDay(NOON.date(), "b2", "a1", posts=1, topic=0, sentiment=0, emotion=0, intent=1),
        ShadowDay(NOON.date(), "b2", "fake-1", posts=2, topic=1, sentiment=0, emotion=0, intent=0),
    ]
    assert stores.models.shadow_days("a1") == []


def test_what_a_shadow_said_goes_with_its_post(database: Database, dsn: str) -> None:
    with_shadow(database)
    database.models.record([shadowed("1", topic="Earnings")])
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM posts")
    connection.close()

    assert database.models.shadow_days("b2") == []
