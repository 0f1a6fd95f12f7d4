"""Makes what a run fetches with, for every program the same: bounded by the settings, and polite by its kind."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime

from core.ports import HostTurns
from core.settings import Settings
from core.sources import Source
from ingest.http import MOST_REDIRECTS, HttpFetch
from ingest.pacing import Pacing


def fetcher(settings: Settings, source: Source, hosts: HostTurns | None = None) -> HttpFetch:
    """For one run over one source; without `hosts` nobody else is asked whose turn it is."""
    limits = {"timeout_s": settings.http_timeout_s, "max_bytes": settings.http_max_bytes}
    if hosts is None:
        return HttpFetch(**limits, contact=settings.contact)  # type: ignore[arg-type]
    pacing = Pacing(
        hosts,
        holder=uuid.uuid4().hex,
        gap_s=source.facts.gap_s,
        lease_s=settings.http_timeout_s * (MOST_REDIRECTS + 1) + 5,
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )
    return HttpFetch(**limits, contact=settings.contact, take_turn=pacing.turn)  # type: ignore[arg-type]
