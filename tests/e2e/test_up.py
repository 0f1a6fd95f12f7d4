"""`groundswell up` as a person starts it: real parts, real processes, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from groundswell.datafolder import DataFolder
from groundswell.report import ACCEPTED
from tests.services import free_port, wait_until

PORTS = ("kafka", "kafka_controller", "postgres", "worker", "dashboard", "api", "airflow", "demo")
READY_LIMIT_S = 240.0
STOP_LIMIT_S = 20.0


def _hear_ctrl_c() -> None:
    """A shell that runs the tests in the background has them, and all that they start, ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Stack:
    """The command line on a data folder and ports of its own."""

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root)
        self.ports = {name: free_port() for name in PORTS}
        own = {f"GROUNDSWELL_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        self.env = {**os.environ, **own, "GROUNDSWELL_DATA_DIR": str(root), "GROUNDSWELL_SCRAPE_EVERY_S": "5"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "groundswell", *arguments]

    def run(self, *arguments: str, limit_s: float = READY_LIMIT_S) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env=self.env, capture_output=True, text=True, check=False, timeout=limit_s
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments), env=self.env, stdout=subprocess.DEVNULL, preexec_fn=_hear_ctrl_c
        )

    def parts(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.folder.status_path.read_text())["parts"]
        except (OSError, ValueError):
            return {}
        return found

    def state(self, part: str) -> str:
        return str(self.parts().get(part, {}).get("state"))

    def pid(self, part: str) -> int | None:
        """Of the process that is written down for it; None while it is between two."""
        pid, _ = json.loads(self.folder.processes_path.read_text()).get(part, (None, None))
        return pid

    def processes(self) -> list[str]:
        """Every process on this machine that was started for this data folder, but for the command line itself."""
        found = []
        for process in psutil.process_iter(["environ", "cmdline", "pid"]):
            environ, command = process.info["environ"] or {}, process.info["cmdline"] or []
            if environ.get("GROUNDSWELL_DATA_DIR") == str(self.folder.root) and process.info["pid"] != os.getpid():
                found.append(" ".join(command))
        return found

    def count(self, table: str) -> int:
        dsn = f"postgresql://groundswell@127.0.0.1:{self.ports['postgres']}/groundswell"
        connection = psycopg2.connect(dsn)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
                (number,) = cursor.fetchone() or (0,)
                return int(number)
        finally:
            connection.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "data")
    yield stack
    stack.run("down", limit_s=60)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, subprocess.CompletedProcess[str]]]:
    """A bounded run that is over, and what it said."""
    stack = Stack(tmp_path_factory.mktemp("up") / "data")
    report = str(stack.folder.root.parent / "report.json")
    yield stack, stack.run("up", "--no-airflow", "--for", "15s", "--report", report, limit_s=400)
    stack.run("down", limit_s=60)


