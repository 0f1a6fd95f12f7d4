"""What `groundswell playbook measure` prints: how well entries are found, and what becomes of real complaints."""

from __future__ import annotations

import csv
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.drafting import Desk, draft_all
from core.errors import SetupError
from core.guard import look_over
from core.playbook import Playbook
from core.ports import Reader
from core.posts import Channel, Post, post_id_of
from core.replies import DraftState
from core.retrieval import Found, Library, find, pieces
from core.scoring import ScoredPost
from core.writing import TemplateWriter
from ingest.mask import mask
from models.classifier import load_classifier
from models.data import read_training_data
from stream.drafting import read_playbook, shelve

HEADLINES: Final = 500
SEED: Final = 0
Figures = dict[str, dict[str, Any]]


def measure_all(data: Path, weights: Path, playbook: str, most: int) -> Figures:
    """Figures by name.

    Args:
        data: holds banking77 and the other training sets, news_headlines and cfpb_complaints.
        weights: artefact folder; its development part is the training record's.
        playbook: file; empty for the one that ships.
        most: payday complaints at most; 0 is all.

    Raises:
        SetupError: a data set is missing, or the playbook has a fault.
        ModelUnusable: the weights cannot be loaded.
    """
    said, reader = read_playbook(playbook), load_classifier(weights)
    shelf = shelve(said, reader)
    return {
        "banking77, development part": _questions(data, said, shelf, reader),
        "news headlines": _headlines(data, shelf, reader),
        "complaints, 11 products": _complaints(_texts_of_json(data), shelf, reader),
        "complaints, payday loans": _complaints(_texts_of_csv(data)[: most or None], shelf, reader),
    }


def show(figures: Figures) -> str:
    """One line a figure."""
    return "\n".join(f"{name}: {what} {value}" for name, found in figures.items() for what, value in found.items())


def _questions(data: Path, playbook: Playbook, shelf: Library, reader: Reader) -> dict[str, Any]:
    read = read_training_data(data)
    rows = [example for example in read.development if example.task == "intent"]
    found = _found([row.text for row in rows], shelf, reader)
    wanted = [read.labels["intent"][row.labels[0]] for row in rows]
    first = [playbook.named[one.ranking[0].name] if one.ranking else one.entry for one in found]
    right = [entry is not None and name in entry.intents for entry, name in zip(first, wanted, strict=True)]
    return {
        "n": len(rows),
        "right entry first": round(sum(right) / len(rows), 4),
        "abstains": round(sum(one.entry is None for one in found) / len(rows), 4),
    }


def _headlines(data: Path, shelf: Library, reader: Reader) -> dict[str, Any]:
    rows = _rows(_only(data / "news_headlines", "*.csv"))
    titles = random.Random(SEED).sample(sorted({row["title"] for row in rows}), HEADLINES)
    found = _found(titles, shelf, reader)
    return {"n": HEADLINES, "abstains": round(sum(one.entry is None for one in found) / HEADLINES, 4)}


def _complaints(texts: Sequence[str], shelf: Library, reader: Reader) -> dict[str, Any]:
    posts = customers_posts(texts, reader)
    desk = Desk(shelf, reader, TemplateWriter(), datetime.now(UTC))
    began_s = time.perf_counter()
    drafts = [answer.draft for answer in draft_all(posts, desk)]
    took_s = time.perf_counter() - began_s
    ready = [(d, p) for d, p in zip(drafts, posts, strict=True) if d.state is DraftState.READY]
    return {
        "n": len(posts),
        **{state.value: count for state, count in sorted(Counter(draft.state for draft in drafts).items())},
        "guard findings in ready": sum(len(look_over(d.text, d.plan, p.post.text)) for d, p in ready),
        "refused and rewritten": sum(bool(draft.refused) for draft, _ in ready),
        "distinct texts of ready": len({draft.text for draft, _ in ready}),
        "drafts a second": round(len(posts) / took_s, 1),
        "entries": dict(Counter(draft.plan.entry for draft, _ in ready if draft.plan).most_common(12)),
        "why abstained": dict(
            Counter(draft.reason.partition(";")[0] for draft in drafts if draft.state is DraftState.ABSTAINED)
        ),
    }


def _found(texts: Sequence[str], shelf: Library, reader: Reader) -> list[Found]:
    """Each text by itself, as a customer's message."""
    parts = [pieces(text) for text in texts]
    vectors = iter(reader.embed([piece for one in parts for piece in one]))
    scores = reader.classify(texts)
    found = []
    for text, one, score in zip(texts, parts, scores, strict=True):
        found.append(find(text, score, np.stack([next(vectors) for _ in one]), shelf))
    return found


def customers_posts(texts: Sequence[str], reader: Reader) -> list[ScoredPost]:
    """Each text as a message to the firm, masked and scored."""
    now = datetime.now(UTC)
    posts = [
        Post(
            post_id=post_id_of("complaints", str(number)), source="complaints", channel=Channel.CUSTOMER,
            text=mask(text).text, published_at=now, fetched_at=now, language="en",
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    scores = reader.classify([post.text for post in posts])
    return [ScoredPost(post, score) for post, score in zip(posts, scores, strict=True)]


def _texts_of_json(data: Path) -> list[str]:
    rows = json.loads(_only(data / "cfpb_complaints", "*.json").read_text(encoding="utf-8"))
    return [row["text"] for row in rows]


def _texts_of_csv(data: Path) -> list[str]:
    rows = _rows(_only(data / "cfpb_complaints", "*.csv"))
    return [row["Consumer complaint narrative"] for row in rows]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise SetupError(f"the data folder lacks {folder.name}/{pattern}")
    return found[0]
