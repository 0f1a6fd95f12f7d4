"""Days for the drift benchmark, and what is made of them: on invented files."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.drift import STATISTICS
from core.drift_lines import Lines
from core.errors import SetupError
from groundswell.benchmarks.drift import alarms, deal
from groundswell.benchmarks.drift_posts import NEW_TICKER, NEW_WORD, new_ticker, new_word, raised, read_days
from tests.drifting import MONDAY, make_days

DAYS = [MONDAY + timedelta(days=number) for number in range(28)]


def write_table(path: Path, rows: Sequence[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four weeks of headlines and tweets, and messages without a day."""
    write_table(tmp_path / "news_headlines" / "n.csv", [{"date": str(d), "title": f"News of {d}"} for d in DAYS])
    tweets = tmp_path / "stocknet" / "tweets" / "A.jsonl.gz"
    tweets.parent.mkdir(parents=True)
    with gzip.open(tweets, "wt", encoding="utf-8") as file:
        for day in DAYS:
            for text, is_rt in ((f"$ABC on {day}", False), (f"RT @x: $ABC on {day}", True)):
                file.write(json.dumps({"t": f"{day}T12:00:00Z", "text": text, "is_rt": is_rt}) + "\n")
    write_table(tmp_path / "banking77" / "train.csv", [{"text": f"card {n}", "category": "c"} for n in range(300)])
    (tmp_path / "customer_care").mkdir()
    talk = {"dialogContent": [{"client": "c", "message": "@firm help"}, {"agent": "a", "message": "yes"}]}
    (tmp_path / "customer_care" / "dev.json").write_text(json.dumps([talk]))
    complaints = [{"Consumer complaint narrative": text} for text in ("x" * 900, "")]
    write_table(tmp_path / "cfpb_complaints" / "c.csv", complaints)
    return tmp_path


def test_two_weeks_of_headlines_and_tweets_make_one_and_a_weekend_stays_one(data: Path) -> None:
    found = read_days(data)

    assert [day.weekday() for day in found["news"]] == [0, 1, 2, 3, 4, 5, 6] * 2
    for day, texts in found["news"].items():
        told = {date.fromisoformat(text.removeprefix("News of ")) for text in texts}
        assert {one.weekday() for one in told} == {day.weekday()}
        assert len(told) == 2
    assert all(text.startswith("$ABC") for texts in found["social"].values() for text in texts)


def test_messages_without_a_day_are_dealt_over_days_with_fewer_at_weekends(data: Path) -> None:
    found = read_days(data)["customer"]

    texts = [text for day in found.values() for text in day]
    assert len(texts) == len(set(texts)) == 302
    assert "@firm help" in texts
    assert max(map(len, texts)) == 300
    assert [len(day) for day in found.values()] == [100, 100, 100, 2]


def test_a_folder_that_lacks_a_data_set_is_named(data: Path) -> None:
    (data / "stocknet").rename(data / "moved")

    with pytest.raises(SetupError, match="no folder stocknet"):
        read_days(data)


def test_shifts_change_the_share_of_posts_that_they_say_and_always_the_same_ones() -> None:
    texts = [f"$ABC is terrible today, says number {number}" for number in range(800)]

    about = [text for text in map(new_ticker, texts) if NEW_TICKER in text]
    assert 70 < len(about) < 130
    assert all("$ABC" not in text for text in about)
    assert list(map(new_ticker, texts)) == list(map(new_ticker, texts))
    assert new_word("$ABC is terrible, terrible") == f"$ABC is {NEW_WORD}, terrible"
    assert new_word("a quiet day") == "a quiet day"


def test_a_topic_s_share_is_raised_and_the_day_stays_as_long() -> None:
    texts = [f"post {number}" for number in range(40)]

    made = raised(texts, [f"spare {number}" for number in range(7)], date(2026, 1, 5), 0.25)

    assert len(made) == 40
    assert sum(text.startswith("spare") for text in made) == 10


def test_a_month_is_dealt_from_days_that_are_not_in_its_reference() -> None:
    days = [MONDAY + timedelta(days=number) for number in range(98)]

    reference, drawn = deal(days, np.random.default_rng(1))

    assert len(set(reference)) == 28
    assert sum(days[row].weekday() >= 5 for row in reference) == 8
    assert len(drawn) == 36
    assert not set(drawn) & set(reference)
    assert all(len(set(drawn[start : start + 7])) == 7 for start in range(30))
    assert [days[row].weekday() >= 5 for row in drawn[:7]] == [False] * 5 + [True] * 2


def test_an_alarm_is_the_first_day_over_a_line() -> None:
    rng = np.random.default_rng(1)
    reference = make_days(14, rng, posts=20)
    month = [*make_days(10, rng, posts=20), *make_days(26, rng, posts=20, new_word=0.9)]
    lines = Lines(dict.fromkeys(STATISTICS, 1e9) | {"new_words": 6.0}, 140.0)

    ((day, name),) = alarms(month, reference, lines)

    assert name == "new_words"
    assert 6 <= day <= 10  # the fourth day with the word is the fourteenth of the days, the eighth window
