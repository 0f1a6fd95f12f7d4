"""An average of artefacts is one more artefact; what does not belong together is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.errors import SetupError
from models import artefact
from models.averaging import average_artefacts
from models.produce import produce
from models.settings import TrainingSettings
from tests.unit.models.folder import write_data_folder
from tests.unit.models.test_training import Quiet

SETTINGS = TrainingSettings(epochs=0.1, batch_size=8, max_tokens=24, rank=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_folder(tmp_path_factory.mktemp("data") / "sets")


@pytest.fixture(scope="module")
def members(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs that go on from one start."""
    place = tmp_path_factory.mktemp("weights")
    produce(folder, place / "start", SETTINGS, Quiet())
    for name, rate in (("one", 2e-4), ("two", 4e-4)):
        produce(folder, place / name, replace(SETTINGS, learning_rate=rate), Quiet(), initial=place / "start")
    return place / "one", place / "two"


def test_the_average_lies_between_its_members(members: tuple[Path, Path], folder: Path, tmp_path: Path) -> None:
    reports = average_artefacts(members, folder, tmp_path / "mean")
    weights = []
    for place in (*members, tmp_path / "mean"):
        network = artefact.load_network(place, artefact.read_description(place))
        weights.append(network.heads["topic"].out.weight.detach())
    torch.testing.assert_close(weights[2], (weights[0] + weights[1]) / 2, atol=1e-3, rtol=1e-2)
    record = json.loads((tmp_path / "mean" / artefact.RECORD).read_text())
    assert [run["settings"]["learning_rate"] for run in record["averaged"]] == [2e-4, 4e-4]
    assert record["steps"] == sum(run["steps"] for run in record["averaged"])
    assert record["started_from"] is not None
    assert reports["topic"].n == record["development"]["topic"]["n"]
    assert "the mean of 2 such runs" in (tmp_path / "mean" / "README.md").read_text()


def test_what_does_not_belong_together_is_refused(members: tuple[Path, Path], folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="two artefacts or more"):
        average_artefacts(members[:1], folder, tmp_path / "mean")
    start = members[0].parent / "start"
    with pytest.raises(SetupError, match="differ in started_from"):
        average_artefacts([members[0], start], folder, tmp_path / "mean")
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    table = next((other / "banking77").glob("train*"))
    table.write_text(table.read_text() + "Where is my card?,card_arrival\n")
    with pytest.raises(SetupError, match="not the data"):
        average_artefacts(members, other, tmp_path / "mean")
