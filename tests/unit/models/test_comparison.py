"""The comparison table goes between a file's markers, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SetupError
from core.evaluation import Measured, Report
from models.comparison import BEGIN, END, insert, markdown

FIGURE = Measured(0.5, 0.4, 0.6)
REPORT = Report(1_234, FIGURE, FIGURE, FIGURE, FIGURE)


def test_each_figure_stands_with_its_interval_and_n() -> None:
    table = markdown({"topic": REPORT}, {("topic", "TF-IDF"): REPORT})
    assert "| topic | TF-IDF | 1,234 | 0.500 (0.400 to 0.600) |" in table
    assert table.index("TF-IDF") < table.index("**Groundswell**")


def test_only_what_is_between_the_markers_changes(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    insert(path, "new\n")
    insert(path, "newer\n")
    assert path.read_text() == f"before\n{BEGIN}\nnewer\n{END}\nafter\n"


@pytest.mark.parametrize("content", ["", BEGIN, f"{END}\n{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_file_without_its_two_markers_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "README.md"
    path.write_text(content)
    with pytest.raises(SetupError, match="needs the lines"):
        insert(path, "new\n")
    assert path.read_text() == content
