"""Which firms a text is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SetupError
from ingest.entities import Watchlist, read_watchlist

FIRMS = [
    ("Harborline Bank opens two branches", ("HRBL",)),
    ("harborline down AGAIN", ("HRBL",)),
    ("Harborline's app", ("HRBL",)),
    ("@HarborlineHelp please", ("HRBL",)),
    ("#Quillon and Vantholm Asset Management", ("QLNC", "VNTH")),
    ("$CBRK beats, $hrbl does not", ("CBRK", "HRBL")),
    ("$CBRK and Cobaltrook are one", ("CBRK",)),
    ("the harborlines of the coast", ()),
    ("Portharborline", ()),
    ("$BRK.B and $A", ("BRK.B", "A")),
    ("$5 and $5k and US$ and $$$ and cash$CBRK", ()),
    ("$TOOLONGTICKER", ()),
    ("mail me at x@Quillon", ()),
    ("", ()),
]


@pytest.mark.parametrize(("text", "tickers"), FIRMS)
def test_firms_are_found_by_name_handle_and_cashtag(text: str, tickers: tuple[str, ...]) -> None:
    assert read_watchlist().find(text) == tickers


def test_what_the_site_names_comes_first_and_only_once() -> None:
    assert read_watchlist().find("Quillon and Harborline", known=("hrbl", "TNB")) == ("HRBL", "TNB", "QLNC")


def test_a_post_names_at_most_fifty_firms() -> None:
    assert len(read_watchlist().find(" ".join(f"$A{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(80)))) == 50


def test_an_empty_watchlist_still_finds_cashtags() -> None:
    assert Watchlist({}).find("Harborline $HRBL") == ("HRBL",)


def test_the_demo_watches_at_least_eight_firms() -> None:
    watchlist = read_watchlist()
    assert len(set(watchlist.tickers.values())) >= 8
    assert "harborlinehelp" in watchlist.handles


@pytest.mark.parametrize("content", ["[[firm]]\nticker = 'A'", "firm = 1", "[[firm]", "[other]"])
def test_a_watchlist_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "watchlist.toml"
    file.write_text(content)
    with pytest.raises(SetupError):
        read_watchlist(str(file))


def test_a_missing_watchlist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError):
        read_watchlist(str(tmp_path / "nothing.toml"))


ALLSTATE = Watchlist(
    {"allstate": "ALL", "gartner": "IT", "agilent": "A", "target": "TGT", "harborline": "HRBL"},
    firsts={"HRBL.A": "HRBL"},
)
MEANT = [
    ("$ALL beats", ("ALL",)),
    ("Allstate (ALL) beats", ("ALL",)),
    ("NYSE: ALL falls", ("ALL",)),
    ("(NASDAQ:IT) and (NYSE: A)", ("IT", "A")),
    ("bought ALL at the open", ("ALL",)),
    ("ALL shares fall", ("ALL",)),
    ("short IT, long HRBL", ("IT", "HRBL")),
    ("HRBL is down 3%", ("HRBL",)),
    ("HRBL's app, HRBL. And HRBL.A", ("HRBL",)),
    ("why is Target charging me twice", ("TGT",)),
    ("thanks @Target", ("TGT",)),
    ("IT earnings tonight", ("IT",)),
]
NOT_MEANT = [
    "ALL of my money is gone",
    "I want it ALL back",
    "sold ALL of my shares",
    "A bank that works, please",
    "the IT department is asleep",
    "Grade A service",
    "HRBLX and HRBL-USD and @HRBL_fan",
    "hrbl is how my cat types",
    "raised its price target to 40",
    "Target price raised",
    "my target is 40",
    "ALL MY MONEY IS GONE WITH HRBL AND TARGET",
    "AT&T and A&P",
]


@pytest.mark.parametrize(("text", "tickers"), MEANT)
def test_a_ticker_is_found_and_one_that_is_a_word_by_its_dollar_or_its_context(
    text: str, tickers: tuple[str, ...]
) -> None:
    assert ALLSTATE.find(text) == tickers


@pytest.mark.parametrize("text", NOT_MEANT)
def test_a_word_is_no_ticker(text: str) -> None:
    assert ALLSTATE.find(text) == ()
