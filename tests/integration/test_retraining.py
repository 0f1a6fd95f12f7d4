"""A retraining from corrected posts to a new champion or a refusal, with real PostgreSQL and real training."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.drift_watch import Finding, Reference, Span
from core.errors import Busy, LabelsUnfit, SetupError
from core.registry import State
from core.settings import Settings
from dags.retraining import Retraining
from dags.run_folder import EVIDENCE, RUN, RunFolder
from models.continuing import base_data
from models.data import SENTIMENTS as SENTIMENT_NAMES
from models.evidence import Gathered
from models.registering import describe
from storage.postgres import Database
from tests.builders import NOON
from tests.learnable import CHAMPION, SENTIMENTS, SLANG, correct_posts, make_champion, sayings
from tests.unit.core.test_gate import GOOD


@pytest.fixture
def settings(learnable: Path, tmp_path: Path, postgres: Callable[[], str]) -> Settings:
    return Settings(
        dsn=postgres(), training_data=str(learnable / "data"), weights=learnable / "champion", data_dir=tmp_path,
        retrain_epochs=2, retrain_replay=150, retrain_shadow_h=0,
    )  # fmt: skip


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(Database(settings.dsn.get_secret_value())) as opened:
        opened.migrate()
        yield opened


def steps(settings: Settings, database: Database) -> Retraining:
    return Retraining(settings, database, by="tests", say=lambda _: None)


def through_the_gate(retraining: Retraining) -> tuple[Path, bool]:
    """Every step up to the gate: the run's folder, and whether the candidate passed."""
    folder = retraining.export("a test")
    retraining.validate(folder)
    retraining.train(folder)
    retraining.evaluate(folder)
    return folder, retraining.promoting.decide(folder)


def report_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def test_corrections_in_a_new_language_make_a_new_champion_and_one_can_go_back(
    settings: Settings, database: Database
) -> None:
    correct_posts(database, sayings(SLANG, 150, "slang"), ("ann", "bob"))
    retraining = steps(settings, database)
    folder, passed = through_the_gate(retraining)
    report = report_of(folder)
    assert passed, report["reasons"]
    first = report["champion"]
    assert database.models.shadow() is not None
    assert retraining.promoting.promote(folder)
    champion = database.models.champion()
    assert champion is not None
    assert champion.version == report["candidate"]
    assert (champion.parent, champion.metrics["retraining"]["id"]) == (first, folder.name)
    told = retraining.promoting.report_of(champion.version)
    assert (told["candidate"], told["outcome"]) == (champion.version, "the candidate is the champion")
    gain = report["measured"]["evidence"]["new_labels"]
    assert gain["candidate"] - gain["champion"] > 0.05
    assert "better by more than chance" in (folder / "report.html").read_text()
    # the same labels are not new any more, and a second run has nothing to learn
    with pytest.raises(LabelsUnfit, match="0 new labels are settled"):
        retraining.validate(retraining.export("again"))
    assert database.models.rollback("tests", "to see whether one can").version == first


@pytest.mark.slow
def test_a_candidate_that_learnt_nothing_is_refused_and_the_champion_stays(
    settings: Settings, database: Database
) -> None:
    # the language of the training data: there is nothing to gain
    correct_posts(database, sayings(SENTIMENTS, 150, "known"), ("ann", "bob"))
    retraining = steps(settings.model_copy(update={"retrain_epochs": 0.1}), database)
    folder, passed = through_the_gate(retraining)
    report = report_of(folder)
    assert not passed
    assert any("not better by more than chance" in reason for reason in report["reasons"])
    states = {model.version: model.state for model in database.models.all()}
    assert states == {report["champion"]: State.CHAMPION, report["candidate"]: State.RETIRED}
    assert "Nothing has changed" in (folder / "report.html").read_text()


def flip(name: str) -> str:
    return {"negative": "positive", "positive": "negative", "neutral": "negative"}[name]