def report_of(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((stack.folder.root.parent / "report.json").read_text())
    return found


def test_a_bounded_run_ends_with_numbers_that_add_up(finished):
    stack, done = finished
    assert done.returncode == 0, done.stdout + done.stderr
    report = report_of(stack)
    assert set(ACCEPTED) <= set(report)
    assert report["faults"] == []
    assert report["lost"] == 0
    assert report["stored"] == report["in_topic"] > 0
    assert {"kafka", "postgres", "schema", "demo", "worker", "dashboard", "api"} <= set(report["ready_s"])


def test_a_run_that_is_over_leaves_no_process_and_no_lock(finished):
    stack, _ = finished
    assert stack.processes() == []
    assert stack.folder.owner() is None
    assert list((stack.folder.root / "run").iterdir()) == []


def test_a_second_run_finds_its_data_and_is_watched_over_until_down(finished):
    stack, _ = finished
    stored = report_of(stack)["stored"]
    assert stack.run("up", "--detach", "--no-airflow").returncode == 0
    assert stack.count("posts") >= stored

    refused = stack.run("up", "--no-airflow", limit_s=30)
    assert refused.returncode == 2
    assert "another `groundswell up`" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1

    killed = stack.pid("dashboard")
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    # the processes are written down a moment before the states are
    wait_until(lambda: stack.pid("dashboard") not in {killed, None} and stack.state("dashboard") == "ready", 60)

    began_at = time.monotonic()
    assert stack.run("down").stdout == "stopped\n"
    assert time.monotonic() - began_at < STOP_LIMIT_S
    assert stack.processes() == []


def ended_by(stack: Stack, end: Callable[[subprocess.Popen[bytes]], None]) -> subprocess.Popen[bytes]:
    """Start, wait for the servers, end it."""
    process = stack.start("up", "--no-airflow")
    wait_until(
        lambda: stack.state("postgres") == "ready" and stack.state("kafka") == "ready",
        READY_LIMIT_S,
        lambda: process.poll() is None,
    )
    assert len(stack.processes()) > 2
    end(process)
    process.wait(STOP_LIMIT_S)
    return process


def test_ctrl_c_stops_everything_within_20_s(fresh):
    process = ended_by(fresh, lambda process: process.send_signal(signal.SIGINT))
    assert process.returncode == 0
    assert fresh.processes() == []
    assert fresh.folder.owner() is None


def test_nothing_outlives_an_up_that_is_killed(fresh):
    ended_by(fresh, lambda process: process.kill())
    wait_until(lambda: fresh.processes() == [], STOP_LIMIT_S)
    assert fresh.folder.owner() is None


def test_a_port_in_use_is_said_before_anything_is_started(fresh):
    with socket.create_server(("127.0.0.1", fresh.ports["dashboard"])):
        done = fresh.run("up", limit_s=30)
    assert done.returncode == 2
    assert done.stderr == (
        f"groundswell: port {fresh.ports['dashboard']}, for the dashboard, is in use; "
        "set GROUNDSWELL_DASHBOARD_PORT to another\n"
    )
    assert not fresh.folder.kafka.exists()
    assert not fresh.folder.postgres.exists()


def test_a_demo_that_cannot_be_measured_is_said(fresh):
    with socket.create_server(("127.0.0.1", fresh.ports["dashboard"])):
        done = fresh.run("bench", "memory", "--minutes", "2", limit_s=60)
    assert done.returncode == 2
    assert "GROUNDSWELL_DASHBOARD_PORT" in done.stderr
    assert done.stderr.endswith("the demo did not start, for the reason that `groundswell up` gives above\n")
    assert "Traceback" not in done.stderr


def test_weights_that_are_missing_are_said_before_anything_is_started(fresh, tmp_path):
    fresh.env["GROUNDSWELL_WEIGHTS"] = str(tmp_path / "none")
    done = fresh.run("up", limit_s=30)
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
    assert not fresh.folder.postgres.exists()


def test_a_data_folder_that_cannot_be_written_is_said(fresh, tmp_path):
    (tmp_path / "file").write_text("")
    done = fresh.run("up", "--data-dir", str(tmp_path / "file" / "data"), limit_s=30)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_the_doctor_looks_and_starts_nothing(fresh):
    done = fresh.run("doctor", limit_s=60)
    assert done.returncode == 0, done.stdout
    assert "fault" not in done.stdout
    assert not fresh.folder.root.exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_minutes_of_the_demo_with_airflow(tmp_path):
    stack = Stack(tmp_path / "data")
    stack.env["GROUNDSWELL_SCRAPE_EVERY_S"] = "20"
    done = stack.run("up", "--for", "180s", "--report", str(tmp_path / "report.json"), limit_s=800)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["lost"] == 0
    assert report["scored"] >= 400
    assert report["masked"] >= 1
    assert report["drafts"] >= 10
    # the payday outage of one bank; the burst of good news about another firm is none
    assert report["incidents_opened"] >= 1
    assert {summary.split(":")[0] for summary in report["incidents"]} == {"HRBL"}
    assert report["webhooks_delivered"] >= 1
    assert {"airflow-api", "airflow-scheduler", "airflow-dags"} <= set(report["ready_s"])
    assert stack.processes() == []
