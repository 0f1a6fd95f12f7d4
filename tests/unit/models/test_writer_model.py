"""A language model on this machine: what it is asked, and that it answers every plan or says why it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ModelUnusable
from models import writer_model
from models.writer import Chosen, load_writer
from models.writer_model import LanguageWriter, load_any, package_file
from models.writer_prompt import asked, shown
from tests.unit.models.tiny import MESSAGE, tiny_loaded, tiny_plan


def test_every_plan_gets_a_text_in_its_place() -> None:
    writer = LanguageWriter(tiny_loaded(), "cpu", 1)
    plans = [tiny_plan(entry) for entry in ("mortgage", "card_not_working", "escrow", "fraud", "branch")]

    together = writer.write(plans, [MESSAGE] * 5)

    assert len(together) == 5
    assert writer.name == "tiny"


def test_a_longer_neighbour_does_not_change_a_text() -> None:
    loaded = tiny_loaded()
    short, long = loaded.encode(tiny_plan(), MESSAGE), loaded.encode(tiny_plan("fraud"), MESSAGE * 5)
    writer = LanguageWriter(loaded, "cpu", 1)

    alone = writer._answers([short])
    beside = writer._answers([short, long])

    assert beside[0] == alone[0]


def test_the_prompt_holds_the_plan_and_the_message() -> None:
    loaded = tiny_loaded()
    text = loaded.tokenizer.decode(loaded.encode(tiny_plan(), MESSAGE))

    assert shown(MESSAGE) in text
    assert asked(tiny_plan(), MESSAGE).splitlines()[-1] in text


def test_the_package_has_the_published_file() -> None:
    assert package_file().name == writer_model.FILE


def test_a_changed_file_does_not_pass_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_model, "SHA256_BEGINS", "00000000")

    with pytest.raises(ModelUnusable, match="not the published file"):
        package_file()


def test_a_package_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_model, "PACKAGE", "no_such_package")

    with pytest.raises(ModelUnusable, match="install the package no-such-package"):
        package_file()


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="cannot be used"):
        load_any(str(tmp_path))


def test_the_setting_chooses_the_writer() -> None:
    assert load_writer(Chosen()).name == "playbook-2"
    assert load_writer(Chosen("https://models.example/v1", model="m")).name == "endpoint:m"
    assert load_writer(Chosen("local", adapter="models/weights/writer"), apart=True).name.endswith("+adapter")
    assert load_writer(Chosen("/models/some-model"), apart=True).name == "some-model"
