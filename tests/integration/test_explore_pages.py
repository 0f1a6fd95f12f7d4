"""The pages Explore and Post over a real PostgreSQL: what they find, say and keep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.guidelines import Task
from dashboard import explainer
from models.explaining_apart import Explained, Head, Word
from storage.postgres import Database
from tests.builders import make_scored
from tests.pages import fresh, shown
from tests.seed import BANK, HOSTILE

DAY = timedelta(days=1)
EXPLORE = "views/explore.py"
POST = "views/post.py"
Page = Callable[..., AppTest]


def newest(dsn: str, **changes: Any) -> dict[str, Any]:
    """The newest clear post of the seed that is of this kind."""
    rows = Database(dsn).read("notable_posts", since=datetime.now(UTC) - DAY, sentiment="any", least_p=0.5, count=300)
    return next(row for row in rows if all(row[name] == value for name, value in changes.items()))


def test_explore_opens_with_everything_of_a_day(seeded: tuple[str, str], page: Page) -> None:
    test = page(seeded[0], EXPLORE)
    html = shown(test)
    for part in ("Heat map", "Trend", "Posts", "no usual band"):
        assert part in html
    assert len(test.get("vega_lite_chart")) == 3
    assert test.query_params == {}
    assert html.count('<article class="gw-post">') == 20


def test_an_address_opens_its_view_and_nothing_else(seeded: tuple[str, str], page: Page) -> None:
    test = page(seeded[0], EXPLORE, entity=BANK, channel="customer", words="salary", feeling="negative", rows="topic")
    html = shown(test)
    articles = html.split('<article class="gw-post">')[1:]
    assert articles
    for article in articles:
        assert "salary" in article
        assert f">{BANK}<" in article
        assert "customer" in article
        assert "negative" in article
    assert test.selectbox(key="explore-entity").value == BANK
    assert test.text_input(key="explore-words").value == "salary"
    assert test.selectbox(key="explore-rows").value == "topic"


def test_a_choice_becomes_the_address(seeded: tuple[str, str], page: Page) -> None:
    test = page(seeded[0], EXPLORE)
    test.selectbox(key="explore-entity").select(BANK).run()
    test.text_input(key="explore-words").input("login error").run()
    shown(test)
    assert test.query_params == {"entity": BANK, "words": "login error"}
    next(button for button in test.button if button.label == "Clear").click().run()
    shown(test)
    assert test.query_params == {}


def test_an_address_that_says_nonsense_opens_the_page(seeded: tuple[str, str], page: Page) -> None:
    html = shown(page(seeded[0], EXPLORE, span="<script>", rows="x", since="never", entity="<script>alert(1)</script>"))
    assert "No post fits" in html
    assert "<script" not in html


def test_a_hostile_post_is_found_and_shown_as_text(seeded: tuple[str, str], page: Page) -> None:
    test = page(seeded[0], EXPLORE, words='"not bold"')
    html = shown(test)
    assert html.count('<article class="gw-post">') == 1
    assert "&lt;script&gt;document.title" in html
    assert "<script" not in html
    assert all(HOSTILE[:20] not in element.value for element in test.markdown)


def test_explore_without_postgresql_says_so_and_is_no_error(page: Page) -> None:
    html = shown(page("postgresql://nobody@127.0.0.1:1/nothing", EXPLORE))
    assert "PostgreSQL does not answer" in html


def test_explore_of_an_empty_database_says_that_nothing_fits(postgres: Callable[[], str], page: Page) -> None:
    dsn = postgres()
    Database(dsn).migrate()
    assert shown(page(dsn, EXPLORE)).count("No post fits") == 3


def test_a_post_is_shown_whole_with_what_each_head_said(seeded: tuple[str, str], page: Page) -> None:
    post = newest(seeded[0], channel="customer")
    html = shown(page(seeded[0], POST, post=post["post_id"]))
    for part in (
        escape(post["text"].split()[0]),
        "Sentiment",
        "Topic",
        "Emotion",
        "Intent",
        "seed-1",
        "Nobody has said otherwise",
    ):
        assert part in html


def test_a_hostile_post_s_own_page_shows_text(seeded: tuple[str, str], page: Page) -> None:
    row = next(
        row for row in Database(seeded[0]).read("posts_by_id", post_ids=[newest(seeded[0], text=HOSTILE)["post_id"]])
    )
    test = page(seeded[0], POST, post=row["post_id"])
    html = shown(test)
    assert "&lt;script&gt;document.title" in html
    assert "<script" not in html
    assert all(HOSTILE[:20] not in element.value for element in test.markdown)


def test_a_post_that_nobody_asked_the_model_about_says_why(seeded: tuple[str, str], page: Page) -> None:
    with Database(seeded[0])._connections.transaction() as transaction:
        (row,) = transaction.rows("SELECT post_id FROM posts WHERE unjudged IS NOT NULL LIMIT 1")
    html = shown(page(seeded[0], POST, post=row["post_id"]))
    assert "The model was not asked" in html
    assert "another language" in html
    assert "Why this label" not in html


@pytest.mark.parametrize(
    ("query", "says"), [({"post": "nonsense"}, "There is no such post"), ({}, "No post is chosen")]
)
def test_a_post_that_is_not_there_is_said_so(
    seeded: tuple[str, str], page: Page, query: dict[str, str], says: str
) -> None:
    assert says in shown(page(seeded[0], POST, **query))


def test_a_label_is_corrected_in_two_clicks_and_taken_back(postgres: Callable[[], str], page: Page) -> None:
    dsn, _ = fresh(postgres)
    post = newest(dsn, sentiment="negative", channel="customer")
    test = page(dsn, POST, post=post["post_id"])
    # the first click opens the choices, which AppTest has open
    test.button(key="label-sentiment-neutral").click().run()
    (label,) = Database(dsn).labels.of_post(post["post_id"])
    assert (label.task, label.value, label.said, label.by) == (Task.SENTIMENT, ("neutral",), ("negative",), "analyst")
    assert label.model_version == "seed-1"
    html = shown(test.run())
    assert "in place of" in html
    test.button(key=f"undo-{label.label_id}").click().run()
    (label,) = Database(dsn).labels.of_post(post["post_id"])
    assert label.undone_by == "analyst"
    assert "taken back by" in shown(test.run())
    assert not [button for button in test.button if str(button.key).startswith("undo-")]


def test_an_intent_and_emotions_are_chosen_from_lists(postgres: Callable[[], str], page: Page) -> None:
    dsn, _ = fresh(postgres)
    post_id = newest(dsn, channel="customer")["post_id"]
    test = page(dsn, POST, post=post_id)
    test.selectbox(key=f"label-intent-{post_id}").select("age_limit").run()
    test.multiselect(key=f"label-emotion-{post_id}").set_value(["fear", "neutral"]).run()
    assert "neutral stands alone" in test.toast[0].value
    test.multiselect(key=f"label-emotion-{post_id}").set_value(["fear"]).run()
    kept = {label.task: label.value for label in Database(dsn).labels.of_post(post_id)}
    assert kept == {Task.INTENT: ("age_limit",), Task.EMOTION: ("fear",)}


class Explainer:
    """Answers at once, in place of a process with a model."""

    def explain(self, weights: Path, text: str, entities: list[str]) -> Explained:
        words = tuple(Word(word, 0.3, "negative") for word in text.split()[:3])
        return Explained("m2", {"sentiment": Head((("negative", 0.8),), words)}, {BANK: (0.9, 0.05, 0.05)})


def test_the_words_that_moved_a_label_come_when_they_are_asked_for(
    seeded: tuple[str, str], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = explainer.Shelf(Database(seeded[0]).models, Path("shipped"))
    shelf.close()  # no version is of the registry, so nothing is unpacked
    monkeypatch.setattr(explainer, "_explainer", lambda: (Explainer(), shelf))
    test = page(seeded[0], POST, post=newest(seeded[0], channel="customer")["post_id"])
    assert "<mark" not in shown(test)
    test.button(key="explain").click().run()
    html = shown(test)
    assert html.count("<mark") == 3
    assert "These reasons are of model" in html
    assert "feeling toward it" in html


def test_a_model_that_cannot_be_asked_is_said_and_the_page_stands(
    seeded: tuple[str, str], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_WEIGHTS", "/nowhere")
    test = page(seeded[0], POST, post=newest(seeded[0], channel="customer")["post_id"])
    test.button(key="explain").click().run()
    html = shown(test)
    assert "The model could not be asked" in html
    assert "What the model says" in html


def test_reposts_lead_to_their_first_and_count_on_both_pages(postgres: Callable[[], str], page: Page) -> None:
    dsn, _ = fresh(postgres)
    with Database(dsn)._connections.transaction() as transaction:
        (row,) = transaction.rows("SELECT post_id, duplicate_of FROM posts WHERE duplicate_of IS NOT NULL LIMIT 1")
    for post_id in row.values():
        html = shown(page(dsn, POST, post=post_id))
        assert "<dt>reposts</dt><dd>1</dd>" in html
    assert 'data-page="post"' in shown(page(dsn, POST, post=row["post_id"]))


def test_a_whole_page_of_ten_thousand_characters(postgres: Callable[[], str], page: Page) -> None:
    dsn = postgres()
    database = Database(dsn)
    database.migrate()
    long = make_scored("long", published_at=datetime.now(UTC), text="W" * 10_000)
    database.posts.record([long], [])
    assert "W" * 10_000 in shown(page(dsn, POST, post=long.post.post_id))
