"""Touches other people's sites: one polite request, bounded in time and size, and never led into a private network."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from types import TracebackType
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from core.addresses import is_public
from core.errors import SourceRefused, SourceUnavailable
from ingest.inflate import PACKED, Broken, Inflater, TooLong

MOST_REDIRECTS: Final = 5
LONGEST_WAIT_S: Final = 86_400.0
"""A site that asks for more than a day is asked again after a day."""
_LATER: Final = frozenset({408, 425, 429})
"""Of the 4xx, those that mean "not now" and not "never" (RFC 9110 15.5.9, RFC 8470, RFC 6585)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer. `body` is `None` when nothing changed since the validators that we sent (304)."""

    body: bytes | None
    etag: str = ""
    last_modified: str = ""
    content_type: str = ""


class Fetch(Protocol):
    """Gets one address. Raises SourceUnavailable (with `retry_after_s` when the site says it), SourceRefused."""

    def __call__(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        etag: str = "",
        last_modified: str = "",
    ) -> Fetched: ...


Resolve = Callable[[str, int], Sequence[str]]
"""From a host and a port to addresses. Raises OSError."""


def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host. Raises OSError."""
    return tuple({str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


class HttpFetch:
    """Fills `Fetch` with httpx; one object a run, closed by `with`."""

    def __init__(
        self,
        *,
        timeout_s: float,
        max_bytes: int,
        contact: str = "",
        take_turn: Callable[[str], AbstractContextManager[None]] = lambda _host: nullcontext(),
        transport: httpx.BaseTransport | None = None,
        resolve: Resolve = resolved,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """
        Args:
            timeout_s: for the whole answer, and for each wait in it.
            max_bytes: of the body, as it is sent and once it is inflated.
            contact: an address of ours for a site's owner, in the user agent.
            take_turn: waits until a host may be asked, and is open while it is. Raises SourceUnavailable.
        """
        logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs every address, token and all
        self._timeout_s, self._max_bytes, self._now = timeout_s, max_bytes, now
        self._take_turn, self._resolve = take_turn, resolve
        self._client = httpx.Client(
            timeout=timeout_s,
            headers={"User-Agent": user_agent(contact), "Accept-Encoding": "gzip"},
            transport=transport,
        )

    def __enter__(self) -> HttpFetch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def __call__(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        etag: str = "",
        last_modified: str = "",
    ) -> Fetched:
        # no query and no user in a message: they may hold a token
        site = _host(url)
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        sent = {**(headers or {}), **{name: value for name, value in validators.items() if value}}
        try:
            request = self._client.build_request(
                "GET" if form is None else "POST", url, params=params or None, headers=sent, data=form
            )
            with self._take_turn(site):
                return self._follow(site, request, etag, last_modified)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.DecodingError) as exc:
            raise SourceRefused(f"{site} is not what its address says: {type(exc).__name__}") from exc
        except httpx.TimeoutException as exc:
            raise SourceUnavailable(f"{site} did not answer within {self._timeout_s:g} s") from exc
        except httpx.HTTPError as exc:
            raise SourceUnavailable(f"{site} cannot be reached: {type(exc).__name__}") from exc

    def _follow(self, site: str, request: httpx.Request, etag: str, last_modified: str) -> Fetched:
        """The answer at the end of the redirects."""
        deadline = time.monotonic() + self._timeout_s
        for _ in range(MOST_REDIRECTS + 1):
            response = self._client.send(request, stream=True)
            try:
                if response.has_redirect_location:
                    request = self._onward(site, request, response)
                    continue
                self._judge(site, response)
                body = None if response.status_code == 304 else self._read(site, response, deadline)
                return Fetched(
                    body,
                    response.headers.get("ETag", etag if body is None else ""),
                    response.headers.get("Last-Modified", last_modified if body is None else ""),
                    response.headers.get("Content-Type", ""),
                )
            finally:
                response.close()
        raise SourceRefused(f"{site} redirects more than {MOST_REDIRECTS} times")

    def _onward(self, site: str, request: httpx.Request, response: httpx.Response) -> httpx.Request:
        """Where a redirect leads: never into a private network, and to another host without what was for the first.

        The network's own resolver is asked once more when it connects; a name that changes between loses the answer,
        since nothing of it is stored unless it reads as the site's own kind.
        """
        following = response.next_request
        if following is None or following.url.scheme not in ("http", "https"):
            raise SourceRefused(f"{site} redirects out of the web")
        host = following.url.host
        if host != request.url.host:
            self._refuse_private(site, host, following.url.port or 443)
            for name in ("Authorization", "Cookie", "If-None-Match", "If-Modified-Since"):
                following.headers.pop(name, None)
        return following

    def _refuse_private(self, site: str, host: str, port: int) -> None:
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as exc:
            raise SourceUnavailable(f"{site} redirects to a host that cannot be found") from exc
        if not addresses or not all(is_public(address) for address in addresses):
            raise SourceRefused(f"{site} redirects into a private network")

    def _judge(self, site: str, response: httpx.Response) -> None:
        status = response.status_code
        if status in (200, 203, 304):
            return
        said = f"{site} answered {status} {response.reason_phrase}".rstrip()
        if status in _LATER or status >= 500:
            wait_s = _asked_to_wait_s(response.headers, self._now())
            raise SourceUnavailable(said, retry_after_s=wait_s)
        raise SourceRefused(said)

    def _read(self, site: str, response: httpx.Response, deadline: float) -> bytes:
        """The inflated body; a small answer that inflates without end is cut off, and so is one that drips."""
        declared = response.headers.get("Content-Length", "")
        coding = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise SourceRefused(f"{site} sends more than {self._max_bytes:,} bytes")
        if coding not in PACKED | {"identity"}:
            raise SourceRefused(f"{site} packs its answer as {coding[:20]}, which nobody asked for")
        inflater = Inflater(self._max_bytes, coding != "identity")
        try:
            for piece in response.iter_raw(65_536):
                inflater.feed(piece)
                if response.num_bytes_downloaded > self._max_bytes:
                    raise TooLong
                if time.monotonic() > deadline:
                    raise SourceUnavailable(f"{site} did not finish its answer within {self._timeout_s:g} s")
        except TooLong as exc:
            raise SourceRefused(f"{site} sends more than {self._max_bytes:,} bytes") from exc
        except Broken as exc:
            raise SourceRefused(f"{site} does not send {coding} as it says") from exc
        if not inflater.is_whole:
            raise SourceUnavailable(f"{site} broke its answer off")
        return bytes(inflater.body)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the site"
    except ValueError:
        return "the site"


def user_agent(contact: str = "") -> str:
    """Who we are, truthfully, so that a site's owner can tell us apart, write to us and refuse us."""
    return f"groundswell/{version('groundswell')} (feed reader; {contact or f'httpx/{httpx.__version__}'})"


def _asked_to_wait_s(headers: httpx.Headers, now: datetime) -> float | None:
    """What Retry-After says, or else X's own header: the second since 1970 from which on it answers."""
    reset = headers.get("X-Rate-Limit-Reset", "").strip()
    if "Retry-After" not in headers and reset.isascii() and reset.isdigit():
        return min(max(0.0, float(reset) - now.timestamp()), LONGEST_WAIT_S)
    return retry_after_s(headers.get("Retry-After", ""), now)


def retry_after_s(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; `None` when it says nothing usable.

    Source: RFC 9110, sec. 10.2.3.

    >>> retry_after_s("120", datetime(2026, 1, 31, tzinfo=UTC))
    120.0
    >>> retry_after_s("Sat, 31 Jan 2026 00:01:00 GMT", datetime(2026, 1, 31, tzinfo=UTC))
    60.0
    >>> retry_after_s("soon", datetime(2026, 1, 31, tzinfo=UTC))
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT_S)
