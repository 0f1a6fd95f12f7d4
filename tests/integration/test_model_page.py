"""The page Model: a retraining is asked for with a reason, by those who may, and the page says who asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from core.audit import Asked
from storage.postgres import Database
from tests.pages import fresh, shown

Page = Callable[..., AppTest]


def test_a_retraining_is_asked_for_with_a_reason_and_withdrawn(postgres: Callable[[], str], page: Page) -> None:
    dsn, _ = fresh(postgres)
    test = page(dsn, "views/model.py")
    assert "No retraining is asked for" in shown(test)
    assert test.button(key="do-retrain").disabled
    test.text_input(key="why-retrain").set_value("new <b>names</b>").run()
    test.button(key="do-retrain").click().run()
    html = shown(test)
    assert "Asked for; it begins at the next look" in html
    assert ">analyst<" in html
    assert "new &lt;b&gt;names&lt;/b&gt;" in html
    with closing(Database(dsn)) as database:
        wish = database.retrainings.waiting()
        assert wish is not None
        assert (wish.by, wish.why) == ("analyst", "new <b>names</b>")
        test.button(key="withdraw-retraining").click().run()
        assert "withdrawn at" in shown(test)
        assert database.retrainings.waiting() is None
        entries = database.audit.read(Asked(action="retraining"), 9)
        assert [one.action for one in entries] == ["retraining.withdrawn", "retraining.asked"]


def test_one_that_has_begun_or_runs_is_said(postgres: Callable[[], str], page: Page) -> None:
    dsn, _ = fresh(postgres)
    with closing(Database(dsn)) as database:
        database.retrainings.ask("Cleo", "new names", datetime.now(UTC))
        database.retrainings.begin(datetime.now(UTC))
        with database.locks.retraining():
            test = page(dsn, "views/model.py")
            assert "A step runs now" in shown(test)
            assert "begun at" in shown(test)
            assert not [button for button in test.button if button.key == "do-retrain"]
