"""No page says anything that is not in the catalogues: literals that read as words are looked for in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from dashboard import words

FOLDER = words.FOLDER.parent
FOR_PROGRAMS = {"api.py", "api_models.py", "bounds.py", "door.py"}
"""The HTTP API speaks English."""
PAGES: Final = [path for path in sorted(FOLDER.rglob("*.py")) if path.name not in FOR_PROGRAMS]
OURS = {"Groundswell", *words.LANGUAGES.values()}
READS = re.compile(r"[a-z]{2,} [a-z]{2,}|^[A-Z][a-z]+$|^[A-Z][a-z]+ [a-z]")
"""Two words in a row, or one that begins with a capital letter."""
SHOWN = {
    "button", "caption", "checkbox", "date_input", "download_button", "empty", "error", "expander", "fold", "head",
    "info", "kpi", "markdown", "multiselect", "page_title", "popover", "radio", "segmented_control", "selectbox",
    "success", "text_area", "text_input", "title", "toast", "toggle", "warning", "write",
}  # fmt: skip
"""Calls whose first argument a viewer reads."""


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts with their lines; docstrings, logs, errors and what lies in a `say` are left out."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        logged = isinstance(node, ast.Call) and _name(node.func).startswith("LOG.")
        if docstring or logged or isinstance(node, ast.Raise):
            parts = [node]
        elif isinstance(node, ast.JoinedStr):
            parts = [value for value in node.values if isinstance(value, ast.Constant)]
        silent |= {id(inner) for part in parts for inner in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values),
            )


def _name(func: ast.expr) -> str:
    return ast.unparse(func)


def visible(text: str) -> str:
    """A literal without its tags and without what only a browser or a style sheet reads."""
    if re.search(r"data-testid|font-family|%\(|:material/", text):
        return ""
    bare = re.sub(r"<[^<>]*>|<[^<>]*$|^[^<>]*>", " ", text)
    return re.sub(r"\{\}|&\w+;", " ", bare)


def spoken(path: Path) -> list[str]:
    """Words of a file that stand in no catalogue, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {line: text for line, text in literals(tree) if READS.search(visible(text)) and visible(text) not in OURS}
    for node in ast.walk(tree):
        called = _name(node.func).split(".") if isinstance(node, ast.Call) else [""]
        if isinstance(node, ast.Call) and called[-1] in SHOWN and called[0] != "LOG" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and re.search("[A-Za-z]{2}", visible(str(first.value))):
                found[node.lineno] = str(first.value)
    return [f"{path.name}:{line}: {text!r}" for line, text in sorted(found.items())]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_says_nothing_that_is_not_in_the_catalogues(path: Path) -> None:
    assert spoken(path) == []


def test_a_word_in_the_code_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text(
        'def f(n):\n    """Fine: a docstring."""\n    st.button("ok", key="not-seen")\n'
        '    st.html(f"<p class=\\"gw-x\\">{n} drafts are waiting</p>")\n    raise ValueError("this is not shown")\n'
    )
    assert [line.split(": ")[0] for line in spoken(page)] == ["page.py:3", "page.py:4"]


def test_every_key_that_a_page_asks_for_is_there_and_every_one_there_is_asked_for() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    known = words.catalogue(words.FALLBACK)
    for key in re.findall(r"""say\(\s*["'](\w+\.\w+)["']""", code):
        assert key in known
    # a section of values is asked for by its name, or by a key that is put together
    values = (
        {"pages"}
        | set(re.findall(r"""["'](\w+)["']""", code))
        | set(re.findall(r"""["'](\w+)\.\w*(?:\{|["'] \+)""", code))
    )
    unused = [
        key for key in known if f'"{key}"' not in code and f"'{key}'" not in code and key.split(".")[0] not in values
    ]
    assert unused == []
