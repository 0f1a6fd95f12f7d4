"""A tiny data folder in the published form of each training set, for tests."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

TOPICS = ("Macro", "Markets")
EMOTIONS = ("anger", "joy", "neutral")
INTENTS = ("card_arrival", "lost_card")


def write_data_folder(folder: Path, rows: int = 40) -> Path:
    """`rows` distinct texts in each set, with a repost for every fifth topic tweet."""
    for name in ("twitter_financial_topic", "twitter_financial_sentiment", "sentfin", "goemotions", "banking77"):
        (folder / name).mkdir(parents=True)
    topics = pd.DataFrame({"text": _texts(1, rows), "label": [n % 2 for n in range(rows)]})
    reposts = topics.iloc[::5].assign(text=lambda frame: "RT @desk: " + frame["text"] + " https://t.co/x1")
    pd.concat([topics, reposts]).to_parquet(folder / "twitter_financial_topic" / "train.parquet")
    (folder / "twitter_financial_topic" / "classes.txt").write_text("\n".join(TOPICS) + "\n")
    tweets = pd.DataFrame({"text": _texts(2, rows), "label": [n % 3 for n in range(rows)]})
    tweets.to_csv(folder / "twitter_financial_sentiment" / "train.csv", index=False)
    minds = ("{'Gold': 'positive'}", "{'Gold': 'positive', 'Moody's': 'negative'}")
    headlines = pd.DataFrame({"Title": _texts(3, rows), "Decisions": [minds[n % 2] for n in range(rows)]})
    headlines.to_csv(folder / "sentfin" / "train.csv", index=False)
    for number, part in ((4, "train"), (5, "dev")):
        lines = [f"{text}\t{n % 3}\tid{n}" for n, text in enumerate(_texts(number, rows))]
        (folder / "goemotions" / f"{part}.tsv").write_text("\n".join(lines) + "\n")
    (folder / "goemotions" / "labels.txt").write_text("\n".join(EMOTIONS) + "\n")
    intents = pd.DataFrame({"text": _texts(6, rows), "category": [INTENTS[n % 2] for n in range(rows)]})
    intents.to_csv(folder / "banking77" / "train.csv", index=False)
    (folder / "banking77" / "categories.json").write_text(json.dumps(INTENTS))
    return folder


def _texts(number: int, rows: int) -> list[str]:
    """Texts that share no pair of neighbouring words with one another, nor with those of another number."""
    return [" ".join(_word(n, number, place) for place in range(4)) + " story" for n in range(rows)]


def _word(*digits: int) -> str:
    """A made-up word; numbers that differ give words that differ."""
    letters = "bcdfghjklm"
    return "".join(letters[int(digit)] + "a" for number in digits for digit in f"{number:02d}")
