"""A language model behind an address: what is sent, what is kept, and what happens when it is not there."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from core.errors import ModelUnusable, SetupError
from core.plans import Plan
from core.writing import plan_reply
from models.writer_endpoint import TRIES, EndpointWriter
from tests.builders import make_post, make_scores
from tests.playbook import PLAYBOOK

KEY = "sk-secret"
URL = "https://models.example/v1"
Handler = Callable[[httpx.Request], httpx.Response]


def plan(text: str = "my card fails") -> Plan:
    post = make_post("1", channel="customer", text=text)
    return plan_reply(post, make_scores(), PLAYBOOK.named["card_not_working"], (), PLAYBOOK)


def writer(handler: Handler, waits: list[float] | None = None) -> EndpointWriter:
    slept: list[float] = [] if waits is None else waits
    return EndpointWriter(
        URL, "some-model", KEY, 5.0, transport=httpx.MockTransport(handler), sleep=lambda s: slept.append(s)
    )


def says(text: str | None, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"choices": [{"message": {"content": text}, **more}]})


def test_the_plan_and_the_message_are_sent_with_the_key() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return says("I'm sorry. Where was it?")

    (text,) = writer(handler).write([plan()], ["my card fails"])

    assert text.startswith("I'm sorry. Where was it?\n")
    assert str(seen[0].url) == f"{URL}/chat/completions"
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    body = json.loads(seen[0].content)
    assert body["model"] == "some-model"
    assert plan().lines[0].text in body["messages"][1]["content"]


def test_texts_come_in_the_order_of_the_plans() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        content = json.loads(request.content)["messages"][1]["content"]
        return says(f"You wrote {content.split('<<<')[1].split('>>>')[0].strip()}.")

    texts = writer(handler).write([plan()] * 9, [str(n) for n in range(9)])

    assert [text.splitlines()[0] for text in texts] == [f"You wrote {n}." for n in range(9)]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_busy_endpoint_is_asked_again(status: int) -> None:
    answers = [httpx.Response(status), httpx.Response(status, headers={"retry-after": "7"}), says("I see. Where?")]
    waits: list[float] = []

    (text,) = writer(lambda _: answers.pop(0), waits).write([plan()], ["x"])

    assert text.startswith("I see.")
    assert waits == [1.0, 7.0]


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    asked: list[int] = []

    def handler(_: httpx.Request) -> httpx.Response:
        asked.append(status)
        return httpx.Response(status, headers={"location": "https://elsewhere.example"})

    with pytest.raises(ModelUnusable, match=str(status)):
        writer(handler).write([plan()], ["x"])
    assert len(asked) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout,
        httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError, httpx.ProxyError,
        httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.DecodingError,
    ],
)  # fmt: skip
def test_every_error_of_the_library_is_one_of_ours_and_holds_no_secret(error: type[httpx.TransportError]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error(f"{request.url} {KEY}", request=request)

    with pytest.raises(ModelUnusable) as caught:
        writer(handler).write([plan()], ["x"])
    assert KEY not in str(caught.value)
    assert "models.example" not in str(caught.value)


def test_an_endpoint_that_stays_busy_is_given_up() -> None:
    waits: list[float] = []

    with pytest.raises(ModelUnusable, match="503"):
        writer(lambda _: httpx.Response(503), waits).write([plan()], ["x"])
    assert len(waits) == TRIES - 1


def test_an_endpoint_that_asks_for_more_than_a_moment_is_given_up_at_once() -> None:
    waits: list[float] = []

    with pytest.raises(ModelUnusable, match="429"):
        writer(lambda _: httpx.Response(429, headers={"retry-after": "3600"}), waits).write([plan()], ["x"])
    assert waits == []


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [{"message": {"content": None}}]}, [1], "text"])
def test_an_answer_without_a_reply_is_an_empty_text(body: object) -> None:
    assert writer(lambda _: httpx.Response(200, json=body)).write([plan()], ["x"]) == [""]


def test_an_answer_that_is_no_json_is_told() -> None:
    with pytest.raises(ModelUnusable, match="JSON"):
        writer(lambda _: httpx.Response(200, text="<html>")).write([plan()], ["x"])


def test_a_reply_that_was_cut_off_ends_with_its_last_whole_sentence() -> None:
    (text,) = writer(lambda _: says("I see. We can", finish_reason="length")).write([plan()], ["x"])

    assert text.splitlines()[0] == "I see."


@pytest.mark.parametrize(
    ("url", "model", "key"),
    [
        ("https://", "m", ""),
        ("ftp://models.example", "m", ""),
        ("https://models.example/v1", "", ""),
        ("http://models.example/v1", "m", "secret"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_at_once(url: str, model: str, key: str) -> None:
    with pytest.raises(SetupError):
        EndpointWriter(url, model, key, 5.0)


def test_a_model_on_this_machine_may_be_asked_without_encryption() -> None:
    assert EndpointWriter("http://127.0.0.1:8000/v1", "m", "secret", 5.0).name == "endpoint:m"
