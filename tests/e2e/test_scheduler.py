"""Every kind of site read by Airflow's own scheduler, and a backfill that somebody triggers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg2
import pytest

from core.sources import Kind
from ingest.sites.registry import SITES
from tests.e2e.test_up import Stack
from tests.services import wait_until
from tests.site_server import SiteServer
from tests.sites import KEYS, things, written_at

EACH = 5
DEEP = 100
"""Things that one of the sites holds: more than the page that a first run reads."""


def counts(stack: Stack) -> dict[str, int]:
    dsn = f"postgresql://groundswell@127.0.0.1:{stack.ports['postgres']}/groundswell"
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT source, count(*) FROM posts GROUP BY source")
            return {str(source): int(number) for source, number in cursor.fetchall()}
    finally:
        connection.close()


def trigger(stack: Stack, dag: str, **params: str) -> None:
    """Start a run by Airflow's API, as its page does."""
    address = f"http://127.0.0.1:{stack.ports['airflow']}"
    with urlopen(Request(f"{address}/auth/token", method="GET"), timeout=30) as answer:
        token = json.load(answer)["access_token"]
    body = {"logical_date": datetime.now(UTC).isoformat(), "conf": params}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = Request(f"{address}/api/v2/dags/{dag}/dagRuns", json.dumps(body).encode(), headers, method="POST")
    with urlopen(asked, timeout=30) as answer:
        assert answer.status == 200


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_scheduler_reads_every_kind_of_site_and_a_backfill_goes_further_back(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    said = {kind: things(DEEP if kind is Kind.STOCKTWITS else EACH, until=now) for kind in SITES}
    stack = Stack(tmp_path / "data")
    with SiteServer(said) as site:
        stack.env |= {"GROUNDSWELL_SOURCES": " ".join(written_at(site.address(kind), kind) for kind in SITES), **KEYS}
        process = stack.start("up")
        try:
            expected = {kind.value: EACH for kind in SITES if kind is not Kind.STOCKTWITS}

            def is_read() -> bool:
                found = counts(stack) if stack.state("airflow-scheduler") == "ready" else {}
                return {name: found.get(name, 0) for name in expected} == expected and Kind.STOCKTWITS.value in found

            wait_until(is_read, 400)
            assert counts(stack)[Kind.STOCKTWITS.value] < DEEP
            trigger(stack, "scrape_social", since="2020-01-01T00:00:00Z", source=Kind.STOCKTWITS.value)
            wait_until(lambda: counts(stack)[Kind.STOCKTWITS.value] == DEEP, 200)
            assert {name: number for name, number in counts(stack).items() if name in expected} == expected
        finally:
            stack.run("down", limit_s=60)
            process.wait(30)
    assert stack.processes() == []
