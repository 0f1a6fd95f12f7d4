"""Where the scrapers stand with each source, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Final

from core.ports import Cursor, ScrapeRun, Told
from storage.connections import Connections
from storage.statements import statements

SQL: Final = statements("sources.sql")


class Sources:
    """Fills `core.ports.SourceStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def tell(self, sources: Sequence[Told], now: datetime) -> None:
        rows = [(*astuple(told), now) for told in sorted(sources, key=lambda told: told.source)]
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
            transaction.insert(SQL["save_cursor"], [astuple(cursor)])
            # in the order of ids, as everywhere: two runs over one source then never wait for each other in a ring
            transaction.insert(SQL["insert_published"], [(run.source, post_id) for post_id in sorted(set(published))])
