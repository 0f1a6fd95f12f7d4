"""Sketches of days, references and findings about drift, in PostgreSQL."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from core.drift_watch import Finding, Reference, Span
from core.errors import StateUnreadable
from core.scoring import Scores
from core.sketches import Sketch, pack, unpack_features, unpack_words
from storage.connections import Connections, Transaction
from storage.posts import scores_of
from storage.statements import statements

SQL: Final = statements("drift.sql")
DRIFT_LOCK: Final = 0x67737765_6C6C0003
"""Beside `storage.incidents.STEP_LOCK`."""
DAY: Final = timedelta(days=1)
STALE_AFTER: Final = timedelta(days=9)
"""A day is looked at in the night after it; seven nights without a look."""


class Drift:
    """Fills `core.learning_ports.DriftStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @contextmanager
    def alone(self) -> Iterator[bool]:
        with self._connections.transaction() as transaction:
            yield bool(transaction.rows(SQL["lock"], {"lock": DRIFT_LOCK})[0]["held"])

    def unsketched(self, since: date, until: date, channels: Sequence[str]) -> list[tuple[date, str]]:
        wanted = {"since": since, "until": until, "channels": list(channels)}
        with self._connections.transaction() as transaction:
            return [(row["day"], row["channel"]) for row in transaction.rows(SQL["unsketched"], wanted)]

    def sample(self, day: date, channel: str, most: int) -> list[tuple[str, Scores]]:
        start = datetime.combine(day, time(), UTC)
        wanted = {"channel": channel, "since": start, "until": start + DAY, "most": most}
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["sample"], wanted)
        return [(row["text"], scores) for row in rows if (scores := scores_of(row)) is not None]

    def keep(self, sketches: Sequence[Sketch]) -> None:
        with self._connections.transaction() as transaction:
            transaction.insert(SQL["keep_sketches"], [_sketch_row(one) for one in sketches])

    def sketches(self, channel: str, since: date) -> list[Sketch]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["sketches"], {"channel": channel, "since": since})
        return [_sketch_of(row) for row in rows]

    def forget(self, since: date, until: date, channels: Sequence[str]) -> None:
        with self._connections.transaction() as transaction:
            wanted = {"since": since, "until": until, "channels": list(channels)}
            transaction.rows(SQL["forget_sketches"], wanted)

    def references(self) -> dict[str, Reference]:
        with self._connections.transaction() as transaction:
            return {row["channel"]: _reference_of(row) for row in transaction.rows(SQL["references"])}

    def keep_reference(self, reference: Reference) -> None:
        written, judged = reference.written, reference.judged
        row = (
            reference.channel, reference.model_version, written and written.first, written and written.last,
            judged and judged.first, judged and judged.last, json.dumps(dict(reference.lines)), reference.posts,
        )  # fmt: skip
        with self._connections.transaction() as transaction:
            transaction.insert(SQL["keep_references"], [row])

    def findings(self) -> list[Finding]:
        with self._connections.transaction() as transaction:
            return [Finding(**row) for row in transaction.rows(SQL["findings"])]

    def keep_findings(self, findings: Sequence[Finding]) -> None:
        rows = [
            (
                one.day, one.channel, one.statistic, one.model_version, one.value, one.line, one.since, one.calm_days,
                one.note,
            )
            for one in findings
        ]  # fmt: skip
        with self._connections.transaction() as transaction:
            transaction.insert(SQL["keep_findings"], rows)

    def looked(self) -> dict[str, date]:
        with self._connections.transaction() as transaction:
            return {row["channel"]: row["day"] for row in transaction.rows(SQL["looked"])}


def drifting(transaction: Transaction, now: datetime) -> tuple[Finding, ...]:
    """What drifts at present, for whoever decides on incidents; a channel that is still for a week no longer does."""
    findings = (Finding(**row) for row in transaction.rows(SQL["findings"]))
    oldest = (now - STALE_AFTER).date()
    return tuple(one for one in findings if one.since is not None and one.day >= oldest)


def _sketch_row(one: Sketch) -> tuple[Any, ...]:
    return (
        one.day, one.channel, one.model_version, one.posts, pack(one.words), pack(one.features),
        json.dumps({head: dict(counts) for head, counts in one.labels.items()}), json.dumps(dict(one.sureness)),
        json.dumps(dict(one.named)),
    )  # fmt: skip


def _sketch_of(row: Mapping[str, Any]) -> Sketch:
    try:
        return Sketch(
            row["day"], row["channel"], row["model_version"], row["posts"], unpack_words(bytes(row["words"])),
            unpack_features(bytes(row["features"])), row["labels"],
            {head: tuple(counts) for head, counts in row["sureness"].items()}, row["named"],
        )  # fmt: skip
    except (zlib.error, ValueError) as exc:
        raise StateUnreadable(
            f"the sketch of {row['channel']} on {row['day']} is damaged: delete it from drift_sketches"
        ) from exc


def _reference_of(row: Mapping[str, Any]) -> Reference:
    written, judged = (_span(row[f"{side}_first"], row[f"{side}_last"]) for side in ("written", "judged"))
    return Reference(row["channel"], row["model_version"], written, judged, row["lines"], row["posts"])


def _span(first: date | None, last: date | None) -> Span | None:
    return Span(first, last) if first is not None and last is not None else None
