"""Reply drafts in PostgreSQL, each request held by at most one writer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Final

from core.plans import as_json
from core.replies import Draft, DraftRequest, Earlier
from core.scoring import ScoredPost
from storage.connections import Connections, Transaction
from storage.held import Held
from storage.posts import scored_post_of
from storage.statements import statements

SQL: Final = statements("drafts.sql")


class Drafts:
    """Fills `core.ports.DraftStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._held: Held[Transaction] = Held("draft request")

    @contextmanager
    def requested(self, limit: int) -> Iterator[Sequence[tuple[DraftRequest, ScoredPost]]]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["requested"], {"limit": limit})
            with self._held.under((row["post_id"] for row in rows), transaction):
                yield [
                    (
                        DraftRequest(row["post_id"], row["request"], row["priority"], row["requested_at"]),
                        scored_post_of(row),
                    )
                    for row in rows
                ]

    def drafted(self, author_keys: Sequence[str], since: datetime) -> Mapping[str, Sequence[Earlier]]:
        with self._connections.transaction() as transaction:
            rows = transaction.rows(SQL["drafted"], {"author_keys": list(author_keys), "since": since})
        found: defaultdict[str, list[Earlier]] = defaultdict(list)
        for row in rows:
            found[row["author_key"]].append(Earlier(row["post_id"], row["entry"], row["text"], row["ready_at"]))
        return dict(found)

    def save(self, draft: Draft) -> None:
        self._held[draft.post_id].rows(
            SQL["save"],
            {
                "post_id": draft.post_id,
                "state": draft.state.value,
                "text": draft.text,
                "writer": draft.writer,
                "reason": draft.reason,
                "ready_at": draft.ready_at,
                "plan": None if draft.plan is None else json.dumps(as_json(draft.plan)),
                "entry": "" if draft.plan is None else draft.plan.entry,
                "playbook": "" if draft.plan is None else draft.plan.playbook,
                "refused": json.dumps([asdict(refused) for refused in draft.refused]),
                "least_priority": draft.least_priority,
            },
        )
