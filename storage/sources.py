"""Where the scrapers stand with each source, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Final

from core.ports import Cursor, ScrapeRun, Told
from core.source_health import DAYS, Heard
from storage.connections import Connections, Transaction
from storage.statements import statements

SQL: Final = statements("sources.sql")


def heard_of(transaction: Transaction, now: datetime) -> tuple[Heard, ...]:
    """Every source on the list, with its habits."""
    rows = transaction.rows(SQL["heard"], {"since": (now - timedelta(days=DAYS)).date()})
    return tuple(Heard(**{**row, "pauses_s": tuple(row["pauses_s"])}) for row in rows)


class Sources:
    """Fills `core.ports.SourceStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def tell(self, sources: Sequence[Told], now: datetime) -> None:
        rows = [(*astuple(told), now, now) for told in sorted(sources, key=lambda told: told.source)]
        with self._connections.transaction() as transaction:
            transaction.rows(SQL["forget"], {"sources": [told.source for told in sources]})
            transaction.insert(SQL["tell"], rows)

    def cursor(self, source: str) -> Cursor:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["cursor"], {"source": source})
        return Cursor(**rows[0]) if rows else Cursor(source)

    def seen(self, source: str, post_ids: Sequence[str]) -> set[str]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["seen"], {"source": source, "post_ids": list(post_ids)})
        return {row["post_id"] for row in rows}

    def finish(self, run: ScrapeRun, cursor: Cursor, published: Sequence[str]) -> None:
        with self._connections.transaction() as transaction:
            transaction.insert(SQL["insert_run"], [astuple(run)])
            noted = {
                "source": run.source,
                "finished_at": run.finished_at,
                "failed": int(run.error is not None),
                "published": run.published,
                "error": run.error or "",
            }
            transaction.rows(SQL["note_day"], noted)
            transaction.rows(SQL["note_health"], noted)
            transaction.insert(SQL["save_cursor"], [astuple(cursor)])
            # in the order of ids, as everywhere: two runs over one source then never wait for each other in a ring
            transaction.insert(SQL["insert_published"], [(run.source, post_id) for post_id in sorted(set(published))])
