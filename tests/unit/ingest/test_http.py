"""How a site's answers, and its failures to answer, are taken."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence

import httpx
import pytest

from core.errors import SourceRefused, SourceUnavailable
from ingest.http import HttpFetch, user_agent
from tests.builders import NOON

URL = "https://user:secret@site.example/feed?token=secret"


def fetcher(answer: Callable[[httpx.Request], httpx.Response], *, max_bytes: int = 10_000) -> HttpFetch:
    def streamed(request: httpx.Request) -> httpx.Response:
        """As from a socket: not read yet."""
        found = answer(request)
        if not found.is_stream_consumed:
            return found
        headers = [(name, value) for name, value in found.headers.raw if name.lower() != b"content-length"]
        return httpx.Response(found.status_code, stream=httpx.ByteStream(found.content), headers=headers)

    def resolve(host: str, port: int) -> Sequence[str]:
        return ADDRESSES.get(host, ("93.184.215.14",))

    transport = httpx.MockTransport(streamed)
    return HttpFetch(timeout_s=5, max_bytes=max_bytes, transport=transport, resolve=resolve, now=lambda: NOON)


def packed(body: bytes, coding: str = "gzip") -> Callable[[httpx.Request], httpx.Response]:
    """An answer whose body is as it is given."""
    return lambda _: httpx.Response(200, stream=httpx.ByteStream(body), headers={"Content-Encoding": coding})


ADDRESSES = {
    "inside.example": ("10.0.0.8",),
    "both.example": ("93.184.215.14", "127.0.0.1"),
    "169.254.169.254": ("169.254.169.254",),
}


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
    bomb = gzip.compress(b"\0" * 5_000_000)
    assert len(bomb) < 10_000
    with fetcher(packed(bomb)) as fetch, pytest.raises(SourceRefused, match="more than 10,000 bytes"):
        fetch(URL)


def test_a_body_that_is_longer_than_it_may_be_is_not_read_to_its_end() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1_000
            yield b"x" * 1_000

    with fetcher(lambda _: httpx.Response(200, content=endless())) as fetch, pytest.raises(SourceRefused):
        fetch(URL)
    assert read < 100_000


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_packed_body_is_inflated(coding: str) -> None:
    body = (gzip.compress if coding == "gzip" else zlib.compress)(b"hello" * 100)
    with fetcher(packed(body, coding)) as fetch:
        assert fetch(URL).body == b"hello" * 100
    with fetcher(packed(gzip.compress(b"one") + gzip.compress(b" two"))) as fetch:
        assert fetch(URL).body == b"one two"


@pytest.mark.parametrize(("body", "coding"), [(b"not gzip", "gzip"), (b"x", "br"), (b"x", "gzip, gzip")])
def test_a_body_that_is_not_packed_as_it_says_is_refused(body: bytes, coding: str) -> None:
    with fetcher(packed(body, coding)) as fetch, pytest.raises(SourceRefused):
        fetch(URL)


def test_a_packed_body_without_its_end_is_not_taken_for_whole() -> None:
    cut = gzip.compress(bytes(range(256)) * 20)[:-9]
    with fetcher(packed(cut)) as fetch, pytest.raises(SourceUnavailable, match="broke its answer off"):
        fetch(URL)


@pytest.mark.parametrize("host", ["inside.example", "both.example", "169.254.169.254"])
def test_a_redirect_into_a_private_network_is_refused(host: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": f"http://{host}/latest/meta-data"})

    with fetcher(answer) as fetch, pytest.raises(SourceRefused, match="into a private network"):
        fetch(URL)
    assert asked == ["site.example"]


def test_a_key_is_not_sent_on_to_another_host() -> None:
    seen: dict[str, str] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen[request.url.host] = request.headers.get("Authorization", "")
        where = "https://other.example/feed"
        return httpx.Response(301, headers={"Location": where}) if len(seen) == 1 else httpx.Response(200, content=b"x")

    with fetcher(answer) as fetch:
        fetch("https://site.example/feed", headers={"Authorization": "Bearer secret"})
    assert seen == {"site.example": "Bearer secret", "other.example": ""}


def test_a_form_is_posted() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.method.encode() + b" " + request.content)

    with fetcher(answer) as fetch:
        assert fetch(URL, form={"grant_type": "client_credentials"}).body == b"POST grant_type=client_credentials"


def test_a_limit_that_resets_at_a_time_is_waited_for() -> None:
    headers = {"x-rate-limit-reset": str(int(NOON.timestamp()) + 90)}
    with fetcher(lambda _: httpx.Response(429, headers=headers)) as fetch, pytest.raises(SourceUnavailable) as caught:
        fetch(URL)
    assert caught.value.retry_after_s == 90


def test_the_user_agent_says_whom_to_write_to() -> None:
    assert user_agent("ops@bank.example").endswith("(feed reader; ops@bank.example)")


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
