"""`groundswell evaluate --task replies`: what it reads, what it measures, and what it writes into a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import SetupError
from core.plans import Plan, as_json
from core.writing import TemplateWriter, plan_reply
from groundswell.measuring_writers import BEGIN, END, insert, measure, read_rows
from tests.builders import make_post, make_scores
from tests.playbook import PLAYBOOK


class Promises:
    """Says to everybody what nobody may say, and remembers to whom."""

    name = "promises"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def write(self, plans: Sequence[Plan], messages: Sequence[str]) -> list[str]:
        self.asked += [plan.entry for plan in plans]
        return ["We will refund you." for _ in plans]


def file_of(folder: Path, entries: Sequence[str]) -> Path:
    lines = []
    for number, entry in enumerate(entries):
        text = f"message {number}"
        plan = plan_reply(
            make_post(str(number), channel="customer", text=text), make_scores(), PLAYBOOK.named[entry], (), PLAYBOOK
        )
        lines.append(json.dumps({"message": text, "plan": as_json(plan), "reference": "I'm sorry."}))
    path = folder / "rows.jsonl"
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return path


def test_every_writer_words_every_plan_and_the_guard_is_told_of(tmp_path: Path) -> None:
    rows = read_rows(file_of(tmp_path, ["card_arrival", "mortgage"]))

    text, found = measure(rows, {"template": TemplateWriter(), "promises": Promises()}, tmp_path, "")

    assert (found["template"]["refused"], found["promises"]["refused"]) == (0.0, 1.0)
    assert found["promises"]["findings"] == 0
    assert "**Refused: " in text
    assert "promise: we will refund" in text
    assert "message 0" in text


def test_words_of_danger_are_shown_to_no_writer(tmp_path: Path) -> None:
    writer = Promises()

    _, found = measure(read_rows(file_of(tmp_path, ["crisis", "mortgage"])), {"x": writer}, tmp_path, "")

    assert writer.asked == ["mortgage"]
    assert found["x"]["refused"] == 0.5


@pytest.mark.parametrize("line", ["not json", "[1]", '{"plan": {}}', '{"message": "x", "plan": {"lines": 1}}'])
def test_a_line_that_is_none_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"message": "good"}}\n{line}\n', encoding="utf-8")

    with pytest.raises(SetupError, match=r"rows\.jsonl:2"):
        read_rows(path)


def test_a_page_gets_the_text_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")

    insert(page, "new")
    insert(page, "newer")

    assert page.read_text(encoding="utf-8") == f"above\n{BEGIN}\nnewer\n{END}\nbelow\n"


def test_a_page_without_markers_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("nothing", encoding="utf-8")

    with pytest.raises(SetupError, match="evaluate --task replies: begin"):
        insert(tmp_path / "page.md", "x")
