"""A teacher is any artefact trained on the same split; its opinions are asked once, and never of a development row."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import ModelUnusable, SetupError
from models import artefact, distilling
from models.classifier import load_classifier
from models.data import Example, fold_of, read_training_data, without
from models.distilling import teach
from models.encoder import encoder_folder
from models.model_card import model_card
from models.produce import measure_development, produce
from models.settings import TrainingSettings
from models.teachers import Teacher, describe, fold_left_out, parse_teacher
from tests.unit.models.folder import write_data_folder
from tests.unit.models.test_training import Quiet

SETTINGS = TrainingSettings(epochs=0.1, batch_size=8, max_tokens=24, rank=4)
TEACHES = ("topic", "sentiment")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_folder(tmp_path_factory.mktemp("data") / "sets")


@pytest.fixture(scope="module")
def teacher(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two heads on an encoder that is named by its folder."""
    output = tmp_path_factory.mktemp("weights") / "teacher"
    produce(folder, output, replace(SETTINGS, tasks=TEACHES), Quiet(), encoder=encoder_folder())
    return output


def ask_one(teacher: Path, folder: Path, kept: Path, *examples: Example) -> distilling.Teaching:
    files = read_training_data(folder).files
    return teach([Teacher(teacher, TEACHES)], examples, files, 0, kept, lambda _: None)


def test_an_artefact_of_another_encoder_and_of_some_heads_is_measured_as_any_other(teacher: Path, folder: Path) -> None:
    assert set(measure_development(teacher, folder)) == {"topic", "sentiment", "headline"}
    record = json.loads((teacher / artefact.RECORD).read_text())
    assert record["encoder"]["sha256"].startswith("53aa5117")


def test_an_artefact_without_all_heads_is_no_classifier(teacher: Path) -> None:
    with pytest.raises(ModelUnusable, match="no head for emotion, intent, entity"):
        load_classifier(teacher)


