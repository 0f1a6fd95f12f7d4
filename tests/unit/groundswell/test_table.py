"""What a person sees of the parts."""

from pathlib import Path

from groundswell.parts import Part
from groundswell.supervisor import State, Supervised
from groundswell.table import Lines, row


def supervised(state: State, detail: str = "") -> Supervised:
    part = Supervised(Part("worker", command=list, port=6066, url="http://127.0.0.1:6066"), Path("/logs/w.log"))
    part.state, part.detail = state, detail
    return part


def test_a_row_says_state_port_age_memory_restarts_and_log():
    part = supervised(State.RESTARTING, "ended with code 1; again in 2 s")
    part.restarts = 3
    assert row(part, 100.0, None) == [
        "worker", "restarting: ended with code 1; again in 2 s", "6066", "", "", "3", "/logs/w.log",
    ]  # fmt: skip


def test_lines_are_written_only_when_something_changes(capsys):
    part = supervised(State.READY)
    lines = Lines()
    for _ in range(3):
        lines.show([part])
    assert capsys.readouterr().out.count("worker ready http://127.0.0.1:6066") == 1
