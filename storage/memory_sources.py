"""Sources and turns at hosts without a server; trusted because they pass PostgreSQL's contract tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from core.ports import Cursor, ScrapeRun, Told
from core.source_health import DAYS, Heard

if TYPE_CHECKING:
    from storage.memory import Tables


def heard_in(tables: Tables, now: datetime) -> tuple[Heard, ...]:
    """As `storage.sources.heard_of`; the caller holds the lock."""
    return tuple(_heard(told, added_at, tables.runs, now) for _, (told, added_at) in sorted(tables.told.items()))


def _heard(told: Told, added_at: datetime, runs: Sequence[ScrapeRun], now: datetime) -> Heard:
    own = [run for run in runs if run.source == told.source]
    since = (now - timedelta(days=DAYS)).date()
    news = [run.finished_at for run in own if run.published]
    failed = [run for run in own if run.error is not None]
    longest: dict[date, float] = {}
    for before, after in pairwise(news):
        if after.date() >= since and after > before:
            longest[after.date()] = max(longest.get(after.date(), 0.0), (after - before).total_seconds())
    return Heard(
        told.source, told.every_s, told.needs_key, added_at,
        first_run_at=min((run.finished_at for run in own), default=None),
        last_success_at=max((run.finished_at for run in own if run.error is None), default=None),
        last_news_at=max(news, default=None),
        last_error_at=max((run.finished_at for run in failed), default=None),
        last_error=failed[-1].error or "" if failed else "",
        news=sum(at.date() >= since for at in news),
        pauses_s=tuple(sorted(longest.values(), reverse=True)),
    )  # fmt: skip


class MemorySources:
    """Fills `core.ports.SourceStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def tell(self, sources: Sequence[Told], now: datetime) -> None:
        with self._tables.lock:
            before = self._tables.told
            self._tables.told = {
                told.source: (told, before[told.source][1] if told.source in before else now) for told in sources
            }

    def cursor(self, source: str) -> Cursor:
        with self._tables.lock:
            return self._tables.cursors.get(source, Cursor(source))

    def seen(self, source: str, post_ids: Sequence[str]) -> set[str]:
        with self._tables.lock:
            return self._tables.published.get(source, set()) & set(post_ids)

    def finish(self, run: ScrapeRun, cursor: Cursor, published: Sequence[str]) -> None:
        with self._tables.lock:
            self._tables.runs.append(run)
            self._tables.cursors[cursor.source] = cursor
            self._tables.published.setdefault(run.source, set()).update(published)


class MemoryHosts:
    """Fills `core.ports.HostTurns`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def take(self, host: str, holder: str, now: datetime, gap: timedelta, lease: timedelta) -> datetime | None:
        with self._tables.lock:
            next_at, _, busy_until = self._tables.hosts.get(host, (now, "", now))
            if max(next_at, busy_until) > now:
                return max(next_at, busy_until)
            self._tables.hosts[host] = (now + gap, holder, now + lease)
            return None

    def free(self, host: str, holder: str, now: datetime) -> None:
        with self._tables.lock:
            if host in self._tables.hosts and self._tables.hosts[host][1] == holder:
                self._tables.hosts[host] = (self._tables.hosts[host][0], holder, now)
