"""RSS and Atom as they are met."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.errors import SourceRefused
from core.posts import Channel
from core.sources import Kind, Source
from ingest.items import Parsed
from ingest.sites import feed

DESK = Source("desk", "https://desk.example/rss", Kind.FEED, Channel.NEWS)


def parse(body: bytes, source: Source) -> Parsed:
    return feed.parse(body, source).parsed


DATE = "<pubDate>Mon, 02 Mar 2026 12:00:00 GMT</pubDate>"


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Desk</title>{''.join(items)}</channel></rss>".encode()


def item(content: str) -> str:
    return f"<item>{content}</item>"


def test_an_rss_item_becomes_an_item() -> None:
    body = rss(item(f"<title>Rates held</title><guid>g1</guid><link>https://desk.example/1</link>{DATE}"))
    (found,) = parse(body, DESK).items
    assert found.native_id == "g1"
    assert (found.text, found.url, found.channel) == ("Rates held", "https://desk.example/1", Channel.NEWS)
    assert found.published_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_atom_entry_becomes_an_item() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><id>urn:1</id><title>Results</title>
    <author><name>Jo Lane</name></author><updated>2026-03-02T13:00:00+01:00</updated>
    <link href="https://x.example/1"/><content type="html">&lt;p&gt;Sales rose&lt;/p&gt;</content></entry></feed>"""
    (found,) = parse(body, DESK).items
    assert (found.native_id, found.text, found.author) == ("urn:1", "Results. Sales rose", "Jo Lane")
    assert found.published_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


TEXTS = [
    ("<title>Up</title><description>By 3%</description>", "Up. By 3%"),
    ("<title>Up?</title><description>By 3%</description>", "Up? By 3%"),
    ("<title>Up</title><description>Up by 3%, says the bank</description>", "Up by 3%, says the bank"),
    ("<description>&lt;p&gt;R&amp;amp;D&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;</description>", "R&D"),
    ("<title>Up</title>", "Up"),
    ("", ""),
]


@pytest.mark.parametrize(("content", "text"), TEXTS)
def test_title_and_body_become_one_text(content: str, text: str) -> None:
    assert parse(rss(item(f"<guid>g</guid>{DATE}{content}")), DESK).items[0].text == text


MALFORMED = [
    (f"<title>No id</title>{DATE}", "neither an id nor a link"),
    ("<title>No date</title><guid>g</guid>", "no date"),
    ("<guid>g</guid><pubDate>the day before tomorrow</pubDate>", "'the day before tomorrow' cannot be read"),
    ("<guid>g</guid><pubDate></pubDate>", "no date"),
]


@pytest.mark.parametrize(("content", "reason"), MALFORMED)
def test_a_malformed_item_is_set_aside_and_the_others_stay(content: str, reason: str) -> None:
    parsed = parse(rss(item(content), item(f"<guid>good</guid>{DATE}")), DESK)
    assert [found.native_id for found in parsed.items] == ["good"]
    (rejected,) = parsed.rejected
    assert reason in rejected.reason


def test_a_link_stands_in_for_a_missing_guid() -> None:
    assert parse(rss(item(f"<link>https://desk.example/1</link>{DATE}")), DESK).items[0].native_id.endswith("/1")


def test_a_feed_that_breaks_off_gives_what_came_before() -> None:
    whole = rss(item(f"<guid>a</guid>{DATE}"), item(f"<guid>b</guid>{DATE}"))
    assert [found.native_id for found in parse(whole[: whole.index(b"<guid>b")], DESK).items][:1] == ["a"]


@pytest.mark.parametrize("body", [b"", b"{}", b"<html><body>Please log in</body></html>", b"\x00\xff\xfe", b"<rss"])
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(SourceRefused):
        parse(body, DESK)


def test_an_entity_bomb_is_not_expanded() -> None:
    bomb = "<!DOCTYPE r [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
    )
    body = f"{bomb}]><rss version='2.0'><channel><item><guid>g</guid>{DATE}<title>&j;</title></item></channel></rss>"
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(SourceRefused, match="declares XML entities"):
            parse(body.encode(encoding), DESK)


def test_a_file_is_not_read_through_an_entity() -> None:
    body = f"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>{rss(item(f'<guid>g</guid>{DATE}<title>&x;</title>')).decode()}"
    with pytest.raises(SourceRefused):
        parse(body.encode(), DESK)
