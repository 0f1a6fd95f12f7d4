"""`groundswell surges backtest` over a real PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from core.backtest import backtest_stored
from storage.memory import Memory
from storage.postgres import Database
from tests.builders import NOON
from tests.unit.core.test_backtest import posts

ROOT = Path(__file__).parents[2]
RULES = """
[[rules]]
name = "Many"
above = 25
for = "1m"
severity = "critical"
labels = { team = "cards" }
"""
SINCE, UNTIL = NOON - timedelta(minutes=30), NOON + timedelta(minutes=90)


def test_the_command_says_what_would_have_opened_and_stores_nothing(
    postgres: Callable[[], str], tmp_path: Path
) -> None:
    dsn, rules, found = postgres(), tmp_path / "rules.toml", tmp_path / "found.json"
    rules.write_text(RULES)
    with closing(Database(dsn)) as database:
        database.migrate()
        database.posts.record(posts(), [])

        done = subprocess.run(
            [
                sys.executable, "-m", "groundswell", "surges", "backtest", "--since", f"{SINCE:%Y-%m-%dT%H:%M:%S}",
                "--until", f"{UNTIL:%Y-%m-%dT%H:%M:%S}", "--rules", str(rules), "--json", str(found), "--dsn", dsn,
            ],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip

        assert done.returncode == 0, done.stderr
        facts = json.loads(found.read_text())
        assert [(one["alertname"], one["key"]) for one in facts["incidents"]] == [
            ("NegativeSurge", "HBNK"), ("Many", "HBNK"), ("NegativeSurge", "HBNK"), ("Many", "HBNK"),
        ]  # fmt: skip
        assert "4 incidents in 0.0 weeks" in done.stdout
        assert database.incidents.open_incidents() == []
        assert database.incidents.standing(UNTIL).incidents == ()
        memory = Memory()
        memory.posts.record(posts(), [])
        stored, in_memory = (backtest_stored(one.incidents, SINCE, UNTIL) for one in (database, memory))
        assert stored == in_memory