def test_a_student_learns_from_it_and_its_record_says_so(teacher: Path, folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    teachers = [Teacher(teacher, TEACHES)]
    produce(folder, tmp_path / "student", SETTINGS, Quiet(), teachers=teachers, say=said.append)
    record = json.loads((tmp_path / "student" / artefact.RECORD).read_text())
    (described,) = record["teachers"]
    assert described["teaches"] == list(TEACHES)
    assert described["development"]["topic"]["n"] == record["development"]["topic"]["n"]
    assert str(teacher) not in (tmp_path / "student" / artefact.RECORD).read_text()
    assert said[-1].endswith("texts")
    assert not (tmp_path / "student" / distilling.FILE).exists()


def test_finance_texts_are_asked_about_both_heads_and_an_emotion_about_none(
    teacher: Path, folder: Path, tmp_path: Path
) -> None:
    tweet = Example("twitter_financial_topic", "topic", "shares rise", (0,))
    emotion = Example("goemotions", "emotion", "I am glad", (0,))
    taught = ask_one(teacher, folder, tmp_path, emotion, tweet).of([1, 0])
    assert {task: places for task, (places, _) in taught.items()} == {"topic": [0], "sentiment": [0]}
    assert taught["sentiment"][1].shape == (1, 3)


def test_the_answers_are_kept_for_a_resumed_run_and_only_for_it(teacher: Path, folder: Path, tmp_path: Path) -> None:
    tweet = Example("twitter_financial_topic", "topic", "shares rise", (0,))
    first = ask_one(teacher, folder, tmp_path, tweet)
    again = ask_one(teacher, folder, tmp_path, tweet)
    torch.testing.assert_close(first.logits["topic"], again.logits["topic"], atol=0, rtol=0)
    other = ask_one(teacher, folder, tmp_path, replace(tweet, text="bonds fall"))
    assert other.signature != first.signature
    assert (other.logits["topic"] != first.logits["topic"]).any()


def test_several_teachers_are_averaged(teacher: Path, folder: Path, tmp_path: Path) -> None:
    tweet = Example("twitter_financial_topic", "topic", "shares rise", (0,))
    files = read_training_data(folder).files
    pair = [Teacher(teacher, ("topic",)), Teacher(teacher, TEACHES)]
    both = teach(pair, [tweet], files, 0, tmp_path / "both", lambda _: None)
    one = ask_one(teacher, folder, tmp_path / "one", tweet)
    torch.testing.assert_close(both.logits["topic"], one.logits["topic"])


def test_texts_that_differ_only_in_who_speaks_get_one_opinion() -> None:
    rows = [Example("cases", "sentiment", f"I am {who}", (0,), twin="I am {}") for who in ("a lady", "a guy")]
    rows.append(Example("cases", "sentiment", "alone", (0,)))
    logits = np.array([[1.0, 0.0], [3.0, 2.0], [7.0, 7.0]], dtype=np.float32)
    common = distilling._common("emotion", rows, [0, 1, 2], logits)
    assert common.tolist() == [[2.0, 1.0], [2.0, 1.0], [7.0, 7.0]]


def test_a_teacher_of_another_split_is_refused(teacher: Path, folder: Path, tmp_path: Path) -> None:
    files = read_training_data(folder).files
    with pytest.raises(SetupError, match="another split"):
        teach([Teacher(teacher, TEACHES)], [], files, 1, tmp_path, lambda _: None)
    with pytest.raises(SetupError, match="another split"):
        teach([Teacher(teacher, TEACHES)], [], {}, 0, tmp_path, lambda _: None)


def test_a_teacher_is_named_with_or_without_its_heads(teacher: Path) -> None:
    assert parse_teacher(str(teacher)) == Teacher(teacher, TEACHES)
    assert parse_teacher(f"{teacher}:topic") == Teacher(teacher, ("topic",))
    with pytest.raises(SetupError, match="not for intent"):
        parse_teacher(f"{teacher}:intent")
    with pytest.raises(ModelUnusable, match="no such folder"):
        parse_teacher(str(teacher / "none"))


def answer(fold: tuple[int, int] | None, value: float) -> distilling.Answer:
    return distilling.Answer({"topic": ([0, 1], np.full((2, 2), value, dtype=np.float32))}, fold)


def test_of_a_row_only_the_teachers_that_left_it_out_are_heard() -> None:
    new = Example("sentfin", "sentiment", "Gold shines", (2,), group="a1")
    ours = Example("cases", "sentiment", "ours", (0,))
    assert [fold_of(row, 5) for row in (new, ours)] == [1, None]
    answers = [answer((1, 5), 1.0), answer((2, 5), 3.0), answer(None, 5.0)]
    assert distilling.average(answers, [new, ours])["topic"][1].tolist() == [[1.0, 1.0], [3.0, 3.0]]


def test_a_teacher_of_a_fold_reads_none_of_its_rows_and_says_so(folder: Path, tmp_path: Path) -> None:
    data = read_training_data(folder)
    parts = [without(data, (part, 3)) for part in (1, 2, 3)]
    assert sum(len(data.train) - len(part.train) for part in parts) == len(data.train)
    produce(folder, tmp_path / "part", replace(SETTINGS, tasks=("topic",), fold=(2, 3)), Quiet())
    assert fold_left_out(Teacher(tmp_path / "part", ("topic",))) == (2, 3)
    record = json.loads((tmp_path / "part" / artefact.RECORD).read_text())
    card = model_card(record | {"teachers": describe([Teacher(tmp_path / "part", ("topic",))])})
    assert "trained without part 2 of 3" in card


def test_altered_copies_need_a_teacher_and_are_counted_apart(teacher: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="needs a --teacher"):
        produce(folder, tmp_path / "none", replace(SETTINGS, variants=1), Quiet())
    settings = replace(SETTINGS, tasks=TEACHES, variants=2)
    produce(folder, tmp_path / "student", settings, Quiet(), teachers=[Teacher(teacher, TEACHES)])
    rows = json.loads((tmp_path / "student" / artefact.RECORD).read_text())["rows_train"]
    assert rows["twitter_financial_topic/topic/variants"] == 2 * rows["twitter_financial_topic/topic"]
