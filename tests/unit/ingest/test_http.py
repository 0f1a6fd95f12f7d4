"""How a site's answers, and its failures to answer, are taken."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import httpx
import pytest

from core.errors import SourceRefused, SourceUnavailable
from ingest.http import HttpFetch, user_agent
from tests.builders import NOON

URL = "https://user:secret@site.example/feed?token=secret"


def fetcher(answer: Callable[[httpx.Request], httpx.Response], *, max_bytes: int = 10_000) -> HttpFetch:
    return HttpFetch(timeout_s=5, max_bytes=max_bytes, transport=httpx.MockTransport(answer), now=lambda: NOON)


def test_validators_are_sent_and_kept() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"body", headers={"ETag": '"2"', "Last-Modified": "later"})

    with fetcher(answer) as fetch:
        found = fetch(URL, params={"after": "x"}, etag='"1"', last_modified="earlier")
    assert (found.body, found.etag, found.last_modified) == (b"body", '"2"', "later")
    assert seen[0].headers["If-None-Match"] == '"1"'
    assert seen[0].headers["If-Modified-Since"] == "earlier"
    assert seen[0].headers["User-Agent"] == user_agent()
    assert seen[0].url.params["after"] == "x"


def test_not_modified_has_no_body_and_keeps_the_validators() -> None:
    with fetcher(lambda _: httpx.Response(304)) as fetch:
        found = fetch(URL, etag='"1"', last_modified="earlier")
    assert (found.body, found.etag, found.last_modified) == (None, '"1"', "earlier")


WAITS = [
    ("120", 120.0),
    ("0", 0.0),
    ("Mon, 02 Mar 2026 12:01:30 GMT", 90.0),
    ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
    ("99999999999", 86_400.0),
    ("soon", None),
    ("", None),
    ("-5", None),
    ("٥", None),
]


@pytest.mark.parametrize(("value", "wait_s"), WAITS)
def test_retry_after_is_honoured(value: str, wait_s: float | None) -> None:
    headers = [(b"Retry-After", value.encode())]
    with fetcher(lambda _: httpx.Response(429, headers=headers)) as fetch, pytest.raises(SourceUnavailable) as caught:
        fetch(URL)
    assert caught.value.retry_after_s == wait_s


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    with fetcher(lambda _: httpx.Response(status)) as fetch, pytest.raises(SourceUnavailable):
        fetch(URL)


@pytest.mark.parametrize("status", [204, 206, 300, 400, 401, 403, 404, 410, 418, 451])
def test_what_will_not_pass_is_refused(status: int) -> None:
    with fetcher(lambda _: httpx.Response(status)) as fetch, pytest.raises(SourceRefused):
        fetch(URL)


def test_redirects_are_followed_but_not_for_ever() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        step = int(request.url.path.strip("/") or 0)
        target = httpx.Response(302, headers={"Location": f"/{step + 1}"})
        return target if step < limit else httpx.Response(200, content=b"there")

    limit = 5
    with fetcher(answer) as fetch:
        assert fetch("https://site.example/0").body == b"there"
    limit = 6
    with fetcher(answer) as fetch, pytest.raises(SourceRefused, match="redirects more than 5"):
        fetch("https://site.example/0")


def test_a_redirect_out_of_the_web_is_refused() -> None:
    away = httpx.Response(302, headers={"Location": "file:///etc/passwd"})
    with fetcher(lambda _: away) as fetch, pytest.raises(SourceRefused):
        fetch(URL)


def test_a_body_that_inflates_without_end_is_cut_off() -> None:
    packed = gzip.compress(b"\0" * 5_000_000)
    bomb = httpx.Response(200, stream=httpx.ByteStream(packed), headers={"Content-Encoding": "gzip"})
    assert len(packed) < 10_000
    with fetcher(lambda _: bomb) as fetch, pytest.raises(SourceRefused, match="more than 10,000 bytes"):
        fetch(URL)


def test_a_body_that_is_not_packed_as_it_says_is_refused() -> None:
    broken = httpx.Response(200, stream=httpx.ByteStream(b"not gzip"), headers={"Content-Encoding": "gzip"})
    with fetcher(lambda _: broken) as fetch, pytest.raises(SourceRefused):
        fetch(URL)


def _all_errors(kind: type[httpx.HTTPError]) -> list[type[httpx.HTTPError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _all_errors(child))]


@pytest.mark.parametrize("kind", [*_all_errors(httpx.RequestError), httpx.InvalidURL])
def test_every_error_of_the_library_becomes_ours(kind: type[Exception]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise kind("no luck with token=secret")

    with fetcher(answer) as fetch, pytest.raises((SourceRefused, SourceUnavailable)) as caught:
        fetch(URL)
    assert "secret" not in str(caught.value)


def test_no_secret_of_the_address_stands_in_a_message() -> None:
    with fetcher(lambda _: httpx.Response(403)) as fetch, pytest.raises(SourceRefused) as caught:
        fetch(URL)
    assert str(caught.value) == "site.example answered 403 Forbidden"
