"""The command line finds its sub-commands and imports nothing that it does not need."""

import inspect
import subprocess
import sys

import pytest

from groundswell.cli import COMMANDS

HEAVY = ("torch", "faust", "airflow", "streamlit", "confluent_kafka", "psycopg2")


def run(*arguments: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "groundswell"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_help_lists_every_command():
    shown = run("--help").stdout
    assert not [name for name in COMMANDS if name not in shown]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    done = run(name, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_waits_for_no_heavy_import(arguments):
    code = (
        "import sys; from groundswell.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('heavy:', [name for name in {HEAVY} if name in sys.modules])"
    )
    assert run(*arguments, code=code).stdout.splitlines()[-1] == "heavy: []"


def test_a_setting_out_of_bounds_is_one_sentence_and_exit_code_2(monkeypatch):
    monkeypatch.setenv("GROUNDSWELL_KAFKA_PORT", "70000")
    done = run("doctor")
    assert done.returncode == 2
    assert done.stderr == "groundswell: GROUNDSWELL_KAFKA_PORT: Input should be less than or equal to 65535\n"


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (["audit", "--dsn", "postgresql://127.0.0.1:1/none"], "--dsn"),
        (["dead-letters", "list", "--bootstrap-servers=127.0.0.1:1"], "--bootstrap-servers"),
        (["dead-letters", "list"], "GROUNDSWELL_BOOTSTRAP_SERVERS"),
    ],
    ids=" ".join,
)
def test_a_server_that_does_not_answer_is_one_sentence_that_says_where_to_look(monkeypatch, arguments, address):
    monkeypatch.setenv("GROUNDSWELL_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(f"; is the stack up, and is {address} its address?\n")
    assert done.stderr.count("\n") == 1


def test_by_default_every_head_is_trained_and_replies_are_none_of_them():
    from groundswell.commands.model import HEADS, train
    from models.data import TASKS

    assert HEADS == TASKS
    assert inspect.signature(train).parameters["tasks"].default == ",".join(TASKS)
