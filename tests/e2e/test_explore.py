"""Explore, Post, Labels, Model and an incident in Chromium, over a real PostgreSQL with an invented outage."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from core.guidelines import Task
from core.registry import State
from storage.postgres import Database
from tests.contract.test_model_store import make_model
from tests.e2e.boards import PATIENCE_MS, Stack
from tests.seed import BANK

Open = Callable[..., Page]
CELLS = ".st-key-card-heat svg.marks .mark-rect path"
WIDTHS = "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth)"
TOAST = "[data-testid=stToast]"


def rows(stack: Stack, query: str, **params: Any) -> list[dict[str, Any]]:
    with Database(stack.dsn)._connections.transaction() as transaction:
        return transaction.rows(query, params)


def one_post(stack: Stack, condition: str = "true") -> str:
    query = (
        f"SELECT post_id FROM posts JOIN scores USING (post_id) WHERE {condition} ORDER BY published_at DESC LIMIT 1"
    )
    return str(rows(stack, query)[0]["post_id"])


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_view_is_a_link_that_opens_the_same_view(open_page: Open) -> None:
    page = open_page("explore")
    box = page.locator(".st-key-explore-words input")
    box.fill("login error")
    box.press("Enter")
    page.wait_for_url("**/explore?words=login+error")
    found = page.locator(".st-key-card-found .gw-post")
    expect(found.first).to_contain_text("login error")
    again = open_page(page.url.split("/")[-1])
    expect(again.locator(".st-key-explore-words input")).to_have_value("login error")
    expect(again.locator(".st-key-card-found .gw-post").first).to_contain_text("login error")
    again.get_by_role("button", name="Clear").click()
    again.wait_for_url(re.compile(r"/explore/?$"))


def test_a_click_on_a_cell_shows_its_posts_alone(open_page: Open) -> None:
    page = open_page("explore?span=6h")
    cell = page.locator(CELLS).first
    expect(cell).to_be_visible()
    entity = re.search(r"row: (\w+);", cell.get_attribute("aria-label") or "")
    assert entity is not None
    cell.click(position={"x": 6, "y": 6})  # beside its figure
    page.wait_for_url("**/explore?*since=*")
    asked = query_of(page)
    assert asked["entity"] == [entity[1]]
    length = datetime.fromisoformat(asked["until"][0]) - datetime.fromisoformat(asked["since"][0])
    assert timedelta(0) < length <= timedelta(minutes=30)
    expect(page.locator(".st-key-card-found .gw-post").filter(has_not_text=entity[1])).to_have_count(0)
    expect(page.locator(".st-key-card-found .gw-post").first).to_be_visible()


def test_posts_and_heat_map_are_files(open_page: Open) -> None:
    page = open_page(f"explore?entity={BANK}&channel=customer")
    for button, column in (("Posts as CSV", "post_id,published_at"), ("Table as CSV", "row,col,at,posts")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        text = download.value.path().read_text(encoding="utf-8-sig")
        assert text.startswith(column)
        assert len(text.splitlines()) > 1


def test_a_post_with_markup_is_text_on_its_own_page_too(open_page: Open, stack: Stack) -> None:
    page = open_page("explore?words=%22not+bold%22")
    post = page.locator(".st-key-card-found .gw-post")
    expect(post).to_have_count(1)
    expect(post).to_contain_text("<script>document.title")
    page.get_by_role("link", name="Open the post").click()
    page.wait_for_url("**/post?post=*")
    expect(page.locator(".gw-whole")).to_contain_text("![x](https://attacker.invalid/pixel.png) **not bold**")
    assert page.title() == "Groundswell"
    assert page.locator("img[src*='attacker'], .gw-whole a, .gw-whole strong, .gw-whole script").count() == 0
    # the mark that turns the text after it ends with the post
    expect(page.locator(".st-key-card-text .gw-whole bdi")).to_have_count(1)


def test_ten_thousand_letters_fit_a_narrow_screen(open_page: Open, stack: Stack) -> None:
    page = open_page(f"post?post={one_post(stack, 'length(text) = 10000')}", width=400)
    expect(page.locator(".gw-whole")).to_be_visible()
    assert max(page.evaluate(WIDTHS)) <= 400
    assert page.locator(".gw-whole").evaluate("node => node.clientHeight < node.scrollHeight && node.tabIndex === 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["explore", "post", "labels", "model"])
def test_every_page_fits_a_narrow_screen(open_page: Open, stack: Stack, path: str, scheme: str) -> None:
    query = f"?post={one_post(stack)}" if path == "post" else ""
    page = open_page(path + query, width=400, scheme=scheme)
    expect(page.locator("[class*=st-key-card-]").last).to_be_visible()
    page.wait_for_timeout(1_000)
    assert max(page.evaluate(WIDTHS)) <= 400
    assert "This part of the page failed" not in page.inner_text("body")


def test_a_label_is_corrected_in_two_clicks_and_taken_back(open_page: Open, stack: Stack) -> None:
    post_id = one_post(stack, "sentiment = 'negative' AND channel = 'customer' AND length(text) < 500")
    page = open_page(f"post?post={post_id}")
    page.locator(".st-key-correct-sentiment summary").click()
    page.locator(".st-key-label-sentiment-neutral button").click()
    expect(page.locator(".gw-said")).to_contain_text("Sentiment: neutral in place of negative")
    (label,) = Database(stack.dsn).labels.of_post(post_id)
    assert (label.task, label.value) == (Task.SENTIMENT, ("neutral",))
    page.locator(f".st-key-undo-{label.label_id} button").click()
    expect(page.locator(".gw-undone")).to_contain_text("taken back by analyst")
    assert not Database(stack.dsn).labels.of_post(post_id)[0].stands


def test_labels_are_given_by_keyboard(open_page: Open, stack: Stack) -> None:
    page = open_page("labels")
    page.locator(".st-key-label-tasks button", has_text="Sentiment").click()
    expect(page.locator(".st-key-choose-sentiment-1 button")).to_be_visible()
    expect(page.locator(".gw-guideline").first).to_contain_text("Bad for whom it is about")
    first = page.locator(".gw-whole").inner_text()
    page.keyboard.press("1")
    expect(page.locator(".st-key-label-last-line")).to_contain_text("Kept: negative")
    expect(page.locator(".gw-whole")).not_to_have_text(first)
    kept = rows(
        stack, "SELECT value, labelled_by, undone_at FROM labels WHERE task = 'sentiment' ORDER BY label_id DESC"
    )
    assert (kept[0]["value"], kept[0]["labelled_by"], kept[0]["undone_at"]) == (["negative"], "analyst", None)
    page.keyboard.press("u")
    expect(page.locator(".gw-whole")).to_have_text(first)
    kept = rows(stack, "SELECT undone_at FROM labels WHERE task = 'sentiment' ORDER BY label_id DESC LIMIT 1")
    assert kept[0]["undone_at"] is not None
    page.keyboard.press("x")
    expect(page.locator(".gw-whole")).not_to_have_text(first)
    assert rows(stack, "SELECT count(*)::int AS n FROM label_turns WHERE passed_over")[0]["n"] == 1


def test_emotions_and_intents_have_their_guidelines_beside_them(open_page: Open, stack: Stack) -> None:
    page = open_page("labels")
    page.locator(".st-key-label-tasks button", has_text="Emotion").click()
    page.get_by_text("Finds it funny.").click()
    page.get_by_role("button", name="Keep these").click()
    expect(page.locator(".st-key-label-last-line")).to_contain_text("Kept: amusement")
    page.locator(".st-key-label-tasks button", has_text="Emotion").click()
    page.locator(".st-key-label-tasks button", has_text="Intent").click()
    page.locator("[class*=st-key-family-] button", has_text="cash").click()
    page.locator(".st-key-choose-intent-1 button").click()
    expect(page.locator(".st-key-label-last-line")).not_to_contain_text("amusement")
    expect(page.locator(".st-key-label-last-line")).to_contain_text("Kept: ")
    tasks = {row["task"] for row in rows(stack, "SELECT task FROM labels WHERE undone_at IS NULL")}
    assert {"emotion", "intent"} <= tasks


def test_a_model_is_promoted_with_a_reason_and_taken_back(open_page: Open, stack: Stack) -> None:
    models = Database(stack.dsn).models
    for version, state, parent in (("champ-1", State.CHAMPION, None), ("cand-2", State.CANDIDATE, "champ-1")):
        model, artefact = make_model(version, parent, state=state)
        models.add(model, artefact, "worker", "for a test")
    page = open_page("model")
    expect(page.locator(".st-key-card-champion")).to_contain_text("champ-1")
    page.locator(".st-key-open-champion-cand-2 summary").click()
    expect(page.locator(".st-key-do-champion-cand-2 button")).to_be_disabled()
    reason = page.locator(".st-key-why-champion-cand-2 input")
    reason.fill("three points of macro-F1")
    reason.press("Enter")
    page.locator(".st-key-do-champion-cand-2 button").click()
    expect(page.locator(".st-key-card-champion")).to_contain_text("model cand-2")
    expect(page.locator(".st-key-card-events")).to_contain_text("three points of macro-F1")
    assert models.in_service()[State.CHAMPION] == "cand-2"
    page.locator(".st-key-open-rollback-cand-2 summary").click()
    reason = page.locator(".st-key-why-rollback-cand-2 input")
    reason.fill("worse on fear")
    reason.press("Enter")
    page.locator(".st-key-do-rollback-cand-2 button").click()
    expect(page.locator(".st-key-card-champion")).to_contain_text("model champ-1")
    assert models.in_service()[State.CHAMPION] == "champ-1"
    assert [event.why for event in models.events()][-2:].count("worse on fear") >= 1


def test_an_incident_is_commented_silenced_and_ended_from_its_page(open_page: Open, stack: Stack) -> None:
    page = open_page(f"incident?incident={stack.incident_id}")
    for name, note in (("comment", "payments team is on it"), ("silence", "known, until 18:00"), ("resolve", "fixed")):
        page.locator(f".st-key-open-{name} summary").click()
        box = page.locator(f".st-key-note-{name} textarea")
        box.fill(note)
        box.blur()
        page.locator(f".st-key-do-{name} button").click()
        expect(page.locator(".st-key-card-alerts")).to_contain_text(note)
    expect(page.locator(".gw-callout")).to_contain_text("known, until 18:00")
    expect(page.locator(".gw-incident")).to_contain_text("resolved")
    database = Database(stack.dsn)
    (silence,) = database.silences.lasting(datetime.now(UTC))
    assert (silence.owner, [str(one) for one in silence.matchers]) == (
        "analyst",
        ['alertname="NegativeSurge"', f'entity="{BANK}"'],
    )
    history = database.read("incident_history", incident_id=stack.incident_id)
    assert [(one["what"], one["by"]) for one in history][-3:] == [
        ("commented", "analyst"), ("silenced", "analyst"), ("resolved", "analyst"),
    ]  # fmt: skip
    page.get_by_role("button", name="End the silence").click()
    expect(page.locator(".gw-callout")).to_have_count(0)
    assert database.silences.lasting(datetime.now(UTC)) == []


def test_from_now_to_a_post_to_all_that_is_said_of_its_entity(open_page: Open) -> None:
    page = open_page()
    named = page.locator(".st-key-card-posts .gw-chip").first  # a post that names nobody leads nowhere
    named.locator("xpath=following::a[contains(., 'Open the post')][1]").click()
    page.wait_for_url("**/post?post=*")
    page.locator(".st-key-card-text").get_by_role("link", name="Explore").first.click()
    page.wait_for_url("**/explore?entity=*")
    expect(page.locator(CELLS).first).to_be_visible()


def test_without_postgresql_the_figures_stay_and_the_page_recovers(open_page: Open, stack: Stack) -> None:
    page = open_page("explore")
    expect(page.locator(CELLS).first).to_be_visible()
    stack.postgres.stop()
    try:
        expect(page.locator(".gw-gone").first).to_contain_text("PostgreSQL does not answer", timeout=3 * PATIENCE_MS)
        expect(page.locator(CELLS).first).to_be_visible()
    finally:
        stack.postgres.start()
    expect(page.locator(".gw-gone")).to_have_count(0, timeout=3 * PATIENCE_MS)
