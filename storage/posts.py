"""Posts and their scores in PostgreSQL, and what is counted of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from core.near import mark
from core.ports import Recorded
from core.posts import Post
from core.replies import DraftRequest, DraftState
from core.rollups import rollups
from core.scoring import EmotionFamily, ScoredPost, Scores, Sentiment, Unjudged
from core.watched import WATCHED
from storage.connections import Connections, Transaction
from storage.rollups import add, verify
from storage.statements import statements

SQL: Final = statements("posts.sql")
BANDS_AT_ONCE: Final = 300
"""PostgreSQL's index goes through all keys of a look-up once for each of them before it begins: five thousand at once
took 24 ms, in such parts 6."""


class Posts:
    """Fills `core.ports.PostStore`."""

    def __init__(self, connections: Connections, shard: int) -> None:
        """
        Args:
            shard: which rollup rows this process adds to; two that share one are right too, but wait for each other.
        """
        self._connections = connections
        self._shard = shard

    def firsts(self, fingerprints: Sequence[str], since: datetime) -> Mapping[str, tuple[str, Scores | None]]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["firsts"], {"fingerprints": list(fingerprints), "since": since})
        return {row["fingerprint"]: (row["post_id"], scores_of(row)) for row in rows}

    def near(self, bands: Sequence[int], since: datetime) -> list[ScoredPost]:
        if not bands:
            return []
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["prefer_indexes"])
            rows = transaction.rows(SQL["near"], {"bands": parts_of(bands), "since": since})
        return [scored_post_of(row) for row in rows]

    def record(self, posts: Sequence[ScoredPost], requests: Sequence[DraftRequest]) -> Recorded:
        # In the order of ids: two workers with the same posts (a redelivery) wait for each other, and never in a ring.
        distinct = sorted({scored.post.post_id: scored for scored in reversed(posts)}.items())
        with self._connections.transaction() as transaction:
            distinct = _without_erased(transaction, distinct)
            answer = transaction.insert(SQL["insert_posts"], [_post_row(scored) for _, scored in distinct])
            inserted = {row["post_id"] for row in answer}
            fresh = [scored for post_id, scored in distinct if post_id in inserted]
            transaction.insert(SQL["insert_scores"], [score_row(s.post.post_id, s.scores) for s in fresh if s.scores])
            counted = rollups(fresh)
            add(transaction, counted, self._shard)
            # for the next look at the series: posts that were judged, of what is watched
            changed = [(*cell,) for cell, c in counted.items() if cell.dimension in WATCHED and c.judged]
            transaction.insert(SQL["add_changes"], changed)
            wanted = {request.post_id: _request_row(request) for request in requests if request.post_id in inserted}
            requested = transaction.insert(SQL["insert_requests"], list(wanted.values()))
        return Recorded(tuple(scored.post.post_id for scored in fresh), len(requested))

    def stored(self, post_ids: Sequence[str]) -> list[ScoredPost]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["stored"], {"post_ids": list(post_ids)})
        return [scored_post_of(row) for row in rows]

    def verify_rollups(self) -> list[dict[str, Any]]:
        """As `storage.rollups.verify` says."""
        with self._connections.transaction() as transaction:
            return verify(transaction)


def _without_erased(transaction: Transaction, posts: Sequence[tuple[str, ScoredPost]]) -> list[tuple[str, ScoredPost]]:
    """Those that no author had erased after they were fetched: Kafka may deliver such a post once more."""
    keys = sorted({scored.post.author_key for _, scored in posts if scored.post.author_key is not None})
    rows = transaction.rows(SQL["erased"], {"author_keys": keys}) if keys else []
    erased = {row["author_key"]: row["at"] for row in rows}
    return [
        (post_id, scored)
        for post_id, scored in posts
        if (at := erased.get(scored.post.author_key)) is None or scored.post.fetched_at > at
    ]


def scored_post_of(row: Mapping[str, Any]) -> ScoredPost:
    """A row of posts joined with its scores, whose columns are null where it has none."""
    post = Post.model_validate({name: row[name] for name in Post.model_fields})
    return ScoredPost(
        post,
        scores_of(row),
        unjudged=Unjudged(row["unjudged"]) if row["unjudged"] is not None else None,
        duplicate_of=row["duplicate_of"],
        fingerprint=row["fingerprint"],
    )


def scores_of(row: Mapping[str, Any]) -> Scores | None:
    """The scores in a row; `None` when the row has none."""
    if row["model_version"] is None:
        return None
    return Scores(
        model_version=row["model_version"],
        topic=row["topic"],
        topic_p=row["topic_p"],
        sentiment=Sentiment(row["sentiment"]),
        sentiment_p=(row["p_negative"], row["p_neutral"], row["p_positive"]),
        emotions=tuple((name, p) for name, p in row["emotions"]),
        family=EmotionFamily(row["family"]),
        intent=row["intent"],
        intent_p=row["intent_p"],
    )


def _post_row(scored: ScoredPost) -> tuple[Any, ...]:
    post = scored.post
    return (
        post.post_id,
        post.source,
        post.channel.value,
        post.text,
        post.published_at,
        post.fetched_at,
        post.url,
        post.author_key,
        post.language,
        list(post.entities),
        post.masked,
        scored.fingerprint,
        scored.duplicate_of,
        scored.unjudged.value if scored.unjudged is not None else None,
        _bands(scored),
    )


def _bands(scored: ScoredPost) -> str | None:
    """Of originals that lend their scores; nobody asks for those of others."""
    one = mark(scored.post.text) if scored.duplicate_of is None and scored.scores is not None else None
    return _array(one.bands) if one is not None else None


def parts_of(bands: Sequence[int]) -> list[str]:
    """Bands as the statement `near` takes them: arrays, none too long to be looked up in one go."""
    return [_array(bands[start : start + BANDS_AT_ONCE]) for start in range(0, len(bands), BANDS_AT_ONCE)]


def _array(numbers: Sequence[int]) -> str:
    """As PostgreSQL reads an array: for both sides less work than some thousand numbers one by one."""
    return f"{{{','.join(map(str, numbers))}}}"


def score_row(post_id: str, scores: Scores) -> tuple[Any, ...]:
    # float(): psycopg2 writes numpy's float64 as its repr, "np.float64(0.5)", which is not SQL
    return (
        post_id,
        scores.model_version,
        scores.topic,
        float(scores.topic_p),
        scores.sentiment.value,
        *map(float, scores.sentiment_p),
        json.dumps([(name, float(p)) for name, p in scores.emotions]),
        scores.family.value,
        scores.intent,
        float(scores.intent_p),
    )


def _request_row(request: DraftRequest) -> tuple[Any, ...]:
    return request.post_id, DraftState.REQUESTED.value, request.reason, request.priority, request.requested_at
