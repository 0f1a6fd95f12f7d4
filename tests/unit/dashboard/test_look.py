"""Colours that can be told apart and read, one set of them, and words written one way."""

from __future__ import annotations

import doctest
import re
import tomllib
from collections import Counter
from datetime import UTC, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from dashboard import charts, desk, palette, pieces, wording
from dashboard.palette import DARK, LIGHT, Palette
from tests.builders import NOON

FOLDER = Path(palette.__file__).parent


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_words_are_readable_on_what_they_stand_on(colours: Palette) -> None:
    for word in (colours.text, colours.muted, colours.negative_text, colours.positive_text):
        for ground in (colours.page, colours.card, colours.alarm_wash):
            assert contrast(word, ground) >= 4.5, (word, ground)
    assert contrast(colours.on_accent, colours.accent) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_bars_stand_out_from_the_card(colours: Palette) -> None:
    for bar in (colours.negative, colours.positive):
        assert contrast(bar, colours.card) >= 3


def test_streamlit_has_the_colours_of_the_palette() -> None:
    theme = tomllib.loads((FOLDER / ".streamlit" / "config.toml").read_text())["theme"]
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        assert theme[name] == {
            "primaryColor": colours.accent,
            "backgroundColor": colours.page,
            "secondaryBackgroundColor": colours.card,
            "textColor": colours.text,
            "borderColor": colours.border,
        }


def test_the_dashboard_listens_on_the_loopback_address_and_reports_to_nobody() -> None:
    config = tomllib.loads((FOLDER / ".streamlit" / "config.toml").read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False


def test_no_file_bears_the_name_of_a_package() -> None:
    # Streamlit puts this folder first on the path
    taken = {"core", "ingest", "models", "storage", "stream", "dags", "groundswell"}
    assert taken.isdisjoint(path.stem for path in FOLDER.rglob("*"))


@pytest.mark.parametrize("module", [wording, pieces, charts])
def test_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)


def test_times_are_local_and_name_another_day() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert wording.clock(NOON, zone, NOON) == "13:00"
    assert wording.clock(NOON, UTC, NOON, seconds=True) == "12:00:00"
    assert wording.clock(NOON - timedelta(days=1), zone, NOON) == "1 Mar 13:00"


def test_a_post_from_a_clock_that_runs_ahead_has_no_negative_age() -> None:
    assert wording.span(-90) == "0 s"


def queue(*ids: str, held: str = "") -> list[dict[str, str | None]]:
    return [{"post_id": one, "claimed_by": "Ben" if one in held else None} for one in ids]


def test_later_goes_once_around_the_queue() -> None:
    rows = queue("a", "b")
    assert (desk.following(rows, "a"), desk.following(rows, "b")) == ("b", "a")
    assert desk.following(queue("a"), "a") is None
    assert desk.following(rows, "gone") == "a"


def test_later_passes_over_what_a_colleague_has() -> None:
    assert desk.following(queue("a", "b", "c", held="b"), "a") == "c"
    assert desk.following(queue("a", "b", held="ab"), "a") is None
    assert [row["post_id"] for row in desk.free(queue("a", "b", held="a"))] == ["b"]


def test_the_accepted_part_counts_verdicts_alone() -> None:
    assert desk.accepted({"approved": 2, "edited": 1, "rejected": 1, "ready": 9}) == 0.75
    assert desk.accepted({"ready": 9}) is None


def test_what_stands_over_a_draft_is_no_markdown() -> None:
    row = {"state": "abstained", "reason": "the draft says '![x](https://a.invalid)'", "writer": "w"}
    assert r"\!\[x\]\(https\://a.invalid\)" in desk.heading(row)
    assert desk.heading(row).endswith("Write the reply yourself")
    assert desk.heading({"state": "ready", "reason": "", "writer": "playbook-1"}).startswith(r"Draft by playbook\-1;")


def test_no_class_is_styled_twice_for_two_things() -> None:
    styles = (FOLDER / "styles.css").read_text(encoding="utf-8")
    bare = Counter(re.findall(r"^(\.gw-[\w-]+) \{", styles, re.MULTILINE))
    assert [name for name, number in bare.items() if number > 1] == []
