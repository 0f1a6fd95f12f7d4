"""From an artefact folder to the registry, and the shipped weights as its first champion."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from core.errors import ModelUnusable
from core.registry import State
from models.artefact import ADAPTER_CONFIG, BASE
from models.code_version import code_version
from models.registering import describe, ensure_champion
from storage.memory import Memory
from tests.builders import NOON
from tests.light_models import WEIGHTS, make_artefact, make_model


def test_an_artefact_says_where_it_comes_from() -> None:
    model, artefact = describe(WEIGHTS, NOON, parent="a1")
    assert (model.state, model.parent, model.created_at) == (State.CANDIDATE, "a1", NOON)
    assert (model.sha256, model.size_bytes) == (hashlib.sha256(artefact).hexdigest(), len(artefact))
    assert model.metrics["topic"]["macro_f1_ci"][0] < model.metrics["topic"]["macro_f1"]
    assert "banking77/train.csv" in model.data_sha256
    assert model.card.startswith("# Groundswell's classifier")


def test_other_weights_are_another_version(tmp_path: Path) -> None:
    one, other, same = (make_model(tmp_path / place, name)[0] for place, name in (("x", "a"), ("y", "b"), ("z", "a")))
    assert one.version != other.version
    assert (one.version, one.sha256) == (same.version, same.sha256)


def test_an_artefact_of_another_encoder_is_not_taken(tmp_path: Path) -> None:
    folder = make_artefact(tmp_path / "a", "a")
    config = json.loads((folder / ADAPTER_CONFIG).read_text()) | {BASE: "/models/large"}
    (folder / ADAPTER_CONFIG).write_text(json.dumps(config))
    with pytest.raises(ModelUnusable, match="needs the encoder of /models/large"):
        describe(folder, NOON)


def test_the_shipped_weights_are_the_first_champion_and_not_the_second(tmp_path: Path) -> None:
    models = Memory().models
    first = ensure_champion(models, make_artefact(tmp_path / "a", "a"), lambda: NOON)
    assert models.champion() == first
    assert [(event.by, event.after) for event in models.events()] == [("groundswell", State.CHAMPION)]

    assert ensure_champion(models, make_artefact(tmp_path / "b", "b"), lambda: NOON) == first
    assert ensure_champion(models, tmp_path / "gone", lambda: NOON) == first
    assert len(models.all()) == 1


def test_shipped_weights_that_are_a_candidate_already_are_promoted(tmp_path: Path) -> None:
    models = Memory().models
    model, artefact = make_model(tmp_path, "a")
    models.add(model, artefact, "ada", "before any worker")
    assert ensure_champion(models, tmp_path / "a", lambda: NOON).version == model.version


def test_without_a_champion_and_without_weights_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="no weights"):
        ensure_champion(Memory().models, tmp_path / "none", lambda: NOON)


def test_the_version_of_the_code_is_the_package_s_and_a_digest() -> None:
    package, _, digest = code_version().partition("+")
    assert package[0].isdigit()
    assert len(digest) == 12
