"""Every kind of site × every way in which sites fail: nothing is lost, nothing comes twice, and the error has its name.

A local server speaks each site's own format (tests.sites). In each case one run meets the fault and the runs after it
do not; beside it a second source of another kind is read, and must notice nothing.
"""

from __future__ import annotations

import gzip
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from core.errors import GroundswellError, SourceRefused, SourceUnavailable
from core.ports import ScrapeRun
from core.sources import Kind, Source
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.http import HttpFetch
from ingest.scrape import scrape
from ingest.sites.registry import SITES
from storage.memory import Memory
from tests.builders import NOON
from tests.fakes import ManualClock, RecordingPublisher
from tests.site_server import Fault, SiteServer, reply
from tests.sites import KEYS, Said, source_at, things

TIMEOUT_S = 1.5
MAX_BYTES = 1_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[SiteServer]:
    with SiteServer({kind: [] for kind in SITES}) as running:
        yield running


class Reader:
    """Reads one source of a server again and again, with real sockets."""

    def __init__(self, server: SiteServer, kind: Kind, name: str = "") -> None:
        self.source: Source = source_at(server.address(kind), kind, name)
        self.memory, self.publisher, self.clock = Memory(), RecordingPublisher(), ManualClock()
        self.composer = Composer(read_watchlist(), "key")

    def run(self) -> ScrapeRun | GroundswellError:
        self.clock.advance(60)
        try:
            with HttpFetch(timeout_s=TIMEOUT_S, max_bytes=MAX_BYTES, now=self.clock) as fetch:
                return scrape(
                    self.source,
                    store=self.memory.sources,
                    publisher=self.publisher,
                    fetch=fetch,
                    composer=self.composer,
                    now=self.clock,
                    key=KEYS.get(self.source.key, ""),
                )
        except GroundswellError as exc:
            return exc

    def heard(self) -> Counter[str]:
        """How often each thing that was said was published, by its number."""
        return Counter(post.text.rpartition("customer ")[2].split()[0].rstrip(".#") for post in self.publisher.posts)


