"""`groundswell sources`: what it shows, and what it writes, against a site on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.configuration import parse
from core.errors import SetupError, SourceUnavailable
from core.sources import Kind
from groundswell.commands.sources import app
from tests.site_server import SiteServer
from tests.sites import things


@pytest.fixture
def site() -> Iterator[SiteServer]:
    with SiteServer({Kind.FEED: things(30), Kind.STOCKTWITS: things(5)}) as server:
        yield server


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GROUNDSWELL_SOURCES", "GROUNDSWELL_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, arguments, catch_exceptions=False, env={"COLUMNS": "200"})
    assert found.exit_code == code, found.output
    return found.output


def test_a_source_without_its_key_is_listed_as_needing_one() -> None:
    Path("groundswell.toml").write_text(
        '[[sources]]\nname = "talk"\nkind = "x"\nquery = "harborline"\nkey = "NOT_SET"\n'
    )
    assert "needs a key: NOT_SET is not set" in run("list")
    assert "needs a key: set NOT_SET (bearer token)" in run("test", "talk")


def test_every_kind_is_named() -> None:
    assert all(kind.value in run("kinds") for kind in Kind)


def test_what_a_source_would_bring_is_shown_within_five_seconds(site: SiteServer) -> None:
    Path("groundswell.toml").write_text(f'[[sources]]\nname = "press"\nurl = "{site.address(Kind.FEED)}/rss.xml"\n')
    began = time.monotonic()
    shown = run("test", "press")
    assert time.monotonic() - began < 5
    assert "Harborline app fails for the 29th time today" in shown
    assert "HRBL" in shown
    assert "press: 30 items offered, 20 shown, 0 set aside" in shown


def test_a_site_that_does_not_answer_is_given_up_in_time(site: SiteServer) -> None:
    site.delay_s = 30
    Path("groundswell.toml").write_text(f'[[sources]]\nname = "press"\nurl = "{site.address(Kind.FEED)}/rss.xml"\n')
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"did not answer within 3\.5 s"):
        run("test", "press")
    assert time.monotonic() - began < 5


def test_an_added_source_is_written_where_there_is_a_file_and_printed_where_there_is_none(site: SiteServer) -> None:
    url = f"{site.address(Kind.FEED)}/rss.xml"
    assert 'name = "desk"' in run("add", url, "--name", "desk")
    assert not Path("groundswell.toml").exists()
    Path("groundswell.toml").write_text("# mine\n")
    assert "desk is in groundswell.toml" in run("add", url, "--name", "desk", "--every", "5m")
    (table,) = parse(Path("groundswell.toml").read_text()).sources
    assert (table.name, table.url, table.source().every_s) == ("desk", url, 300)


def test_a_page_is_followed_to_its_feed(site: SiteServer) -> None:
    shown = run("add", f"{site.address(Kind.FEED)}/page.html", "--dry-run")
    assert f'url = "{site.address(Kind.FEED)}/rss.xml"' in shown


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SetupError, match="there is no source x; there are demo-news"):
        run("test", "x")


def test_a_cadence_that_is_none_is_refused_in_a_sentence(site: SiteServer) -> None:
    assert "is not a duration" in run("add", f"{site.address(Kind.FEED)}/rss.xml", "--every", "often", code=2)
