"""What axe-core finds on every page, in both themes: nothing serious but what Streamlit's own markup causes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.boards import PATIENCE_MS

PATHS: Final = ("", "replies", "incident", "explore", "post", "labels", "model", "sources", "admin")
GRAVE: Final = {"serious", "critical"}
OF_STREAMLIT: Final[dict[str, tuple[str, ...]]] = {}
"""By rule: selectors of Streamlit's own elements that break it, which this project cannot mend (docs/dashboard.md)."""


def grave(page: Page) -> list[str]:
    """Findings that axe calls serious or critical, each with its element."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['html'][:160]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
        if not any(part in str(node["target"]) + node["html"] for part in OF_STREAMLIT.get(one["id"], ()))
    ]


@pytest.mark.parametrize("path", ["sources", "admin"])
def test_axe_finds_nothing_grave_in_tables_that_scroll_on_a_narrow_screen(
    open_page: Callable[..., Page], path: str
) -> None:
    page = open_page(path, width=400)
    page.wait_for_selector(".gw-table, .gw-empty")
    page.wait_for_timeout(1_000)
    assert grave(page) == []
    menu = page.locator("[data-testid=stMainMenuButton]").bounding_box()
    assert menu is not None
    assert menu["x"] + menu["width"] <= 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_grave_that_is_ours(open_page: Callable[..., Page], path: str, scheme: str) -> None:
    page = open_page(path, scheme=scheme)
    if path in ("", "incident"):
        page.wait_for_selector("svg.marks, .gw-incident", timeout=PATIENCE_MS)
    page.wait_for_timeout(1_500)
    assert grave(page) == []


def test_axe_finds_nothing_grave_on_a_narrow_screen_in_chinese(open_page: Callable[..., Page]) -> None:
    page = open_page("replies", width=400, locale="zh-CN")
    page.wait_for_selector(".st-key-take-next button")
    page.locator(".st-key-take-next button").click()
    page.wait_for_selector("textarea")
    assert page.evaluate("document.documentElement.lang") == "zh"
    assert grave(page) == []
