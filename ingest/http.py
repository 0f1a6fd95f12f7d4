"""Touches other people's sites: one polite GET, bounded in time, size and redirects."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from types import TracebackType
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from core.errors import SourceRefused, SourceUnavailable

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
        self, url: str, *, params: Mapping[str, str] | None = None, etag: str = "", last_modified: str = ""
    ) -> Fetched: ...


class HttpFetch:
    """Fills `Fetch` with httpx; one object a run, closed by `with`."""

    def __init__(
        self,
        *,
        timeout_s: float,
        max_bytes: int,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """
        Args:
            timeout_s: for the whole answer, and for each wait in it.
            max_bytes: of the body once it is inflated.
        """
        self._timeout_s, self._max_bytes, self._now = timeout_s, max_bytes, now
        self._client = httpx.Client(
            timeout=timeout_s,
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            headers={"User-Agent": user_agent(), "Accept-Encoding": "gzip, deflate"},
            transport=transport,
        )

    def __enter__(self) -> HttpFetch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def __call__(
        self, url: str, *, params: Mapping[str, str] | None = None, etag: str = "", last_modified: str = ""
    ) -> Fetched:
        # no query and no user in a message: they may hold a token
        site = urlsplit(url).hostname or "the site"
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        sent = {name: value for name, value in headers.items() if value}
        try:
            with self._client.stream("GET", url, params=params, headers=sent) as response:
                self._judge(site, response)
                body = None if response.status_code == 304 else self._read(site, response)
                return Fetched(
                    body,
                    response.headers.get("ETag", etag if body is None else ""),
                    response.headers.get("Last-Modified", last_modified if body is None else ""),
                    response.headers.get("Content-Type", ""),
                )
        except httpx.TooManyRedirects as exc:
            raise SourceRefused(f"{site} redirects more than {MOST_REDIRECTS} times") from exc
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.DecodingError) as exc:
            raise SourceRefused(f"{site} is not what its address says: {type(exc).__name__}") from exc
        except httpx.TimeoutException as exc:
            raise SourceUnavailable(f"{site} did not answer within {self._timeout_s:g} s") from exc
        except httpx.HTTPError as exc:
            raise SourceUnavailable(f"{site} cannot be reached: {type(exc).__name__}") from exc

    def _judge(self, site: str, response: httpx.Response) -> None:
        status = response.status_code
        if status in (200, 203, 304):
            return
        said = f"{site} answered {status} {response.reason_phrase}".rstrip()
        if status in _LATER or status >= 500:
            wait_s = retry_after_s(response.headers.get("Retry-After", ""), self._now())
            raise SourceUnavailable(said, retry_after_s=wait_s)
        raise SourceRefused(said)

    def _read(self, site: str, response: httpx.Response) -> bytes:
        """The inflated body; a small answer that inflates without end is cut off, and so is one that drips."""
        deadline = time.monotonic() + self._timeout_s
        body = bytearray()
        for chunk in response.iter_bytes(65_536):
            body += chunk
            if len(body) > self._max_bytes:
                raise SourceRefused(f"{site} sends more than {self._max_bytes:,} bytes")
            if time.monotonic() > deadline:
                raise SourceUnavailable(f"{site} did not finish its answer within {self._timeout_s:g} s")
        return bytes(body)


def user_agent() -> str:
    """Who we are, truthfully, so that a site's owner can tell us apart and refuse us."""
    return f"groundswell/{version('groundswell')} (feed reader; httpx/{httpx.__version__})"


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
