"""Signing in at a provider in Chromium: who is let in, what her role lets her do, and whose name is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.audit import Asked
from storage.postgres import Database
from tests.e2e.boards import Stack, dashboard, opened
from tests.oidc_provider import CLIENT, SECRET, provider
from tests.seed import seed
from tests.services import PostgresServer, free_port, served

ACCOUNTS: dict[str, dict[str, Any]] = {
    "vera": {"name": "Vera Vane", "email": "vera@bank.example", "email_verified": True},
    "ana": {"name": "Ana Lyst", "email": "ana@bank.example", "email_verified": True, "groups": ["risk"]},
    "rex": {"name": "Rex View", "email": "rex@bank.example", "email_verified": True, "groups": ["replies"]},
    "adam": {"name": "Adam Min", "email": "adam@bank.example", "email_verified": True},
    "mallory": {"name": "Adam Min", "email": "adam@bank.example", "email_verified": False},
}
ROLES = "adam@bank.example=admin group:replies=reviewer group:risk=analyst @bank.example=viewer"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with served(PostgresServer) as postgres, provider(ACCOUNTS) as address:
        dsn = postgres.create_database()
        database = Database(dsn)
        database.migrate()
        incident_id = seed(database, datetime.now(UTC), hours=1)
        database.close()
        port = free_port()
        settings = {
            "oidc_metadata_url": address, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "roles": ROLES,
            "oidc_cookie_secret": "of-the-test-of-the-test-of-the-test", "dashboard_url": f"http://127.0.0.1:{port}",
        }  # fmt: skip
        with dashboard(dsn, tmp_path_factory.mktemp("dashboard") / "log", port, **settings) as url:
            yield Stack(url, dsn, incident_id, postgres)


@pytest.fixture
def signed_in(browser: Browser, stack: Stack) -> Iterator[Any]:
    pages: list[Page] = []

    def as_(subject: str, waits_for: str = ".gw-headline", path: str = "") -> Page:
        page = opened(browser, f"{stack.url}/{path}", waits_for=".st-key-sign-in button")
        pages.append(page)
        page.locator(".st-key-sign-in button").click()
        page.locator(f"#{subject}").click()
        page.wait_for_selector(waits_for)
        return page

    yield as_
    for page in pages:
        page.context.close()


def follow(page: Page, path: str, stack: Stack, waits_for: str = ".gw-page") -> None:
    page.goto(f"{stack.url}/{path}")
    page.wait_for_selector(waits_for)


@pytest.mark.parametrize("path", ["", "replies", "incident", "sources", "admin"])
def test_nothing_is_shown_to_whoever_has_not_signed_in(browser: Browser, stack: Stack, path: str) -> None:
    page = opened(browser, f"{stack.url}/{path}", waits_for=".st-key-sign-in button")
    assert page.locator(".gw-headline, .gw-post, .gw-message, .gw-table, .gw-kpi").count() == 0
    expect(page.locator(".gw-empty")).to_contain_text("Sign in to see this dashboard")
    page.context.close()


def test_a_viewer_sees_and_changes_nothing(signed_in: Any, stack: Stack) -> None:
    page = signed_in("vera")
    expect(page.locator(".gw-incident").first).to_be_visible()
    assert page.locator("[class*=st-key-ack-], .st-key-take-next").count() == 0
    follow(page, "replies", stack, ".gw-queued")
    expect(page.locator("[class*=st-key-open-] button").first).to_be_disabled()
    assert page.locator(".st-key-analyst").count() == 0
    assert page.get_by_text("Administration").count() == 0


def test_an_analyst_acknowledges_in_her_own_name_and_decides_nothing(signed_in: Any, stack: Stack) -> None:
    page = signed_in("ana")
    page.locator(f".st-key-ack-{stack.incident_id} button").click()
    expect(page.locator(".gw-incident").first).to_contain_text("acknowledged by Ana Lyst")
    database = Database(stack.dsn)
    assert database.read("incident", incident_id=stack.incident_id)[0]["acknowledged_by"] == "Ana Lyst"
    (entry,) = database.audit.read(Asked(action="incident"), 9)
    assert (entry.by, entry.subject) == ("Ana Lyst", stack.incident_id)
    assert page.locator(".st-key-take-next").count() == 0


def test_a_reviewer_decides_in_her_own_name(signed_in: Any, stack: Stack) -> None:
    page = signed_in("rex")
    follow(page, "replies", stack, ".st-key-take-next button")
    page.locator(".st-key-take-next button").click()
    page.locator("[class*=st-key-approve-] button").click()
    expect(page.locator(".st-key-card-decided")).to_contain_text("approved by Rex View")
    (entry,) = Database(stack.dsn).audit.read(Asked(action="draft.approved"), 9)
    assert (entry.by, entry.detail["key"]) == ("Rex View", "user-rex")


def test_an_admin_reads_who_did_what(signed_in: Any, stack: Stack) -> None:
    Database(stack.dsn).audit.add("Eve <b>", "draft.released", "p9", {"reason": "<i>no"}, datetime.now(UTC))
    page = signed_in("adam")
    follow(page, "admin", stack, ".st-key-card-audit .gw-table")
    table = page.locator(".st-key-card-audit .gw-table")
    expect(table).to_contain_text("Eve <b>")
    assert table.locator("b, i").count() == 0
    page.locator(".st-key-audit-by input").fill("nobody of this name")
    page.locator(".st-key-audit-by input").press("Enter")
    expect(page.locator(".st-key-card-audit")).to_contain_text("No entry")


def test_who_takes_an_admin_s_unverified_address_is_not_let_in(signed_in: Any) -> None:
    page = signed_in("mallory", ".gw-empty")
    expect(page.locator(".gw-empty")).to_contain_text("Adam Min has no role here")
    assert page.locator(".gw-headline").count() == 0


def test_a_webhook_s_link_opens_its_incident_after_the_sign_in_and_only_once(signed_in: Any, stack: Stack) -> None:
    resolved = "5eed" * 8
    page = signed_in("ana", f".st-key-incident-resolved-{resolved}", path=f"?incident={resolved}")
    expect(page).to_have_url(f"{stack.url}/incident?incident={resolved}")
    assert page.locator(f".st-key-incident-firing-{stack.incident_id}").count() == 0
    page.wait_for_function("!document.cookie.includes('groundswell-opened')")
    other = page.context.new_page()
    other.goto(stack.url)
    other.wait_for_selector(".gw-headline")


def test_any_page_s_address_opens_after_the_sign_in(signed_in: Any, stack: Stack) -> None:
    page = signed_in("vera", ".st-key-card-heat", path="explore?entity=HRBL&span=6h&rows=topic")
    expect(page).to_have_url(re.compile(r"/explore\?(?=.*entity=HRBL)(?=.*span=6h)(?=.*rows=topic)"))


def test_whoever_signs_out_is_a_stranger_again(signed_in: Any, stack: Stack) -> None:
    page = signed_in("vera")
    page.locator(".st-key-account button").first.click()
    page.locator(".st-key-sign-out button").click()
    page.wait_for_selector(".st-key-sign-in button")
    page.goto(stack.url)
    page.wait_for_selector(".st-key-sign-in button")
    assert page.locator(".gw-headline").count() == 0