@pytest.mark.parametrize("poison", ["flipped labels", "one analyst", "test rows"])
def test_a_poisoned_batch_is_refused_with_its_reason(
    settings: Settings, database: Database, learnable: Path, poison: str
) -> None:
    said = sayings(SENTIMENTS, 150, "known")
    people = ("ann", "bob", "eve")
    match poison:
        case "flipped labels":
            said = [(text, flip(name)) for text, name in said[:80]]
            words = "contradict both a sure model and the nearest texts"
        case "one analyst":
            said = [(text, flip(name) if n % 3 == 2 else name) for n, (text, name) in enumerate(said)]
            words = "eve's labels deviate in"
        case _:
            data = base_data(learnable / "data", learnable / "champion")
            rows = [e for e in data.development if e.task == "sentiment"]
            said += [(f"RT @desk: {e.text} https://t.co/x1", SENTIMENT_NAMES[e.labels[0]]) for e in rows]
            words = "are nearly texts that models are tested on"
    correct_posts(database, said, people)
    retraining = steps(settings, database)
    folder = retraining.export("a test")
    with pytest.raises(LabelsUnfit, match=words):
        retraining.validate(folder)
    assert words in html.unescape((folder / "report.html").read_text())
    assert report_of(folder)["outcome"] == "the labels are refused"
    assert [model.state for model in database.models.all()] == [State.CHAMPION]


def test_what_a_post_says_is_text_on_the_page(settings: Settings, database: Database) -> None:
    correct_posts(database, sayings(SENTIMENTS, 90, "known"), ("<script>alert(1)</script>",))
    folder = steps(settings, database).export("<b>a test</b>")
    steps(settings, database).validate(folder)
    page = (folder / "report.html").read_text()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_two_retrainings_never_overlap(settings: Settings, database: Database) -> None:
    dsn = settings.dsn.get_secret_value()
    with closing(Database(dsn)) as other, database.locks.retraining(), pytest.raises(Busy, match="under way"):
        other.locks.retraining().__enter__()
    with database.locks.retraining():
        pass


def test_a_champion_that_changed_meanwhile_ends_the_run(
    settings: Settings, database: Database, learnable: Path, tmp_path: Path
) -> None:
    correct_posts(database, sayings(SLANG, 90, "slang"), ("ann", "bob"))
    retraining = steps(settings.model_copy(update={"retrain_epochs": 0.1}), database)
    folder = retraining.export("a test")
    retraining.validate(folder)
    retraining.train(folder)
    RunFolder(folder).write(EVIDENCE, Gathered(GOOD, (), ()).as_json())
    make_champion(learnable / "data", tmp_path / "other", replace(CHAMPION, epochs=0.02))
    model, artefact = describe(tmp_path / "other", NOON, parent=report_of(folder)["champion"])
    database.models.add(model, artefact, "tests", "another one")
    database.models.move(model.version, State.CHAMPION, "tests", "meanwhile")
    assert not retraining.promoting.decide(folder)
    assert "no longer the champion" in report_of(folder)["reasons"][0]


def test_without_training_data_nothing_is_begun(settings: Settings, database: Database) -> None:
    with pytest.raises(SetupError, match="GROUNDSWELL_TRAINING_DATA"):
        steps(settings.model_copy(update={"training_data": ""}), database).export("a test")


def test_what_a_person_asks_for_starts_a_run_and_waits_no_more(
    settings: Settings, database: Database, learnable: Path
) -> None:
    correct_posts(database, sayings(SENTIMENTS, 60, "known"), ("ann", "bob"))
    retraining = steps(settings.model_copy(update={"retrain_on": ""}), database)
    assert retraining.due() is None
    database.retrainings.ask("Cleo Chen", "new names", NOON)
    why = retraining.due()
    assert why == "Cleo Chen asked for it at 2026-03-02 12:00: new names"
    folder = retraining.export(why)
    assert RunFolder(folder).read(RUN)["why"] == why
    assert retraining.due() is None


def test_drift_that_lasts_starts_a_run_where_the_settings_say_so(settings: Settings, database: Database) -> None:
    correct_posts(database, sayings(SENTIMENTS, 60, "known"), ("ann", "bob"))
    day = NOON.date()
    database.drift.keep_reference(Reference("social", "m1", Span(day, day), None, {"new_words": 6.5}, 700.0))
    by_hand, on_drift = (
        steps(settings.model_copy(update={"retrain_on": wanted}), database) for wanted in ("", "drift")
    )
    assert on_drift.due() is None
    database.drift.keep_findings([Finding(day, "social", "new_words", "m1", 9.0, 6.5, since=day)])
    assert "drift was seen at 2026-03-03 00:00, and 60 labels are new" in (on_drift.due() or "")
    assert by_hand.due() is None
