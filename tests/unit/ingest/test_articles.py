"""The page behind an item: read where its site allows it, and never an error."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import GroundswellError, SourceRefused, SourceUnavailable
from core.posts import Channel
from ingest import articles
from ingest.articles import Articles, article_text
from ingest.http import Fetched
from ingest.items import Item
from tests.builders import NOON

PARAGRAPH = (
    "Harborline Bank said on Monday that its payment app had been unavailable since early morning, and that customers "
    "could not see their wages. The bank said that it was working on it and that no money was lost. "
)
PAGE = f"""<html><head><title>Harborline app is down</title><script>track()</script></head><body>
<nav><a href="/">Home</a> <a href="/markets">Markets</a> <a href="/login">Subscribe now</a></nav>
<article><h1>Harborline app is down</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH.replace("Monday", "Tuesday")}</p></article>
<footer>All rights reserved. Cookie settings.</footer></body></html>""".encode()


class Web:
    """Pages by address; an error is raised."""

    def __init__(self, **pages: bytes | GroundswellError) -> None:
        self.pages = {"robots.txt": b"", "story": PAGE} | {name.replace("_", "."): page for name, page in pages.items()}
        self.asked: list[str] = []

    def __call__(self, url: str, **_: Any) -> Fetched:
        self.asked.append(url)
        page = self.pages[url.rpartition("/")[2]]
        if isinstance(page, GroundswellError):
            raise page
        return Fetched(page, content_type="text/html; charset=utf-8")


def item(url: str | None = "https://desk.example/story", is_summary: bool = True) -> Item:
    return Item("1", "Harborline app is down", NOON, Channel.NEWS, url=url, is_summary=is_summary)


def test_a_summary_becomes_the_article_without_menu_and_footer() -> None:
    text = Articles(Web()).complete(item()).text
    assert "customers could not see their wages" in text
    assert not any(word in text for word in ("Subscribe", "Cookie", "track()", "Markets"))


def test_an_item_that_is_whole_or_leads_nowhere_is_left_as_it_is() -> None:
    web = Web()
    assert Articles(web).complete(item(is_summary=False)) == item(is_summary=False)
    assert Articles(web).complete(item(url=None)) == item(url=None)
    assert web.asked == []


FORBIDDEN = [b"User-agent: *\nDisallow: /\n", b"User-agent: groundswell\nDisallow: /story\n", SourceUnavailable("503")]


@pytest.mark.parametrize("robots", FORBIDDEN)
def test_a_page_that_robots_txt_forbids_or_cannot_allow_is_not_read(robots: bytes | GroundswellError) -> None:
    web = Web(robots_txt=robots)
    reader = Articles(web)
    assert reader.complete(item()) == reader.complete(item()) == item()
    assert web.asked == ["https://desk.example/robots.txt"]


@pytest.mark.parametrize("robots", [b"User-agent: other\nDisallow: /\n", SourceRefused("404"), b"\xff\x00 nonsense"])
def test_a_site_without_a_rule_for_us_may_be_read(robots: bytes | GroundswellError) -> None:
    assert "wages" in Articles(Web(robots_txt=robots)).complete(item()).text


@pytest.mark.parametrize(
    "page", [SourceUnavailable("time-out"), SourceRefused("404"), b"", b"<html></html>", b"\xff\xfe"]
)
def test_a_page_that_cannot_be_had_is_no_error(page: bytes | GroundswellError) -> None:
    assert Articles(Web(story=page)).complete(item()).text == "Harborline app is down"


def test_one_run_reads_only_so_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles, "MOST", 2)
    web = Web()
    reader = Articles(web)
    for _ in range(5):
        reader.complete(item())
    assert len(web.asked) == 3


def test_what_has_no_article_has_no_text() -> None:
    assert article_text(b"") == article_text(b"\x00\x01") == ""
