"""The reply desk in Chromium: all of it by keyboard, and two people at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from storage.postgres import Database
from tests.e2e.boards import PATIENCE_MS, Stack

EVER = datetime(2020, 1, 1, tzinfo=UTC)


def on_desk(page: Page) -> str:
    """The id of the draft that this page has."""
    button = page.locator("[class*=st-key-approve-]")
    expect(button).to_be_visible(timeout=PATIENCE_MS)
    classes = str(button.get_attribute("class")).split()
    return next(name.removeprefix("st-key-approve-") for name in classes if "st-key-approve-" in name)


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the focus is within `selector`."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => !!document.activeElement?.closest(s)", selector):
            return
    raise AssertionError(f"{most} times Tab never came to {selector}")


def test_a_reviewer_takes_edits_approves_rejects_and_goes_on_without_a_mouse(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page("replies", waits_for=".st-key-take-next button")
    page.keyboard.press("t")
    first = on_desk(page)

    tab_to(page, ".st-key-card-desk textarea")
    page.keyboard.press("Control+a")
    page.keyboard.type("We are sorry, and tonight we call you.")  # letters that are shortcuts elsewhere are text here
    page.keyboard.press("Control+Enter")
    expect(page.locator(".gw-difference ins").first).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.type(" We promise.")
    page.keyboard.press("Control+Shift+Enter")  # from within the text: what stands there is what is sent
    expect(page.locator(f".st-key-approve-{first}")).to_have_count(0, timeout=PATIENCE_MS)
    decided = {row["post_id"]: row for row in Database(stack.dsn).read("drafts_decided", since=EVER, count=9)}
    assert decided[first]["final_text"] == "We are sorry, and tonight we call you. We promise."

    second = on_desk(page)
    tab_to(page, f".st-key-fold-{second} summary")
    page.keyboard.press("Enter")
    tab_to(page, f".st-key-reason-{second}", most=1)
    page.keyboard.press("Shift+Tab")  # a look back at the text does not lose the way in
    tab_to(page, f".st-key-reason-{second}", most=1)
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(1_000)
    tab_to(page, f".st-key-reject-{second}", most=2)
    page.keyboard.press("Enter")
    expect(page.locator(f".st-key-approve-{second}")).to_have_count(0, timeout=PATIENCE_MS)
    decided = {row["post_id"]: row for row in Database(stack.dsn).read("drafts_decided", since=EVER, count=9)}
    assert decided[second]["state"] == "rejected"
    assert decided[second]["reason"].startswith("Wrong tone")

    third = on_desk(page)
    expect(page.locator(f".st-key-fold-{third} details[open]")).to_have_count(0)
    page.locator("h1").first.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("n")
    expect(page.locator(f".st-key-approve-{third}")).to_have_count(0, timeout=PATIENCE_MS)
    assert on_desk(page) not in (first, second, third)


def test_a_colleague_s_claim_is_seen_and_cannot_be_taken(open_page: Callable[..., Page]) -> None:
    ada, ben = open_page("replies"), open_page("replies")
    ada.locator(".st-key-take-next button").click()
    mine = on_desk(ada)
    queued = ben.locator(f".st-key-queued-{mine}")
    expect(queued).to_contain_text("in review by", timeout=PATIENCE_MS)
    expect(queued.locator("button")).to_be_disabled()
