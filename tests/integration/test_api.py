"""The HTTP API of replies over a real PostgreSQL: what it does, for whom, and how it says no."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from core.guard import Finding, Rule
from core.plans import Act, Line, Plan
from core.posts import Channel
from core.replies import Draft, DraftRequest, DraftState, Refused
from core.reviews import Approval, Reviewer
from core.tokens import Right
from dashboard.api import build
from storage.postgres import Database
from tests.builders import make_scored

TEXT = "We are sorry. Which card is it?"
BOTH = frozenset(Right)


@pytest.fixture
def database(postgres: Callable[[], str]) -> Iterator[Database]:
    with closing(Database(postgres())) as opened:
        opened.migrate()
        yield opened


def drafted(database: Database, number: str = "1", priority: float = 0.5, state: DraftState = DraftState.READY) -> str:
    """A draft that waits, with its plan and what was refused before it."""
    now = datetime.now(UTC)
    scored = make_scored(number, published_at=now, text=f"<b>My card</b> number {number} is gone")
    post_id = scored.post.post_id
    lines = (Line(Act.FEELING, "We are sorry.", "playbook.sorry.0"), Line(Act.ASK, "Which card is it?", "card.ask.0"))
    plan = Plan(post_id, "card", "2", Channel.SOCIAL, "anger", 0.7, lines, 280)
    refused = (Refused("local-1", "We refund you 500.", (Finding(Rule.AMOUNT, "500"),)),)
    draft = Draft(post_id, state, TEXT, "playbook-2", "entry card", now, plan, refused)
    if state is DraftState.ABSTAINED:
        draft = Draft(post_id, state, "", "playbook-2", "no playbook entry fits", now)
    database.posts.record([scored], [DraftRequest(post_id, "a complaint", priority, now)])
    with database.drafts.requested(10):
        database.drafts.save(draft)
    return post_id


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of the API on a port of this machine while the context is open."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class Callers:
    """Makes callers of one API, each with a token of her own."""

    def __init__(self, database: Database, stack: ExitStack) -> None:
        self._database = database
        self._stack = stack
        self._urls: dict[int, str] = {}

    def __call__(self, name: str = "Ada", rights: frozenset[Right] = BOTH, per_min: int = 1_000) -> httpx.Client:
        secret = self._database.tokens.add(name, rights, datetime.now(UTC))
        assert secret is not None
        return self.with_token(secret, per_min)

    def with_token(self, secret: str, per_min: int = 1_000) -> httpx.Client:
        if per_min not in self._urls:
            self._urls[per_min] = self._stack.enter_context(served(build(self._database, per_min)))
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return self._stack.enter_context(
            httpx.Client(base_url=self._urls[per_min], headers=headers, trust_env=False, timeout=60)
        )


@pytest.fixture
def client(database: Database) -> Iterator[Callers]:
    with ExitStack() as stack:
        yield Callers(database, stack)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_the_queue_shows_each_message_beside_its_draft_the_most_urgent_first(
    database: Database, client: Callers
) -> None:
    calm, urgent = drafted(database, "1", 0.2), drafted(database, "2", 0.9)
    drafts = client().get("/v1/drafts").json()["drafts"]

    assert [draft["draft_id"] for draft in drafts] == [urgent, calm]
    first = drafts[0]
    assert (first["stage"], first["message"]) == ("drafted", "<b>My card</b> number 2 is gone")
    assert (first["draft"], first["text"], first["writer"]) == (TEXT, TEXT, "playbook-2")
    assert [line["cites"] for line in first["citations"]] == ["playbook.sorry.0", "card.ask.0"]
    assert first["findings"] == []
    assert first["refused"][0]["findings"] == [{"rule": "amount or number", "quote": "500"}]


def test_a_draft_goes_from_claim_to_edit_to_approval_to_the_outbox(database: Database, client: Callers) -> None:
    post_id, ada = drafted(database), client()

    claimed = ada.post(f"/v1/drafts/{post_id}/claim", json={"minutes": 5}).json()
    assert (claimed["stage"], claimed["in_review_by"]) == ("in review", "Ada")
    edited = ada.put(f"/v1/drafts/{post_id}/text", json={"text": "We are so sorry. Which card is it?"}).json()
    assert (edited["draft"], edited["text"]) == (TEXT, "We are so sorry. Which card is it?")
    approved = ada.post(f"/v1/drafts/{post_id}/approve").json()

    assert (approved["stage"], approved["decided_by"]) == ("edited", "Ada")
    assert approved["final_text"] == "We are so sorry. Which card is it?"
    with database.handovers.next_due(datetime.now(UTC)) as waiting:
        assert waiting is not None
        assert waiting.payload["data"]["text"] == "We are so sorry. Which card is it?"
    events = ada.get(f"/v1/drafts/{post_id}/history").json()["events"]
    assert [(event["what"], event["by"]) for event in events] == [
        ("claimed", "Ada"), ("edited", "Ada"), ("approved", "Ada"),
    ]  # fmt: skip


def test_two_tokens_cannot_have_one_draft(database: Database, client: Callers) -> None:
    post_id, ada, ben = drafted(database), client("Ada"), client("Ben")
    ada.post(f"/v1/drafts/{post_id}/claim")

    for path, body in (("claim", {}), ("release", None), ("approve", {}), ("reject", {"reason": "Wrong tone"})):
        answer = ben.post(f"/v1/drafts/{post_id}/{path}", json=body)
        assert said(answer) == (409, "someone else has this draft in review"), path
    assert ben.post("/v1/next").status_code == 204
    assert ada.post(f"/v1/drafts/{post_id}/release").json()["stage"] == "drafted"
    assert ben.post("/v1/next").json()["in_review_by"] == "Ben"


def test_the_dashboard_and_the_api_share_the_claims(database: Database, client: Callers) -> None:
    post_id = drafted(database)
    at_desk = Reviewer("Cleo", "page-1")
    database.reviews.claim(post_id, at_desk, datetime.now(UTC), timedelta(minutes=1))

    assert said(client().post(f"/v1/drafts/{post_id}/claim"))[0] == 409


def test_a_rejection_needs_a_reason_of_the_list(database: Database, client: Callers) -> None:
    post_id, ada = drafted(database), client()
    ada.post("/v1/next")

    status, sentence = said(ada.post(f"/v1/drafts/{post_id}/reject", json={"reason": "because"}))
    assert status == 422
    assert sentence.startswith("reason: input should be 'wrong facts', 'wrong tone'")
    rejected = ada.post(f"/v1/drafts/{post_id}/reject", json={"reason": "Wrong tone", "note": "too cool"}).json()
    assert (rejected["stage"], rejected["final_text"]) == ("rejected", None)
    assert said(ada.post(f"/v1/drafts/{post_id}/approve")) == (409, "this draft was decided already")


def test_what_was_not_claimed_is_not_decided(database: Database, client: Callers) -> None:
    post_id = drafted(database)
    answer = client().post(f"/v1/drafts/{post_id}/approve")
    assert said(answer) == (409, "claim this draft first: you do not have it in review")


def test_where_the_writer_abstained_a_reply_must_be_given(database: Database, client: Callers) -> None:
    post_id, ada = drafted(database, state=DraftState.ABSTAINED), client()
    ada.post(f"/v1/drafts/{post_id}/claim")

    assert said(ada.post(f"/v1/drafts/{post_id}/approve")) == (422, "a reply has 1 to 4000 characters")
    approved = ada.post(f"/v1/drafts/{post_id}/approve", json={"text": "My own words."})
    assert approved.json()["stage"] == "edited"


def test_the_guard_says_what_it_thinks_of_an_edit(database: Database, client: Callers) -> None:
    post_id, ada = drafted(database), client()
    ada.post("/v1/next")
    edited = ada.put(f"/v1/drafts/{post_id}/text", json={"text": "We will refund you 500 tomorrow."}).json()
    assert edited["findings"] != []


READS = (("GET", "/v1/drafts"), ("GET", "/v1/drafts/{id}"), ("GET", "/v1/drafts/{id}/history"), ("GET", "/v1/figures"))
DECIDES = (
    ("POST", "/v1/next"), ("POST", "/v1/drafts/{id}/claim"), ("POST", "/v1/drafts/{id}/release"),
    ("PUT", "/v1/drafts/{id}/text"), ("POST", "/v1/drafts/{id}/approve"), ("POST", "/v1/drafts/{id}/reject"),
)  # fmt: skip
BODIES = {"text": {"text": "x"}, "reject": {"reason": "Wrong tone"}}


@pytest.mark.parametrize(("method", "path"), READS + DECIDES)
def test_every_call_needs_a_token_that_is_in_use_and_has_the_right(
    database: Database, client: Callers, method: str, path: str
) -> None:
    path = path.format(id=drafted(database))
    body = None if method == "GET" else BODIES.get(path.rsplit("/", 1)[1])
    other, missing = (Right.VERDICT, "read") if method == "GET" else (Right.READ, "verdict")
    assert said(client.with_token("").request(method, path, json=body))[0] == 401
    assert said(client.with_token("gsw_guess").request(method, path, json=body))[0] == 401
    poor = client("Ben", frozenset({other}))
    assert said(poor.request(method, path, json=body)) == (403, f"the token 'Ben' does not have the right '{missing}'")
    assert database.tokens.revoke("Ben", datetime.now(UTC))
    assert said(poor.request(method, path, json=body))[0] == 401
    assert client("Ada", frozenset(Right) - {other}).request(method, path, json=body).status_code < 500


def test_no_call_is_left_out_above(database: Database) -> None:
    paths = build(database, 1).openapi()["paths"]
    described = {(method.upper(), path.replace("draft_id", "id")) for path, calls in paths.items() for method in calls}
    assert described == {*READS, *DECIDES, ("GET", "/health")}


def test_openapi_names_the_scheme_the_errors_and_the_reasons(client: Callers) -> None:
    spec = client.with_token("").get("/openapi.json").json()
    assert spec["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    claim = spec["paths"]["/v1/drafts/{draft_id}/claim"]["post"]
    assert {"200", "401", "403", "404", "409", "413", "422", "429", "503"} <= set(claim["responses"])
    assert claim["security"] == [{"HTTPBearer": []}]
    assert "Wrong tone" in spec["components"]["schemas"]["Reason"]["enum"]


def test_a_draft_that_is_not_there_is_said_so(database: Database, client: Callers) -> None:
    ada = client()
    assert said(ada.get(f"/v1/drafts/{'0' * 32}")) == (404, "there is no such draft")
    assert said(ada.post(f"/v1/drafts/{'0' * 32}/claim")) == (404, "there is no such draft")
    assert said(ada.get("/v1/drafts/nonsense"))[0] == 422
    assert said(ada.get("/v1/nothing")) == (404, "not found")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"text": ""}', b'{"text": "a\\u0000b"}', b'{"text": "\\ud800"}', b'{"text": "x", "more": 1}', b""],
)
def test_a_body_that_is_not_as_described_is_one_sentence(database: Database, client: Callers, body: bytes) -> None:
    post_id, ada = drafted(database), client()
    ada.post("/v1/next")
    status, sentence = said(ada.put(f"/v1/drafts/{post_id}/text", content=body))
    assert status == 422
    assert "\n" not in sentence
    assert database.read("draft", post_id=post_id)[0]["edited_text"] is None


def test_a_reply_too_long_and_a_body_too_large_are_refused(database: Database, client: Callers) -> None:
    post_id, ada = drafted(database), client()
    ada.post("/v1/next")
    long = ada.put(f"/v1/drafts/{post_id}/text", json={"text": "x" * 4_001})
    assert said(long) == (422, "text: string should have at most 4000 characters")
    large = ada.put(f"/v1/drafts/{post_id}/text", json={"text": "x" * 40_000})
    assert said(large) == (413, "a body has at most 32,768 bytes")
    endless = ada.put(f"/v1/drafts/{post_id}/text", content=(b"x" * 1_000 for _ in range(40)))
    assert endless.status_code == 413


def test_a_token_that_asks_too_often_is_told_when_to_come_back(database: Database, client: Callers) -> None:
    ada, ben = client("Ada", per_min=3), client("Ben", per_min=3)
    answers = [ada.get("/v1/drafts") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert said(answers[3])[1] == "too many requests; the next one is taken in 20 s"
    assert answers[3].headers["retry-after"] == "20"
    assert ben.get("/v1/drafts").status_code == 200


def test_figures_count_verdicts_by_writer_and_intent(database: Database, client: Callers) -> None:
    ids = [drafted(database, str(n)) for n in range(4)]
    ada = client()
    for post_id in ids:
        ada.post(f"/v1/drafts/{post_id}/claim")
    ada.post(f"/v1/drafts/{ids[0]}/approve")
    ada.post(f"/v1/drafts/{ids[1]}/approve", json={"text": "We are sorry. Which account is it?"})  # 1 of 8 changed
    ada.post(f"/v1/drafts/{ids[2]}/reject", json={"reason": "Wrong facts"})

    rows = ada.get("/v1/figures").json()["figures"]

    assert {row["by"] for row in rows} == {"all", "writer", "intent", "both"}
    everything = rows[0]
    assert (everything["by"], everything["decided"]) == ("all", 3)
    assert (everything["approved"], everything["edited"], everything["rejected"]) == (1, 1, 1)
    assert everything["accepted"] == pytest.approx(2 / 3)
    assert everything["edit_distance"] == pytest.approx((0 + 1 / 9) / 2, abs=1e-6)
    assert 0 <= everything["minutes"] < 1
    assert [row["writer"] for row in rows if row["by"] == "writer"] == ["playbook-2"]


def test_without_postgresql_it_says_so_and_does_nothing() -> None:
    with ExitStack() as stack:
        caller = Callers(Database("postgresql://nobody@127.0.0.1:1/nothing"), stack).with_token("gsw_x")
        assert said(caller.get("/v1/drafts")) == (503, "PostgreSQL does not answer, so nothing was done")
        assert caller.get("/health").status_code == 503


def test_a_token_is_stored_as_a_hash_only(database: Database) -> None:
    secret = database.tokens.add("Ada", BOTH, datetime.now(UTC))
    assert secret is not None
    assert database.tokens.add("Ada", BOTH, datetime.now(UTC)) is None
    with database._connections.transaction() as transaction:
        rows = transaction.rows("SELECT api_tokens::text AS row FROM api_tokens")
    assert len(rows) == 1
    assert secret not in rows[0]["row"]
    assert secret.removeprefix("gsw_") not in rows[0]["row"]


def test_someone_else_s_approval_between_two_calls_is_not_overwritten(database: Database, client: Callers) -> None:
    post_id, ada = drafted(database), client()
    ada.post(f"/v1/drafts/{post_id}/claim", json={"minutes": 0.0001})
    at_desk = Reviewer("Cleo", "page-1")
    later = datetime.now(UTC) + timedelta(minutes=1)
    database.reviews.claim(post_id, at_desk, later, timedelta(minutes=1))
    database.reviews.decide(post_id, Approval("Cleo's"), at_desk, later)

    assert said(ada.post(f"/v1/drafts/{post_id}/approve")) == (409, "this draft was decided already")
    assert database.read("draft", post_id=post_id)[0]["final_text"] == "Cleo's"
