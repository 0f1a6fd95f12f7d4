"""The dashboard's queries and pages over a real PostgreSQL with an invented outage."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.audit import Asked
from core.reviews import Answer, Reason, Rejection, Reviewer
from dashboard import words
from storage.postgres import Database
from storage.statements import queries
from tests.pages import fresh, shown
from tests.seed import BANK, HOSTILE

DAY = timedelta(days=1)


FAR = datetime(2100, 1, 1, tzinfo=UTC)
FILTERS: dict[str, Any] = {
    "since": None, "until": FAR, "entity": BANK, "topic": "", "family": "", "channel": "customer", "source": "",
    "most": 1_000,
}  # fmt: skip
BY_TIME: dict[str, Any] = {"bucket_s": 300, "origin": datetime(2026, 1, 1, tzinfo=UTC)}
PARAMS: dict[str, dict[str, Any]] = {
    "pulse": {"since": None},
    "newest_post": {},
    "volume": {"since": None, "bucket_s": 300},
    "feeling": {"since": None, "dimension": "topic", "count": 8},
    "incidents": {"since": None, "count": 10},
    "incident": {"incident_id": "0f0f" * 8},
    "incident_series": {"dimension": "entity", "key": BANK, "since": None, "until": datetime(2100, 1, 1, tzinfo=UTC)},
    "incident_history": {"incident_id": "0f0f" * 8},
    "incident_notifications": {"incident_id": "0f0f" * 8},
    "posts_by_id": {"post_ids": []},
    "notable_posts": {"since": None, "sentiment": "any", "least_p": 0.6, "count": 8},
    "draft_counts": {"since": None},
    "draft": {"post_id": "0" * 32},
    "draft_history": {"post_id": "0" * 32, "count": 5},
    "reply_figures": {"since": None, "count": 20},
    "drafts_waiting": {"count": 10},
    "drafts_decided": {"since": None, "count": 10},
    "notifications": {"since": None, "count": 10},
    "unsent_notifications": {},
    "sources": {"since": None},
    "explore_series": {"dimension": "entity", "key": BANK, "since": None, "until": FAR, **BY_TIME},
    "explore_usual": {"dimension": "entity", "key": BANK, "since": None, **BY_TIME},
    "explore_times": {
        "dimension": "topic", "part": "key", "entity": "", "topic": "", "since": None, "until": FAR, "count": 12,
        **BY_TIME,
    },
    "explore_pairs": {"since": None, "until": FAR, "count": 12},
    "explore_cross": {**FILTERS, **BY_TIME, "words": "", "rows": "topic", "columns": "family", "count": 12},
    "explore_trend": {**FILTERS, **BY_TIME, "words": ""},
    "explore_reach": FILTERS,
    "explore_matches": {"since": None, "until": FAR, "words": "payday", "most": 1_000},
    "explore_posts": {**FILTERS, "words": "", "feeling": "", "reposts": True, "count": 20},
    "explore_keys": {"since": None, "until": FAR, "count": 200},
    "drift": {},
    "retraining": {},
    "post": {"post_id": "0" * 32},
    "model_days": {"since": None, "origin": datetime(2026, 1, 1, tzinfo=UTC)},
    "label_days": {"since": None, "origin": datetime(2026, 1, 1, tzinfo=UTC)},
    "post_reach": {"post_id": "0" * 32},
    "post_repeats": {"post_id": "0" * 32, "count": 5},
}  # fmt: skip


def test_every_query_is_tried_here() -> None:
    assert set(PARAMS) == set(queries())


@pytest.mark.parametrize("name", PARAMS)
def test_a_query_runs_and_finds_rows(seeded: tuple[str, str], name: str) -> None:
    since = datetime.now(UTC) - DAY
    params = {key: since if value is None else value for key, value in PARAMS[name].items()}
    rows = Database(seeded[0]).read(name, **params)
    undecided = ("drafts_decided", "draft", "draft_history", "reply_figures")
    young = ("explore_usual", "post", "post_repeats", "label_days", "drift")  # of an hour's posts nothing is usual yet
    assert rows or name in ("posts_by_id", "unsent_notifications", *undecided, *young)


@pytest.mark.parametrize("name", PARAMS)
def test_a_query_of_an_empty_database_is_no_error(postgres: Callable[[], str], name: str) -> None:
    database = Database(postgres())
    database.migrate()
    params = {key: datetime.now(UTC) if value is None else value for key, value in PARAMS[name].items()}
    rows = database.read(name, **params)
    assert rows == [] or name in ("pulse", "explore_reach", "explore_matches", "post_reach", "retraining")


def test_volume_and_pulse_count_every_post_once(seeded: tuple[str, str]) -> None:
    database, since = Database(seeded[0]), datetime.now(UTC) - DAY
    pulse = database.read("pulse", since=since)[0]
    volume = database.read("volume", since=since, bucket_s=300)
    by_source = database.read("feeling", dimension="source", since=since, count=50)
    assert pulse["posts"] == sum(row["posts"] for row in volume) == sum(row["posts"] for row in by_source)


def test_now_says_what_is_wrong_and_why(seeded: tuple[str, str], page: Callable[..., AppTest]) -> None:
    html = shown(page(seeded[0]))
    for part in (f'about <bdi dir="auto">{BANK}</bdi> is surging', "Severity 8 of 10", "app down", "Webhook delivered"):
        assert part in html
    for part in ("Posts, last 15 min", "Newest post", "Drafts waiting", "1 of 4", "demo-forum", "priority"):
        assert part in html


def test_a_hostile_post_is_shown_as_text(seeded: tuple[str, str], page: Callable[..., AppTest]) -> None:
    test = page(seeded[0])
    html = shown(test)
    assert "&lt;script&gt;document.title" in html
    assert "<script" not in html
    assert all(HOSTILE[:20] not in element.value for element in test.markdown)


def test_now_of_an_empty_database_says_that_nothing_is_there_yet(
    postgres: Callable[[], str], page: Callable[..., AppTest]
) -> None:
    dsn = postgres()
    Database(dsn).migrate()
    html = shown(page(dsn))
    for part in (
        "Waiting for the first posts",
        "No posts in the last 30 min",
        "No draft is waiting",
        "No source was scraped yet",
    ):
        assert part in html


def test_now_without_postgresql_says_so_and_is_no_error(page: Callable[..., AppTest]) -> None:
    html = shown(page("postgresql://nobody@127.0.0.1:1/nothing"))
    assert "PostgreSQL does not answer; nothing could be read yet" in html
    assert "Nothing is known yet" in html


def test_an_acknowledgement_is_stored_and_shown(postgres: Callable[[], str], page: Callable[..., AppTest]) -> None:
    dsn, incident_id = fresh(postgres)
    test = page(dsn)
    test.button(key=f"ack-{incident_id}").click().run()
    assert Database(dsn).read("incident", incident_id=incident_id)[0]["state"] == "acknowledged"
    test.run()
    assert "1 open incident, acknowledged: " in shown(test)
    assert not [button for button in test.button if button.key == f"ack-{incident_id}"]


def test_an_edited_draft_is_approved_with_the_edited_text_and_the_next_one_is_taken(
    postgres: Callable[[], str], page: Callable[..., AppTest]
) -> None:
    dsn, _ = fresh(postgres)
    database = Database(dsn)
    first, second = database.read("drafts_waiting", count=2)
    test = page(dsn)
    test.button(key="take-next").click().run()
    test.text_area(key=f"draft-{first['post_id']}").input("We are sorry, and we called you.").run()
    assert test.button(key=f"approve-{first['post_id']}").label == "Approve edited"
    assert "<del>" in shown(test)
    test.button(key=f"approve-{first['post_id']}").click().run()
    row = database.read("drafts_decided", since=datetime.now(UTC) - DAY, count=1)[0]
    assert (row["post_id"], row["state"], row["handover_state"]) == (first["post_id"], "edited", "pending")
    assert (row["final_text"], row["decided_by"]) == ("We are sorry, and we called you.", "analyst")
    assert test.text_area(key=f"draft-{second['post_id']}").value == second["draft"]
    kept = database.read("draft_history", post_id=first["post_id"], count=9)
    assert [event["what"] for event in kept] == ["claimed", "edited", "approved"]


def test_whoever_looks_claims_nothing_and_whoever_takes_one_has_it_alone(
    postgres: Callable[[], str], page: Callable[..., AppTest]
) -> None:
    dsn, _ = fresh(postgres)
    database = Database(dsn)
    first, second = (row["post_id"] for row in database.read("drafts_waiting", count=2))
    ada = page(dsn, "views/replies.py")
    assert {row["claimed_by"] for row in database.read("drafts_waiting", count=50)} == {None}
    ada.button(key=f"open-{first}").click().run()
    assert database.read("draft", post_id=first)[0]["claimed_by"] == "analyst"
    ben = page(dsn, "views/replies.py")  # of the same name: nobody has signed in
    assert "in review by" in shown(ben)
    assert ben.button(key=f"open-{first}").disabled
    ben.button(key="take-next").click().run()
    assert [area.key for area in ben.text_area] == [f"draft-{second}"]
    assert [area.key for area in ada.run().text_area] == [f"draft-{first}"]


def test_a_draft_put_off_is_free_for_others(postgres: Callable[[], str], page: Callable[..., AppTest]) -> None:
    dsn, _ = fresh(postgres)
    database = Database(dsn)
    first, second = (row["post_id"] for row in database.read("drafts_waiting", count=2))
    test = page(dsn, "views/replies.py")
    test.button(key="take-next").click().run()
    test.button(key=f"skip-{first}").click().run()
    held = {row["post_id"] for row in database.read("drafts_waiting", count=50) if row["claimed_by"]}
    assert held == {second}
    assert [area.key for area in test.text_area] == [f"draft-{second}"]


def test_a_draft_that_someone_else_took_and_decided_is_not_decided_again(
    postgres: Callable[[], str], page: Callable[..., AppTest]
) -> None:
    dsn, _ = fresh(postgres)
    database, ben = Database(dsn), Reviewer("ben", "page-2")
    first = database.read("drafts_waiting", count=1)[0]["post_id"]
    one = page(dsn)
    one.button(key="take-next").click().run()
    later = datetime.now(UTC) + timedelta(minutes=5)  # the first page slept, and its claim is over
    assert database.reviews.claim(first, ben, later, timedelta(minutes=5)) is Answer.DONE
    assert database.reviews.decide(first, Rejection(Reason.TONE), ben, later) is Answer.DONE
    one.button(key=f"approve-{first}").click().run()
    row = database.read("drafts_decided", since=datetime.now(UTC) - DAY, count=5)[0]
    assert (row["post_id"], row["state"], row["decided_by"]) == (first, "rejected", "ben")
    assert "Someone else has this draft now" in one.toast[0].value


def test_every_draft_can_be_rejected_with_a_reason(postgres: Callable[[], str], page: Callable[..., AppTest]) -> None:
    dsn, _ = fresh(postgres)
    first = Database(dsn).read("drafts_waiting", count=1)[0]["post_id"]
    test = page(dsn, "views/replies.py")
    test.text_input(key="analyst").input("ada").run()
    test.button(key="take-next").click().run()
    test.radio(key=f"reason-{first}").set_value("Wrong tone").run()
    test.text_input(key=f"note-{first}").input("too cool").run()
    test.button(key=f"reject-{first}").click().run()
    row = Database(dsn).read("drafts_decided", since=datetime.now(UTC) - DAY, count=1)[0]
    assert (row["state"], row["reason"], row["note"], row["decided_by"]) == (
        "rejected",
        "Wrong tone · entry app_down, tone anger",
        "too cool",
        "ada",
    )
    assert "rejected by" in shown(test.run())


def test_the_incidents_page_opens_exactly_the_one_of_its_address(
    seeded: tuple[str, str], page: Callable[..., AppTest]
) -> None:
    html = shown(page(seeded[0], "views/incident.py", incident=seeded[1]))
    assert "Timeline" in html
    assert "Posts that stand for it" in html
    assert "TSSL" not in html


def test_an_incident_that_is_not_there_is_said_so(seeded: tuple[str, str], page: Callable[..., AppTest]) -> None:
    assert "There is no such incident" in shown(page(seeded[0], "views/incident.py", incident="nonsense"))


def test_the_sources_page_shows_the_silent_one_first(seeded: tuple[str, str], page: Callable[..., AppTest]) -> None:
    html = shown(page(seeded[0], "views/sources.py"))
    assert html.index("demo-forum") < html.index("demo-news")
    assert "answered 503" in html


def test_a_section_that_fails_leaves_the_others_standing(
    postgres: Callable[[], str], page: Callable[..., AppTest]
) -> None:
    dsn, incident_id = fresh(postgres)
    with Database(dsn)._connections.transaction() as transaction:
        transaction.rows("UPDATE incidents SET cause = '[1]'::jsonb WHERE incident_id = %(id)s", {"id": incident_id})
    test = page(dsn)
    html = "\n".join(element.proto.body for element in test.get("html"))
    assert html.count("This part of the page failed") == 1
    assert "Live volume by sentiment" in html


def test_a_page_speaks_the_language_that_its_address_or_the_setting_asks_for(
    seeded: tuple[str, str], page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "负面情绪激增" in shown(page(seeded[0], lang="zh"))
    monkeypatch.setenv("GROUNDSWELL_DASHBOARD_LANGUAGE", "zh")
    ours = re.sub(r"<(style|script)>.*?</(style|script)>|<bdi.*?</bdi>", "", shown(page(seeded[0])), flags=re.DOTALL)
    assert "来源" in ours
    said = re.sub(r"<[^>]*>|Webhook|\bUTC\b", " ", ours)
    assert not re.findall("[A-Za-z]{4,}", said)


def test_a_picked_language_holds_on_the_next_run(seeded: tuple[str, str], page: Callable[..., AppTest]) -> None:
    test = page(seeded[0])
    test.session_state[words.KEY] = "zh"
    assert "负面情绪激增" in shown(test.run())


def test_with_sign_in_nobody_sees_anything_before_it(
    seeded: tuple[str, str], page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_OIDC_METADATA_URL", "https://id.invalid/.well-known/openid-configuration")
    monkeypatch.setenv("GROUNDSWELL_ROLES", "*=admin")
    test = page(seeded[0])
    assert [button.key for button in test.button] == ["sign-in"]
    assert "gw-headline" not in shown(test).split("</style>")[-1]


def test_what_was_done_here_stands_in_the_audit_log(postgres: Callable[[], str], page: Callable[..., AppTest]) -> None:
    dsn, incident_id = fresh(postgres)
    test = page(dsn)
    test.button(key=f"ack-{incident_id}").click().run()
    (entry,) = Database(dsn).audit.read(Asked(), 9)
    assert (entry.by, entry.action, entry.subject) == ("analyst", "incident.acknowledged", incident_id)
    assert "acknowledged an incident" in shown(page(dsn, "views/admin.py"))
