"""What a look reads of the stored posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from core.evidence import StoredPosts, cause_of
from core.ports import IncidentStore
from core.scoring import ScoredPost
from core.surges import Kind
from tests.builders import NOON


def test_what_every_surge_is_compared_with_is_read_once_a_look() -> None:
    asked = []

    class Store:
        def evidence(self, dimension: str, key: str, *_: Any) -> Sequence[ScoredPost]:
            asked.append((dimension, key))
            return []

    posts = StoredPosts(cast("IncidentStore", Store()), NOON)
    for firm in ("AAA", "BBB"):
        cause_of(("entity", firm), Kind.NEGATIVE, timedelta(hours=1), NOON, posts)

    assert asked == [("entity", "AAA"), ("total", ""), ("entity", "BBB")]
