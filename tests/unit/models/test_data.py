"""Each set is read in its published form, and no near-duplicate stands on both sides of the split."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.errors import SetupError
from models.data import decisions, read_training_data
from models.grouping import words_of
from tests.unit.models.folder import EMOTIONS, INTENTS, TOPICS, write_data_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_folder(tmp_path_factory.mktemp("data") / "sets")


def test_labels_are_in_the_order_of_their_ids(folder: Path) -> None:
    labels = read_training_data(folder).labels
    assert (labels["topic"], labels["emotion"], labels["intent"]) == (TOPICS, EMOTIONS, INTENTS)


def test_bearish_bullish_and_neutral_tweets_get_our_labels(folder: Path) -> None:
    data = read_training_data(folder)
    tweets = [e for e in (*data.train, *data.development) if e.dataset == "twitter_financial_sentiment"]
    # forty rows with the ids 0, 1, 2 in turn: fourteen bearish, thirteen bullish, thirteen neutral
    assert [sum(e.labels == (label,) for e in tweets) for label in range(3)] == [14, 13, 13]


def test_a_headline_in_conflict_trains_entities_and_not_sentiment(folder: Path) -> None:
    data = read_training_data(folder)
    headlines = [e for e in (*data.train, *data.development) if e.dataset == "sentfin"]
    assert {e.entity for e in headlines if e.conflict} == {"Gold", "Moody's"}
    assert all(e.task == "entity" for e in headlines if e.conflict)
    assert sum(e.task == "sentiment" for e in headlines) == 20


def test_a_repost_stands_on_the_side_of_its_original(folder: Path) -> None:
    data = read_training_data(folder)
    trained = {words_of(e.text.removeprefix("RT ")) for e in data.train}
    assert not trained & {words_of(e.text.removeprefix("RT ")) for e in data.development}


def test_every_set_has_a_development_part(folder: Path) -> None:
    sets = {e.dataset for e in read_training_data(folder, seed=1).development}
    assert {"twitter_financial_topic", "goemotions"} <= sets


def test_the_split_follows_the_seed(folder: Path) -> None:
    assert read_training_data(folder, seed=1) == read_training_data(folder, seed=1)
    assert read_training_data(folder, seed=1).development != read_training_data(folder, seed=2).development


def test_the_files_are_known_by_their_sums_and_not_by_where_they_lie(folder: Path) -> None:
    files = read_training_data(folder).files
    assert len(files) == 6
    assert all(len(value) == 64 and not name.startswith("/") for name, value in files.items())


def test_unescaped_apostrophes_do_not_break_a_dictionary() -> None:
    assert decisions("{'Dr Reddy's Labs': 'positive', \"Moody's\": 'neutral'}") == {
        "Dr Reddy's Labs": "positive",
        "Moody's": "neutral",
    }


def test_a_missing_set_is_named(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(copy / "banking77")
    with pytest.raises(SetupError, match="banking77"):
        read_training_data(copy)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no data folder"):
        read_training_data(tmp_path / "none")
