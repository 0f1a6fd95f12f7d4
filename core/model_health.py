"""Says when a champion that workers refuse is worth telling somebody: an incident until a good one is champion."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.alerting import Incident, IncidentState
from core.registry import Refusal

MODEL: Final = "model"
"""The dimension of an incident about a model; its key is the model's version."""
MODEL_REFUSED: Final = "ModelRefused"
SEVERITY: Final = 7
"""Posts are still scored, by the model before."""

TRY_AGAIN: Final = timedelta(minutes=10)
"""Between two tries of a worker to take up a champion that it refused: what was short may have been memory."""
HOLDS: Final = 3 * TRY_AGAIN
"""A refusal that was not repeated for so long is of a worker that is gone."""


def incidents(known: Sequence[Incident], refusals: Sequence[Refusal], now: datetime) -> Iterator[Incident]:
    """Those about models that change: one opens when a worker refuses the champion, and ends when none does.

    Args:
        known: open incidents are among them.
        refusals: of the present champion.
    """
    still_open = {one.key: one for one in known if one.dimension == MODEL and one.state is not IncidentState.RESOLVED}
    refused = _by_model(refusals, now)
    for version, told in sorted(refused.items()):
        incident = still_open.get(version)
        if incident is None:
            yield _opened(version, told, now)
        elif incident.observed != len(told):
            yield replace(incident, observed=len(told), summary=_summary(version, told), updated_at=now)
    for version, incident in sorted(still_open.items()):
        if version not in refused:
            summary = f"The model {version} is no longer a champion that workers refuse"
            yield replace(incident, state=IncidentState.RESOLVED, updated_at=now, resolved_at=now, summary=summary)


def _by_model(refusals: Sequence[Refusal], now: datetime) -> Mapping[str, list[Refusal]]:
    found: dict[str, list[Refusal]] = {}
    for refusal in sorted(refusals, key=lambda one: (one.since, one.worker)):
        if now - refusal.at <= HOLDS:
            found.setdefault(refusal.version, []).append(refusal)
    return found


def _opened(version: str, refusals: Sequence[Refusal], now: datetime) -> Incident:
    since = refusals[0].since.isoformat()
    return Incident(
        # the same for a look that is made again after a crash
        incident_id=hashlib.sha256(f"{MODEL}\n{version}\n{since}".encode()).hexdigest()[:32], kind=MODEL_REFUSED,
        dimension=MODEL, key=version, state=IncidentState.FIRING, opened_at=now, updated_at=now, severity=SEVERITY,
        observed=len(refusals), expected=0.0, p_value=1.0, authors=0, summary=_summary(version, refusals),
    )  # fmt: skip


def _summary(version: str, refusals: Sequence[Refusal]) -> str:
    """
    >>> one = Refusal("b2", 0, "its bytes are not those of its checksum", datetime(2026, 3, 2), datetime(2026, 3, 2))
    >>> _summary("b2", [one])
    'The champion b2 is refused by worker 0, which keeps the model before it: its bytes are not those of its checksum'
    """
    workers = ", ".join(str(number) for number in sorted({one.worker for one in refusals}))
    who = f"worker {workers}, which keeps" if len(refusals) == 1 else f"workers {workers}, which keep"
    return f"The champion {version} is refused by {who} the model before it: {refusals[0].why}"
