"""Says when drift is worth telling somebody: one incident a channel, as long as something drifts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.alerting import Incident, IncidentState
from core.drift_watch import IN_WORDS, Finding

DRIFT: Final = "drift"
"""The dimension of an incident about drift; its key is the channel."""
LANGUAGE_DRIFT: Final = "LanguageDrift"
SEVERITY: Final = 4
"""Nothing is broken; the model wants to be looked at within days."""


def incidents(known: Sequence[Incident], drifting: Sequence[Finding], now: datetime) -> Iterator[Incident]:
    """Those about drift that change.

    Args:
        drifting: the last findings under the present champion, of what drifts; none right after a new one took over.
    """
    still_open = {one.key: one for one in known if one.dimension == DRIFT and one.state is not IncidentState.RESOLVED}
    by_channel: dict[str, list[Finding]] = {}
    for one in sorted(drifting, key=lambda one: (one.channel, one.since or one.day, one.statistic)):
        by_channel.setdefault(one.channel, []).append(one)
    for channel, found in by_channel.items():
        summary = _summary(channel, found)
        incident = still_open.get(channel)
        if incident is None:
            yield _opened(channel, found, summary, now)
        elif incident.summary != summary:
            yield replace(incident, summary=summary, updated_at=now)
    for channel, incident in sorted(still_open.items()):
        if channel not in by_channel:
            summary = f"Channel {channel} is within its lines again, or a new model has taken over"
            yield replace(incident, state=IncidentState.RESOLVED, updated_at=now, resolved_at=now, summary=summary)


def _summary(channel: str, found: Sequence[Finding]) -> str:
    said = [
        f"{IN_WORDS[one.statistic]} since {one.since or one.day}{f' ({one.note})' if one.note else ''}" for one in found
    ]
    return f"Channel {channel} drifts from what the model knows: {', '.join(said)}"


def _opened(channel: str, found: Sequence[Finding], summary: str, now: datetime) -> Incident:
    since = found[0].since or found[0].day
    named = f"{DRIFT}\n{channel}\n{found[0].model_version}\n{since}"
    return Incident(
        # the same for a look that is made again after a crash
        incident_id=hashlib.sha256(named.encode()).hexdigest()[:32], kind=LANGUAGE_DRIFT, dimension=DRIFT, key=channel,
        state=IncidentState.FIRING, opened_at=now, updated_at=now, severity=SEVERITY, observed=0, expected=0.0,
        p_value=1.0, authors=0, summary=summary,
    )  # fmt: skip
