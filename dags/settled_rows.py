"""The settled labels of the database as rows of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from core.labels import Label, SettledLabel
from core.learning_ports import LabelStore
from core.snapshots import Row, Vote, is_held_back
from models.grouping import group, words_of


def settled_rows(store: LabelStore, learnt_until: datetime | None) -> list[Row]:
    """Every settled label, in the order of posts and tasks.

    Args:
        store: of the labels.
        learnt_until: what was settled after it is new; `None`: everything is.

    Raises:
        DatabaseUnavailable: from the store.
    """
    settled = sorted(store.settled(), key=lambda label: (label.post_id, label.task))
    votes: dict[str, list[Label]] = {}
    for label in store.standing():
        votes.setdefault(label.post_id, []).append(label)
    return rows_of(settled, votes, learnt_until)


def rows_of(
    settled: Iterable[SettledLabel], votes: Mapping[str, Iterable[Label]], learnt_until: datetime | None
) -> list[Row]:
    """The rows of settled labels.

    Args:
        settled: in any order.
        votes: by post, each person's labels that stand.
        learnt_until: what was settled after it is new; `None`: everything is.
    """
    labels = list(settled)
    names = _sides(labels)
    return [
        Row(
            post_id=label.post_id,
            task=label.task.value,
            value=label.value,
            text=label.text,
            channel=str(label.channel),
            language=label.language,
            labelled_at=label.labelled_at,
            votes=tuple(Vote(vote.by, vote.value) for vote in votes.get(label.post_id, ()) if vote.task == label.task),
            is_new=learnt_until is None or label.labelled_at > learnt_until,
            held_back=is_held_back(names[place]),
        )
        for place, label in enumerate(labels)
    ]


def _sides(labels: list[SettledLabel]) -> list[str]:
    """What decides whether a label is held back: the words of the first text of its group of near-duplicates.

    The group's own name would change when a later text joins it, and what was tested on would be trained on.
    """
    groups = group([label.text for label in labels])
    first: dict[str, SettledLabel] = {}
    for name, label in zip(groups, labels, strict=True):
        known = first.setdefault(name, label)
        if (label.published_at, label.post_id) < (known.published_at, known.post_id):
            first[name] = label
    return [" ".join(words_of(first[name].text)) for name in groups]