def _busy(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(handler, 429, b"slow down", Retry_After="30")


def _error(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(handler, 500, b"oops")


def _silence(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    socket.create_connection(("127.0.0.1", handler.server.server_address[1])).close()  # the server itself is well
    handler.rfile.read(1)  # until the client gives up
    handler.close_connection = True


def _reset(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def _cut_gzip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(handler, 200, gzip.compress(body)[:-12], Content_Encoding="gzip")


def _wrong_charset(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(handler, 200, body.decode("utf-8").encode("utf-16"), Content_Type="text/plain; charset=ascii")


def _long(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000000")
    handler.end_headers()
    for _ in range(1_000):
        handler.wfile.write(b" " * 100_000)


def _endless(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """A hundred million bytes, without saying so first."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(1_000):
        handler.wfile.write(b"186a0\r\n" + b" " * 100_000 + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")


BOMB = gzip.compress(b" " * 200_000_000, compresslevel=9)


def _bomb(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(handler, 200, BOMB, Content_Encoding="gzip")


def _page(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(handler, 200, b"<!doctype html><html><body>Please log in</body></html>", Content_Type="text/html")


def _private(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(handler, 302, b"", Location="http://169.254.169.254/latest/meta-data")


@dataclass(frozen=True, slots=True)
class Case:
    """A fault of one answer, and what a run must say of it."""

    fault: Fault
    error: type[GroundswellError]
    said: str


CASES = {
    "429 with Retry-After": Case(_busy, SourceUnavailable, "answered 429"),
    "500": Case(_error, SourceUnavailable, "answered 500"),
    "time-out": Case(_silence, SourceUnavailable, "did not answer within"),
    "reset half-way": Case(_reset, SourceUnavailable, "cannot be reached: Re"),
    "truncated gzip": Case(_cut_gzip, SourceUnavailable, "broke its answer off"),
    "100 MB body": Case(_long, SourceRefused, "sends more than 1,000,000 bytes"),
    "100 MB unannounced": Case(_endless, SourceRefused, "sends more than 1,000,000 bytes"),
    "zip bomb": Case(_bomb, SourceRefused, "sends more than 1,000,000 bytes"),
    "HTML": Case(_page, SourceRefused, ""),
    "redirect inside": Case(_private, SourceRefused, "redirects into a private network"),
}


@pytest.mark.parametrize("kind", sorted(SITES))
@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_named_and_nothing_is_lost_or_comes_twice(server: SiteServer, kind: Kind, name: str) -> None:
    case = CASES[name]
    other = Kind.JSON if kind is not Kind.JSON else Kind.FEED
    reader, neighbour = Reader(server, kind), Reader(server, other)
    server.said[kind], server.said[other] = things(20), things(3)
    server.faults = {}
    assert isinstance(reader.run(), ScrapeRun)
    server.said[kind] = things(20) + things(12, first=20, until=NOON + timedelta(seconds=90), gap_s=5)
    server.faults = {kind: [case.fault]}

    found = reader.run()

    assert type(found) is case.error
    assert case.said in str(found)
    assert isinstance(neighbour.run(), ScrapeRun)
    assert sum(neighbour.heard().values()) == 3
    assert sum(reader.heard().values()) == 20
    for _ in range(2):
        assert isinstance(reader.run(), ScrapeRun)
    assert reader.heard() == Counter({str(number): 1 for number in range(32)})


@pytest.mark.parametrize("kind", sorted(SITES))
def test_a_site_that_asks_us_to_wait_is_not_asked_before(server: SiteServer, kind: Kind) -> None:
    reader = Reader(server, kind)
    server.said[kind] = things(3)
    server.faults = {kind: [lambda handler, body: reply(handler, 429, b"", Retry_After="200")]}
    assert isinstance(reader.run(), SourceUnavailable)
    before = len(server.asked)
    for _ in range(3):  # a minute apart
        reader.run()
    assert len(server.asked) == before
    reader.run()
    assert sum(reader.heard().values()) == 3


@pytest.mark.parametrize("kind", sorted(SITES))
def test_an_answer_in_another_charset_than_it_says_is_read_or_refused_and_never_garbled(
    server: SiteServer, kind: Kind
) -> None:
    reader = Reader(server, kind)
    server.said[kind] = things(5)
    server.faults = {kind: [_wrong_charset]}
    found = reader.run()
    assert isinstance(found, ScrapeRun | SourceRefused)
    assert isinstance(reader.run(), ScrapeRun)
    assert reader.heard() == Counter({str(number): 1 for number in range(5)})


@pytest.mark.parametrize("kind", sorted(SITES))
def test_a_page_that_comes_again_and_again_is_published_once_and_left(server: SiteServer, kind: Kind) -> None:
    """Its pages never end: whatever is asked for, the same comes back."""
    reader = Reader(server, kind)
    server.said[kind] = things(150)
    first: list[bytes] = []

    def same(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        first.append(body)
        reply(handler, 200, first[0])

    reader.run()
    server.faults = {kind: [same] * 200}
    before = len(server.asked)
    for _ in range(2):
        assert isinstance(reader.run(), ScrapeRun)
    assert len(server.asked) - before <= 2 * 55
    server.faults = {}
    reader.run()
    assert max(reader.heard().values()) == 1


@pytest.mark.parametrize("kind", sorted(SITES))
def test_a_site_that_goes_back_to_what_it_said_yesterday_loses_and_repeats_nothing(
    server: SiteServer, kind: Kind
) -> None:
    reader = Reader(server, kind)
    server.faults = {}
    server.said[kind] = things(30)
    reader.run()
    server.said[kind] = things(10)  # an old copy of the site answers
    assert isinstance(reader.run(), ScrapeRun)
    server.said[kind] = things(30) + things(5, first=30, until=reader.clock(), gap_s=5)
    for _ in range(2):
        assert isinstance(reader.run(), ScrapeRun)
    assert reader.heard() == Counter({str(number): 1 for number in range(35)})


@pytest.mark.parametrize("kind", sorted(SITES))
def test_a_clock_in_the_future_moves_neither_ours_nor_the_cursor(server: SiteServer, kind: Kind) -> None:
    reader = Reader(server, kind)
    server.faults = {}
    ahead = Said(2, "From the year 2099, says customer 2", NOON.replace(year=2099))
    server.said[kind] = [*things(2), ahead]
    assert isinstance(reader.run(), ScrapeRun)
    server.said[kind] += things(4, first=3, until=reader.clock(), gap_s=5)
    assert isinstance(reader.run(), ScrapeRun)
    assert reader.heard() == Counter({str(number): 1 for number in range(7)})
    assert all(post.published_at <= post.fetched_at for post in reader.publisher.posts)
