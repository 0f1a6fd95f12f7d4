"""Periods that are judged again, in PostgreSQL: scores are replaced, and the rollups move by the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from core.audit import Entry
from core.errors import DataRejected
from core.learning_ports import Waiting
from core.rescoring import Rescoring, changes, count_heads, moved
from core.scoring import Scores
from storage.audit import write
from storage.connections import Connections
from storage.posts import SQL as POSTS_SQL
from storage.posts import score_row, scored_post_of
from storage.rollups import add
from storage.statements import statements

SQL: Final = statements("rescoring.sql")
PRUNE_LOCK: Final = 0x67737765_6C6C0004
"""Beside `storage.incidents.STEP_LOCK`: shared by those who judge again, alone for who prunes."""
FIRST_SHARD: Final = -2
"""What judging again moves is counted in shards of its own, one a worker: new posts never wait for it. -1 is
`storage.removing.REMOVED_SHARD`."""
FROM_THE_START: Final = (datetime(1, 1, 1, tzinfo=UTC), "")


class Rescorings:
    """Fills `core.learning_ports.RescoringStore`."""

    def __init__(self, connections: Connections, shard: int) -> None:
        self._connections = connections
        self._shard = FIRST_SHARD - shard

    def begin(
        self, since: datetime, until: datetime, channels: Sequence[str], version: str, by: str, now: datetime
    ) -> Rescoring:
        wanted: dict[str, Any] = {"since": since, "until": until, "channels": sorted(channels), "version": version}
        with self._connections.transaction() as transaction:
            found = transaction.rows(SQL["unfinished"], wanted)
            if not found:
                counts = transaction.rows(SQL["count"], wanted)[0]
                wanted |= {"wanted": counts["wanted"], "skipped": counts["posts"] - counts["wanted"]}
                found = transaction.rows(SQL["begin"], {**wanted, "by": by, "now": now})
                period = {"since": since.isoformat(), "until": until.isoformat(), "channels": sorted(channels)}
                detail = {**period, "model": version, "posts": counts["wanted"]}
                write(transaction, Entry(now, by, "rescoring.begun", str(found[0]["rescoring_id"]), detail))
        return _rescoring_of(found[0])

    def get(self, rescoring_id: int) -> Rescoring:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["get"], {"rescoring_id": rescoring_id})
        if not rows:
            raise DataRejected(f"there is no rescoring {rescoring_id}: it was removed, or is another database's")
        return _rescoring_of(rows[0])

    def waiting(
        self, rescoring: Rescoring, version: str, after: tuple[datetime, str] | None, most: int
    ) -> list[Waiting]:
        at, post_id = after or FROM_THE_START
        wanted = {**_period(rescoring, version), "after_at": at, "after_id": post_id, "most": most}
        with self._connections.transaction() as transaction:
            return [Waiting(**row) for row in transaction.rows(SQL["waiting"], wanted)]

    def count_waiting(self, rescoring: Rescoring, version: str) -> int:
        with self._connections.transaction() as transaction:
            return int(transaction.rows(SQL["count"], _period(rescoring, version))[0]["wanted"])

    def replace(self, rescoring_id: int, post_ids: Sequence[str], judged: Mapping[str, Scores], version: str) -> int:
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["share_lock"], {"lock": PRUNE_LOCK})
            held = [row["post_id"] for row in transaction.rows(SQL["hold"], {"post_ids": list(post_ids)})]
            stored = [scored_post_of(row) for row in transaction.rows(POSTS_SQL["stored"], {"post_ids": held})]
            changed = changes(stored, judged, version)
            if not changed:
                return 0
            rows = [score_row(one.after.post.post_id, one.after.scores) for one in changed if one.after.scores]
            transaction.insert(SQL["replace_scores"], rows)
            # and no row of series_changes: the surges are not to be looked at again for what was said long ago
            add(transaction, moved(changed), self._shard)
            counted = {"rescoring_id": rescoring_id, "rescored": len(changed), **count_heads(changed)}
            transaction.rows(SQL["count_up"], counted)
        return len(changed)

    def finish(self, rescoring_id: int, now: datetime) -> Rescoring:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["finish"], {"rescoring_id": rescoring_id, "now": now})
        return _rescoring_of(rows[0])


def _period(rescoring: Rescoring, version: str) -> dict[str, Any]:
    return {
        "since": rescoring.since, "until": rescoring.until, "channels": list(rescoring.channels), "version": version,
    }  # fmt: skip


def _rescoring_of(row: Mapping[str, Any]) -> Rescoring:
    return Rescoring(**{**row, "channels": tuple(row["channels"])})
