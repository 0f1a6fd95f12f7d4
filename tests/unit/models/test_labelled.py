"""Any of the common files can be measured on, and a wrong column is named with those that are there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from core.errors import SetupError
from models.labelled import read_labelled

LABELS = {
    "sentiment": ("negative", "neutral", "positive"),
    "entity": ("negative", "neutral", "positive"),
    "emotion": ("anger", "joy", "love"),
}
ROWS = pd.DataFrame({"text": ["Profit up", "Loss wider"], "label": ["positive", "negative"]})


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_reads_the_same(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"test.{suffix}"
    match suffix:
        case "csv":
            ROWS.to_csv(path, index=False)
        case "tsv":
            ROWS.to_csv(path, index=False, sep="\t")
        case "jsonl":
            ROWS.to_json(path, orient="records", lines=True)
        case _:
            ROWS.to_parquet(path)
    found = read_labelled(path, "sentiment", LABELS)
    assert (found.texts, found.labels) == (["Profit up", "Loss wider"], [(2,), (0,)])


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    ROWS.rename(columns={"text": "Satz", "label": "Urteil"}).to_csv(path, index=False)
    assert len(read_labelled(path, "sentiment", LABELS, text_column="Satz", label_column="Urteil").texts) == 2


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    ROWS.to_csv(path, index=False)
    with pytest.raises(SetupError, match=r"no column 'Satz'; it has text, label"):
        read_labelled(path, "sentiment", LABELS, text_column="Satz")


def test_columns_that_cannot_be_guessed_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    ROWS.rename(columns={"text": "Satz"}).to_csv(path, index=False)
    with pytest.raises(SetupError, match="--text-column"):
        read_labelled(path, "sentiment", LABELS)


def test_a_tsv_without_header_as_goemotions_is_published(tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text('Say "hi\t1,2\tabc\nSo angry\t0\tdef\n', encoding="utf-8")
    found = read_labelled(path, "emotion", LABELS)
    assert (found.texts, found.labels) == (['Say "hi', "So angry"], [(1, 2), (0,)])


def test_columns_may_be_numbered(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("positive,Profit up\n", encoding="utf-8")
    found = read_labelled(path, "sentiment", LABELS, text_column="1", label_column="0")
    assert found.texts == ["Profit up"]


def test_a_dictionary_of_entities_becomes_one_row_an_entity(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    frame = {"Title": ["Gold shines; Silver dull"], "Decisions": ["{'Gold': 'positive', 'Moody's': 'negative'}"]}
    pd.DataFrame(frame).to_csv(path, index=False)
    found = read_labelled(path, "entity", LABELS)
    assert (found.entities, found.labels, found.conflict) == (["Gold", "Moody's"], [(2,), (0,)], [True, True])


def test_an_entity_column_will_do(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    ROWS.assign(entity=["ACME", "HBNK"]).to_csv(path, index=False)
    found = read_labelled(path, "entity", LABELS)
    assert (found.entities, found.conflict) == (["ACME", "HBNK"], [False, False])


def test_rows_that_the_map_leaves_out_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    ROWS.to_csv(path, index=False)
    found = read_labelled(path, "sentiment", LABELS, label_map={"negative": None})
    assert (found.texts, found.left_out) == (["Profit up"], 1)


def test_a_file_with_no_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("text,label\n", encoding="utf-8")
    with pytest.raises(SetupError, match="no row"):
        read_labelled(path, "sentiment", LABELS)


@pytest.mark.parametrize(
    ("name", "content"), [("a.parquet", b"PAR1 no"), ("a.jsonl", b"{no"), ("a.xlsx", b""), ("a.csv", b"")]
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SetupError, match=name):
        read_labelled(path, "sentiment", LABELS)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no file"):
        read_labelled(tmp_path / "none.csv", "sentiment", LABELS)


@pytest.mark.parametrize(
    "content",
    [
        "\ufefftext,label\nZürich up; a bit,positive\n".encode(),
        "text;label\nZürich up, a bit;positive\n".encode(),
        '"text";"label"\n"Zürich; up";"positive"\n'.encode(),
        "text,label\nZürich up,positive\n".encode("cp1252"),
        "text\tlabel\r\nZürich up\tpositive\r\n".encode(),
    ],
    ids=["byte order mark", "semicolons", "semicolons in quotes", "Windows-1252", "tabs in a CSV"],
)
def test_a_csv_of_any_common_dialect_is_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "test.csv"
    path.write_bytes(content)
    found = read_labelled(path, "sentiment", LABELS)
    assert found.labels == [(2,)]
    assert found.texts[0].startswith("Zürich")


def test_a_missing_text_is_empty_and_not_the_word_nan(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    pd.DataFrame({"text": ["Profit up", None], "label": ["positive", "neutral"]}).to_parquet(path)
    assert read_labelled(path, "sentiment", LABELS).texts == ["Profit up", ""]


def test_an_entity_column_is_not_taken_for_the_label(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("headline,entity,sentiment\nGold up,Gold,positive\n")
    found = read_labelled(path, "entity", LABELS)
    assert (found.entities, found.labels) == (["Gold"], [(2,)])
