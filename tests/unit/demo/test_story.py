"""The trading day as it is written."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from core.posts import fingerprint
from groundswell.demo.story import SLOTS, Line, Showing, read_lines
from ingest.mask import is_card
from tests.builders import NOON

STORY = read_lines("story.jsonl")
WHOLE_DAY = NOON + timedelta(minutes=6)


def well_formed() -> list[Line]:
    return [line for line in STORY if not line.malformed and line.text]


def test_at_least_five_hundred_posts_are_written_and_no_two_by_accident_alike() -> None:
    written = [line for line in well_formed() if not line.repost_of]
    assert len(written) >= 500
    marks = Counter(mark for line in written if (mark := fingerprint(f"{line.title} {line.text}")))
    assert [mark for mark, count in marks.items() if count > 1] == []


def test_every_site_and_channel_has_its_share() -> None:
    sites = Counter(line.site for line in STORY)
    channels = Counter(line.channel for line in STORY if line.site == "social")
    assert sites["news"] > 60
    assert sites["filings"] >= 20
    assert channels["customer"] > 80


def test_every_line_has_its_own_id() -> None:
    assert len({line.id for line in STORY}) == len(STORY)


def test_every_slot_is_known() -> None:
    texts = " ".join(f"{line.title} {line.text}" for line in (*STORY, *read_lines("tape.jsonl")) if line.text)
    assert set(re.findall(r"\{(\w+)\}", texts)) == set(SLOTS)


def test_reposts_name_a_line_of_the_story() -> None:
    ids = {line.id for line in STORY}
    reposts = [line.repost_of for line in STORY if line.repost_of]
    assert len(reposts) >= 20
    assert set(reposts) <= ids


def test_a_test_card_number_waits_to_be_masked() -> None:
    assert any(is_card(re.sub(r"\D", "", line.text)) for line in well_formed())


def test_the_morning_is_there_at_the_first_look_and_the_evening_is_not() -> None:
    showing = Showing(NOON)
    first = [item for site in ("news", "filings", "social") for item in showing.visible(site, NOON)]
    assert 250 <= len(first) <= 320
    assert all(NOON - timedelta(hours=6) <= item.published_at <= NOON for item in first)


def test_a_later_answer_begins_with_the_earlier_one() -> None:
    showing = Showing(NOON)
    earlier: list[str] = []
    for second in range(0, 700, 20):
        later = [item.id for item in showing.visible("social", NOON + timedelta(seconds=second))]
        assert later[: len(earlier)] == earlier
        earlier = later


def test_the_tape_runs_on_after_the_day() -> None:
    showing = Showing(NOON)
    hour = [item for item in showing.visible("social", WHOLE_DAY + timedelta(hours=1)) if "tape" in item.id]
    assert 150 <= len(hour) <= 300
    assert len({item.text for item in hour}) > len(hour) * 0.9


def test_another_showing_has_other_ids_and_tells_much_of_it_in_other_words() -> None:
    first, second = Showing(NOON), Showing(datetime(2026, 3, 3, 9, tzinfo=UTC))
    ours, theirs = (
        {item.id: item.text for item in showing.visible("social", showing.started_at + timedelta(minutes=6))}
        for showing in (first, second)
    )
    assert not ours.keys() & theirs.keys()
    assert len(set(ours.values()) - set(theirs.values())) >= 50


@pytest.mark.parametrize("word", ["Harborline", "Quillon", "Tessellate", "Marrowvane", "Oakhollow", "Vantholm"])
def test_the_firms_appear_in_the_morning_already(word: str) -> None:
    showing = Showing(NOON)
    texts = [f"{i.line.title} {i.text}" for site in ("news", "social") for i in showing.visible(site, NOON)]
    assert sum(word in text for text in texts) >= 8
