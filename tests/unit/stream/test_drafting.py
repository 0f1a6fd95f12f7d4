"""A round of drafts: the most urgent requests, a draft or a reason for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.alerting import Cause, Incident, IncidentState
from core.errors import ModelUnusable, SetupError
from core.plans import Plan
from core.ports import Steps, Writer
from core.posts import Channel
from core.replies import Draft, DraftRequest, DraftState, Earlier
from core.scoring import ScoredPost
from core.surges import Series
from core.writing import TemplateWriter
from stream.drafting import ROUND_BESIDE, ROUND_OF_A_MODEL, Drafting, read_playbook, shelve
from tests.builders import NOON, make_scored
from tests.fakes import FakeClassifier, ManualClock
from tests.playbook import PLAYBOOK, PLAYBOOK_TEXT, SHELF


class ListDrafts:
    """Requests and drafts in lists."""

    def __init__(
        self, *waiting: tuple[DraftRequest, ScoredPost], earlier: Mapping[str, Sequence[Earlier]] | None = None
    ) -> None:
        self.waiting = list(waiting)
        self.saved: list[Draft] = []
        self.earlier = earlier or {}

    @contextmanager
    def requested(self, limit: int) -> Iterator[Sequence[tuple[DraftRequest, ScoredPost]]]:
        yield self.waiting[:limit]

    def drafted(self, author_keys: Sequence[str], since: datetime) -> Mapping[str, Sequence[Earlier]]:
        return {
            author: [one for one in found if one.ready_at >= since]
            for author, found in self.earlier.items()
            if author in author_keys
        }

    def save(self, draft: Draft) -> None:
        self.saved.append(draft)
        self.waiting = [one for one in self.waiting if one[0].post_id != draft.post_id]


class OpenIncidents:
    """Incidents that are open; nothing else is asked."""

    def __init__(self, *incidents: Incident) -> None:
        self.incidents = list(incidents)

    def open_incidents(self) -> list[Incident]:
        return self.incidents

    def step(self, decide: Any, now: datetime) -> Steps | None:
        raise NotImplementedError

    def evidence(self, series: Series, since: datetime, limit: int) -> list[ScoredPost]:
        raise NotImplementedError


class BrokenWriter:
    """A model that is not there."""

    name = "broken"

    def write(self, plans: Sequence[Plan], messages: Sequence[str]) -> list[str]:
        raise ModelUnusable("the endpoint does not answer")


def make_request(native_id: str, text: str, **changes: Any) -> tuple[DraftRequest, ScoredPost]:
    values = {"channel": Channel.CUSTOMER, "entities": ("HBNK",)} | changes
    scored = make_scored(native_id, text=text, **values)
    return DraftRequest(scored.post.post_id, "a customer in distress", 0.8, NOON), scored


def drafting(writer: Writer | None = None) -> Drafting:
    return Drafting(SHELF, FakeClassifier(), writer or TemplateWriter())


def test_every_request_gets_a_draft_or_a_reason() -> None:
    drafts = ListDrafts(make_request("1", "my card was declined again"), make_request("2", "the app is down"))
    desk = drafting()

    assert desk.write(drafts, OpenIncidents(), ManualClock()) == 2
    assert [draft.state for draft in drafts.saved] == [DraftState.READY, DraftState.READY]
    assert drafts.saved[0].ready_at == NOON
    assert desk.write(drafts, OpenIncidents(), ManualClock()) == 0


def test_a_draft_states_the_open_incident() -> None:
    incident = Incident(
        "a" * 32, "entity", "HBNK", IncidentState.FIRING, NOON, NOON, 7, 40, 1.0, 1e-20, 30, "HBNK: 40",
        Cause((), ("the app is down on payday",), ("payday",)),
    )  # fmt: skip
    drafts = ListDrafts(make_request("1", "the app is down and I need my wages"))

    drafting().write(drafts, OpenIncidents(incident), ManualClock())

    assert PLAYBOOK.incident[-1].fact[0] in drafts.saved[0].text


@pytest.mark.parametrize("channel", [Channel.CUSTOMER, Channel.SOCIAL])
def test_forty_people_get_the_same_fact_and_no_two_in_a_row_the_same_words(channel: Channel) -> None:
    incident = Incident(
        "a" * 32, "entity", "HBNK", IncidentState.FIRING, NOON, NOON, 7, 40, 1.0, 1e-20, 30, "HBNK: 40",
        Cause((), ("the app is down on payday",), ("payday",)),
    )  # fmt: skip
    drafts = ListDrafts(*(make_request(str(n), "the app is down and I am furious", channel=channel) for n in range(40)))
    desk = drafting()

    while desk.write(drafts, OpenIncidents(incident), ManualClock(), limit=7):
        pass

    texts = [draft.text for draft in drafts.saved]
    assert len(texts) == 40
    assert all(PLAYBOOK.incident[-1].fact[0] in text for text in texts)
    assert all(one != other for one, other in pairwise(texts))


def test_danger_comes_before_an_incident_and_two_people_in_a_row_are_not_answered_alike() -> None:
    incident = Incident(
        "a" * 32, "entity", "HBNK", IncidentState.FIRING, NOON, NOON, 7, 40, 1.0, 1e-20, 30, "HBNK: 40",
        Cause((), ("the app is down on payday",), ("payday",)),
    )  # fmt: skip
    text = "the app is down, we have nothing to eat and I am furious"
    drafts = ListDrafts(*(make_request(str(n), text) for n in range(10)))

    drafting().write(drafts, OpenIncidents(incident), ManualClock())

    assert all(draft.plan and draft.plan.entry == "hunger" and draft.least_priority == 1.0 for draft in drafts.saved)
    assert all(one.text != other.text for one, other in pairwise(drafts.saved))


def test_drafts_do_not_repeat_the_one_before_also_from_round_to_round() -> None:
    drafts = ListDrafts(*(make_request(str(n), "my card was declined again") for n in range(20)))
    desk = drafting()

    while desk.write(drafts, OpenIncidents(), ManualClock(), limit=3):
        pass

    openings = [draft.text.split(". ")[0] for draft in drafts.saved]
    assert len(openings) == 20
    assert all(one != other for one, other in pairwise(openings))


def test_an_author_is_not_written_to_twice_about_one_cause_within_a_week() -> None:
    def earlier(days: float, entry: str) -> ListDrafts:
        before = Earlier("b" * 32, entry, "We can look.", NOON - timedelta(days=days))
        return ListDrafts(make_request("1", "my card was declined again"), earlier={"author-1": [before]})

    for days, entry, state in (
        (1, "declined_card_payment", DraftState.REPEATED),
        (8, "declined_card_payment", DraftState.READY),
        (1, "card_arrival", DraftState.READY),
    ):
        drafts = earlier(days, entry)
        drafting().write(drafts, OpenIncidents(), ManualClock())
        assert drafts.saved[0].state is state, (days, entry)
    drafts = earlier(1, "declined_card_payment")
    drafting().write(drafts, OpenIncidents(), ManualClock())
    assert "b" * 32 in drafts.saved[0].reason


class Stops:
    """A stop flag that is set after `waits` waits, and how long it was waited for in all."""

    def __init__(self, waits: int = 1000) -> None:
        self.left = waits
        self.waited_s = 0.0

    def wait(self, timeout: float) -> bool:
        self.left -= 1
        self.waited_s += timeout
        return self.left < 0


def test_a_backlog_of_requests_is_worked_off_at_once_while_no_post_waits() -> None:
    drafts, stop = ListDrafts(*(make_request(str(n), "my card was declined again") for n in range(120))), Stops()

    drafting().work_off(drafts, OpenIncidents(), ManualClock(), lambda: False, stop)

    assert (len(drafts.saved), stop.waited_s) == (120, 0.0)


def test_while_posts_wait_only_a_few_drafts_are_written_and_the_first_of_them_within_half_a_minute() -> None:
    drafts, stop = ListDrafts(*(make_request(str(n), "my card was declined again") for n in range(120))), Stops(125)

    drafting().work_off(drafts, OpenIncidents(), ManualClock(), lambda: True, stop)

    assert stop.waited_s == pytest.approx(61, abs=1)
    assert len(drafts.saved) == 2 * ROUND_BESIDE


def test_drafts_go_on_as_soon_as_no_post_waits() -> None:
    drafts, stop = ListDrafts(*(make_request(str(n), "my card was declined again") for n in range(120))), Stops()
    looks = iter([True, True, True])

    drafting().work_off(drafts, OpenIncidents(), ManualClock(), lambda: next(looks, False), stop)

    assert (len(drafts.saved), stop.waited_s) == (120, 1.5)


def test_a_language_model_that_fails_leaves_the_draft_as_planned() -> None:
    drafts = ListDrafts(*(make_request(str(n), "my card was declined again") for n in range(6)))

    done = drafting(BrokenWriter()).write(drafts, OpenIncidents(), ManualClock())

    assert done == ROUND_OF_A_MODEL
    assert all(draft.state is DraftState.READY and draft.plan for draft in drafts.saved)
    assert all(
        draft.writer == TemplateWriter.name and draft.text == draft.plan.text for draft in drafts.saved if draft.plan
    )


def test_a_firm_s_own_playbook_is_read_from_its_file(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(PLAYBOOK_TEXT.replace('version = "2.0"', 'version = "ours 7"'), encoding="utf-8")

    assert read_playbook(str(own)).version == "ours 7"
    assert read_playbook().version == PLAYBOOK.version
    assert len(shelve(read_playbook(str(own)), FakeClassifier()).owners) == len(SHELF.owners)


def test_a_playbook_that_is_not_there_or_has_a_fault_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("version = 1\n", encoding="utf-8")

    for path in (broken, tmp_path / "none.toml"):
        with pytest.raises(SetupError, match=path.name):
            read_playbook(str(path))
