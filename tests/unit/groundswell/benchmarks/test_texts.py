from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SetupError
from groundswell.benchmarks.texts import read_texts


def test_without_a_file_the_demos_posts_are_read() -> None:
    texts = read_texts(None, "text", 100)

    assert len(texts) == 100
    assert all(text.strip() for text in texts)


def test_a_file_without_the_column_is_told_with_the_columns_it_has(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("title,body\na,b\n")

    with pytest.raises(SetupError, match=r"texts\.csv has no column text; it has title, body"):
        read_texts(file, "text", 10)


def test_too_few_texts_are_no_measurement(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("text\none\ntwo\n")

    with pytest.raises(SetupError, match="holds 2 texts"):
        read_texts(file, "text", 10)
