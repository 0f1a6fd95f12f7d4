"""Who was told what, in PostgreSQL: read and written in the transaction that changes the incidents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from core.alerting import Incident, Notification
from core.routing import Group, Routed, Standing, Trouble
from storage.connections import Transaction
from storage.drift import drifting
from storage.models import refusals_of_champion
from storage.outbox import queue
from storage.silences import silence_of
from storage.sources import heard_of
from storage.statements import statements

SQL: Final = statements("routing.sql")


def route_within(
    transaction: Transaction,
    route: Callable[[Standing], Routed],
    now: datetime,
    read: Callable[[Mapping[str, Any]], Incident],
    save: Callable[[Sequence[Incident]], object],
) -> tuple[Notification, ...]:
    """Let `route` say who is told of the incidents as they stand in this transaction, and store that.

    Args:
        read: makes an incident of its row.
        save: stores incidents.

    Returns:
        The messages that now wait to be sent.
    """
    routed = route(standing(transaction, now, read))
    save(routed.incidents)
    if routed.gone:
        transaction.rows(SQL["remove_groups"], {"gone": list(routed.gone)})
    transaction.insert(SQL["save_groups"], [_group_row(group) for group in routed.groups])
    queue(transaction, routed.notifications)
    return routed.notifications


def standing(transaction: Transaction, now: datetime, read: Callable[[Mapping[str, Any]], Incident]) -> Standing:
    """What there is to be told of, what was told, and what is silenced."""
    return Standing(
        incidents=tuple(read(row) for row in transaction.rows(SQL["told_of"])),
        groups=tuple(Group(**row) for row in transaction.rows(SQL["groups"])),
        silences=tuple(silence_of(row) for row in transaction.rows(SQL["silences"], {"now": now})),
        troubles=tuple(Trouble(**row) for row in transaction.rows(SQL["troubles"])),
        sources=heard_of(transaction, now),
        refusals=refusals_of_champion(transaction),
        drifting=drifting(transaction, now),
    )


def _group_row(group: Group) -> tuple[Any, ...]:
    return (
        group.group_id,
        group.receiver,
        group.path,
        json.dumps(dict(group.labels)),
        group.opened_at,
        group.flush_at,
        group.sent_at,
        group.sequence,
        json.dumps({name: dict(labels) for name, labels in group.told.items()}),
    )
