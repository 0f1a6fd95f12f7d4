"""Days of real posts for the drift benchmark: headlines, tweets, customers' messages, and three ways to shift them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from core.errors import SetupError
from core.posts import Channel

DAYS: Final = 98
"""Fourteen weeks: four are a reference, and ten are left to be watched."""
POSTS_A_DAY: Final = 100
TOGETHER: Final = 2
"""Real days of headlines and of tweets that make one: they have some forty posts each."""
FIRST_DAY: Final = date(2026, 1, 5)
"""A Monday: for messages that tell no day."""
EXCERPT_CHARS: Final = 300
"""Of a complaint, which may be as long as a letter."""
SATURDAY: Final = 5

NEW_TICKER: Final = "$QZVX"
NEW_WORD: Final = "glumped"
"""Neither stands in any of the data."""
BAD: Final = -1.0
"""Mean valence of VADER's lexicon, -4 to 4, below which a word is one for bad."""

_CASHTAG: Final = re.compile(r"\$[A-Za-z]{1,5}\b")
_WORD: Final = re.compile(r"[A-Za-z']+")

Days = Mapping[date, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Shift:
    """A way in which language changes."""

    name: str
    channel: str
    change: Callable[[str], str] | None
    """Of one text; `None` for a change of the mix."""
    size: str
    """In words."""
    share: float = 0.0
    """Of the posts, of a change of the mix."""


def read_days(data: Path) -> dict[str, Days]:
    """By channel, the posts of fourteen weeks, at most a hundred a day, the same ones each time.

    Args:
        data: folder with news_headlines, stocknet, banking77, customer_care and cfpb_complaints, as published.

    Raises:
        SetupError: one of them is not there.
    """
    for name in ("news_headlines", "stocknet", "banking77", "customer_care", "cfpb_complaints"):
        if not (data / name).is_dir():
            raise SetupError(
                f"there is no folder {name} in {data}: it needs the public data sets that docs/drift.md names"
            )
    return {
        Channel.NEWS.value: _sampled(_joined(_headlines(data / "news_headlines"))),
        Channel.SOCIAL.value: _sampled(_joined(_tweets(data / "stocknet" / "tweets"))),
        Channel.CUSTOMER.value: _sampled(_dealt(_messages(data))),
    }


def shifts() -> tuple[Shift, ...]:
    """What is tried. A change of the mix is made by `raised`, since it concerns days and not texts."""
    return (
        Shift("a new ticker", "social", new_ticker, "in every eighth post"),
        Shift("a new word for bad", "social", new_word, "in place of the first bad word of each post"),
        Shift("a new word for bad", "customer", new_word, "in place of the first bad word of each post"),
        Shift("a topic's share", "news", None, "two fifths of the posts move to one topic", 0.4),
        Shift("a topic's share", "customer", None, "three tenths of the posts move to one topic", 0.3),
    )


def new_ticker(text: str) -> str:
    """Every eighth post is about a firm that nobody had named before."""
    if number_of(text) % 8:
        return text
    return _CASHTAG.sub(NEW_TICKER, text, count=1) if _CASHTAG.search(text) else f"{NEW_TICKER} {text}"


def new_word(text: str) -> str:
    """In every post that says something bad, its first bad word is another one."""
    for match in _WORD.finditer(text):
        if match.group().lower() in bad_words():
            return f"{text[: match.start()]}{NEW_WORD}{text[match.end() :]}"
    return text


def raised(texts: Sequence[str], spare: Sequence[str], day: date, share: float) -> list[str]:
    """The day's posts, of which some gave way to posts about one topic.

    Args:
        spare: posts about the topic, of any day.
        share: of the posts that give way.
    """
    count = round(share * len(texts))
    order = sorted(range(len(texts)), key=lambda row: number_of(f"{day}{texts[row]}"))
    start = number_of(str(day)) % max(1, len(spare))
    instead = [spare[(start + number) % len(spare)] for number in range(count)]
    return [*(texts[row] for row in sorted(order[count:])), *instead]


@cache
def bad_words() -> frozenset[str]:
    """Words of VADER's lexicon that say that something is bad."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return frozenset(word for word, valence in SentimentIntensityAnalyzer().lexicon.items() if valence <= BAD)


def number_of(text: str) -> int:
    """A number that looks drawn, and is the same each time."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest())


def _sampled(posts: Iterable[tuple[date, str]]) -> Days:
    by_day: dict[date, dict[str, None]] = defaultdict(dict)
    for day, text in posts:
        by_day[day][text] = None
    last = sorted(by_day)[-DAYS:]
    return {day: tuple(sorted(by_day[day], key=number_of)[:POSTS_A_DAY]) for day in last}


def _joined(posts: Iterable[tuple[date, str]]) -> Iterator[tuple[date, str]]:
    """Of two weeks one: each day gets the posts of the same day a week later, so that a weekend stays one."""
    listed = list(posts)
    end = max(day for day, _ in listed)
    end -= timedelta(days=(end.weekday() + 1) % 7)  # a Sunday
    for day, text in listed:
        weeks, rest = divmod((end - day).days, 7)
        if day <= end:
            yield end - timedelta(days=weeks // TOGETHER * 7 + rest), text


def _headlines(folder: Path) -> Iterator[tuple[date, str]]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield date.fromisoformat(row["date"]), row["title"]


def _tweets(folder: Path) -> Iterator[tuple[date, str]]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                tweet = json.loads(line)
                if not tweet["is_rt"]:  # a repost is not judged again, and is in no sketch
                    yield date.fromisoformat(tweet["t"][:10]), tweet["text"]


def _messages(data: Path) -> list[str]:
    with (data / "banking77" / "train.csv").open(newline="", encoding="utf-8") as file:
        found = [row["text"] for row in csv.DictReader(file)]
    for talk in json.loads((data / "customer_care" / "dev.json").read_text(encoding="utf-8")):
        found += [turn["message"] for turn in talk["dialogContent"] if "client" in turn]
    for path in sorted((data / "cfpb_complaints").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            found += [row["Consumer complaint narrative"][:EXCERPT_CHARS] for row in rows]
    return sorted(filter(None, found), key=number_of)


def _dealt(texts: Sequence[str]) -> Iterator[tuple[date, str]]:
    """Texts without a day, over as many days as are wanted; a day of the weekend gets half as many."""
    taken = 0
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        wanted = POSTS_A_DAY // 2 if day.weekday() >= SATURDAY else POSTS_A_DAY
        yield from ((day, text) for text in texts[taken : taken + wanted])
        taken += wanted
