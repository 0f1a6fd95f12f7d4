"""`groundswell models` on a real PostgreSQL, with the shipped weights and the real classifier."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest
import torch
from typer.testing import CliRunner

from core.errors import ModelUnusable, RegistryRefused, SetupError
from core.registry import Action, State
from groundswell.commands.models import app
from models import golden
from models.artefact import CALIBRATION, HEADS, read_description
from models.classifier import TransformerClassifier, load_classifier
from models.encoder import load_encoder
from models.packing import FILES
from models.registering import describe
from storage.postgres import Database
from stream.serving import Serving
from tests.light_models import WEIGHTS


@pytest.fixture
def dsn(postgres: Callable[[], str]) -> str:
    return postgres()


@pytest.fixture
def database(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("GROUNDSWELL_DSN", dsn)
    monkeypatch.setenv("GROUNDSWELL_WEIGHTS", str(WEIGHTS))
    monkeypatch.setenv("COLUMNS", "200")
    with closing(Database(dsn)) as opened:
        opened.migrate()
        yield opened


@pytest.fixture(scope="module")
def shipped() -> TransformerClassifier:
    return load_classifier(WEIGHTS, device="cpu", threads=1)


def run(*words: str) -> str:
    """What a command prints. Raises what it raises."""
    result = CliRunner().invoke(app, list(words), catch_exceptions=False, standalone_mode=False)
    assert result.exit_code == 0, result.output
    return result.output


def other_weights(folder: Path, *, useless: bool = False) -> Path:
    """The shipped weights with another calibration, or with heads that know nothing."""
    folder.mkdir()
    for name in FILES:
        shutil.copy(WEIGHTS / name, folder / name)
    calibration = json.loads((folder / CALIBRATION).read_text())
    calibration["temperatures"]["topic"] *= 1.01
    (folder / CALIBRATION).write_text(json.dumps(calibration))
    if useless:
        from safetensors.torch import load_file, save_file

        heads = load_file(folder / HEADS)
        save_file({name: torch.zeros_like(tensor) for name, tensor in heads.items()}, folder / HEADS)
    return folder


def test_a_model_is_added_promoted_shown_and_taken_back(database: Database, tmp_path: Path) -> None:
    listed = run("list")
    shipped = database.models.champion()
    assert shipped is not None
    assert f"{shipped.version}  champion" in listed
    assert f"{shipped.metrics['topic']['macro_f1']:.3f}" in listed

    added = run(
        "add",
        str(other_weights(tmp_path / "new")),
        "--why",
        "calibrated anew",
        "--by",
        "ada",
        "--parent",
        shipped.version[:5],
    )
    version = added.split()[0]
    assert database.models.get(version).parent == shipped.version
    assert database.models.get(version).state is State.CANDIDATE

    assert run("promote", version[:6], "--to", "shadow", "--why", "try it", "--by", "ada") == f"{version} is shadow\n"
    assert run("promote", version, "--why", "better", "--by", "ada") == f"{version} is champion\n"
    shown = run("show", version)
    for words in ("ada", "calibrated anew", "try it", "shadow → champion", "banking77/train.csv", "Limits"):
        assert words in shown

    assert shipped.version in run("rollback", "--why", "worse", "--by", "bob")
    last = database.models.events()[-1]
    assert (last.version, last.action, last.by, last.why) == (shipped.version, Action.ROLLED_BACK, "bob", "worse")
    with pytest.raises(RegistryRefused, match="none to go back to"):
        run("rollback", "--why", "again")


def test_weights_that_an_upgrade_brings_are_named_by_the_list_and_made_champion_by_one_command(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "not among them" not in run("list")
    before = database.models.champion()
    assert before is not None

    newer = other_weights(tmp_path / "newer")
    monkeypatch.setenv("GROUNDSWELL_WEIGHTS", str(newer))
    version = read_description(newer).version
    assert f"{newer} are the model {version}" in run("list").replace("\n", " ")
    assert run("add", "--promote", "--why", "upgraded", "--by", "ada").startswith(f"{version} is champion, ")

    assert "not among them" not in run("list")
    assert [model.version for model in database.models.all() if model.state is State.CHAMPION] == [version]
    assert {event.by for event in database.models.events(version)} == {"ada"}
    run("rollback", "--why", "worse", "--by", "bob")
    # known by now, so that it is moved and not added
    assert run("add", "--promote", "--why", "after all", "--by", "ada").startswith(f"{version} is champion, ")


def test_what_is_exported_is_opened_by_peft_and_by_our_own_loader(
    database: Database, tmp_path: Path, shipped: TransformerClassifier
) -> None:
    from peft import PeftModel

    run("list")
    folder = tmp_path / "exported"
    version = shipped.version
    assert version in run("export", version, str(folder))

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name: (WEIGHTS / name).read_bytes() for name in FILES
    }
    assert describe(folder, datetime.now(UTC))[0].version == version
    merged = PeftModel.from_pretrained(load_encoder(), str(folder)).merge_and_unload()
    ours = load_classifier(folder, device="cpu", dtype="float32").network.encoder
    theirs = merged.state_dict()
    for name, weight in ours.state_dict().items():
        torch.testing.assert_close(weight, theirs[name], atol=1e-5, rtol=1e-4)
    with pytest.raises(SetupError, match="not an empty folder"):
        run("export", version, str(folder))


def test_a_model_that_knows_nothing_is_neither_added_nor_promoted_unless_one_insists(
    database: Database, tmp_path: Path
) -> None:
    folder = str(other_weights(tmp_path / "useless", useless=True))
    with pytest.raises(ModelUnusable, match="golden texts right"):
        run("add", folder, "--why", "try")
    version = run("add", folder, "--why", "try", "--no-check").split()[0]
    with pytest.raises(ModelUnusable, match=f"{version} is not promoted, no worker would take it up: it gets"):
        run("promote", version, "--why", "try")
    assert database.models.get(version).state is State.CANDIDATE


def test_bytes_that_rot_in_the_database_are_not_promoted(database: Database, dsn: str, tmp_path: Path) -> None:
    version = run("add", str(other_weights(tmp_path / "new")), "--why", "w", "--no-check").split()[0]
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("UPDATE models SET artefact = set_byte(artefact, 1000000, 7) WHERE version = %s", (version,))
    with pytest.raises(ModelUnusable, match="not those that were stored"):
        run("promote", version, "--why", "w")


def test_a_version_that_begins_as_two_do_is_asked_for_again(database: Database, tmp_path: Path) -> None:
    run("add", str(other_weights(tmp_path / "new")), "--why", "w", "--no-check")
    with pytest.raises(SetupError, match="write more of it"):
        run("show", "")
    with pytest.raises(RegistryRefused, match="no model zz"):
        run("show", "zz")


def test_the_shipped_weights_get_every_golden_text_right(shipped: TransformerClassifier) -> None:
    heads = golden.golden_texts()
    golden.check(shipped)
    for head, lines in heads.items():
        said = [golden._label(head, scores) for scores in shipped.classify([text for text, _ in lines])]
        assert said == [label for _, label in lines]


def test_vectors_do_not_change_with_the_model_in_service(shipped: TransformerClassifier, tmp_path: Path) -> None:
    texts = ["My card has not arrived", "Profit doubles"]
    serving = Serving(shipped)
    before = serving.embed(texts)
    serving.swap(load_classifier(other_weights(tmp_path / "new"), device="cpu", threads=1))
    torch.testing.assert_close(torch.tensor(serving.embed(texts)), torch.tensor(before))
