"""Every word of the pages, from one catalogue file a language (`catalogues/en.toml`), in the viewer's language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Entry: TypeAlias = str | Mapping[str, str]
"""One wording; or `one` for n = 1 and `other` for the rest, in languages that tell them apart."""

FOLDER: Final = Path(__file__).with_name("catalogues")
LANGUAGES: Final = {"en": "English", "zh": "中文"}
"""By the name of the catalogue's file; each is called what its readers call it."""
FALLBACK: Final = "en"
KEY: Final = "language"
"""Of the picker, in the state of a viewer's session."""
DEFAULT_KEY: Final = "default-language"
"""Of the setting `dashboard_language`, in the state of a viewer's session."""
PARAMETER: Final = "lang"
"""Of an address: `?lang=zh` opens a page in Chinese."""


def say(key: str, **values: object) -> str:
    """What the catalogue of the viewer's language has under a key.

    Args:
        key: "section.name", as the catalogues have it.
        values: what the wording's placeholders stand for, as it is: nothing is escaped. `n` also tells one from many.

    Raises:
        KeyError: no such key, or the wording has a placeholder without a value.
    """
    entry = catalogue(language())[key]
    if not isinstance(entry, str):
        entry = entry["one" if values["n"] == 1 and "one" in entry else "other"]
    return entry.format(**values)


def name_of(section: str, value: str) -> str:
    """The word for a value that a program gave, such as a label or a reason; one that no catalogue knows, as words.

    >>> name_of("sentiment", "negative"), name_of("intent", "a_label_of_tomorrow")
    ('negative', 'a label of tomorrow')
    """
    known = catalogue(language()).get(f"{section}.{keyed(value)}")
    return known if isinstance(known, str) else value.replace("_", " ")


def keyed(value: str) -> str:
    """A value as the catalogues' keys write it.

    >>> keyed("M&A | Investments"), keyed("needs a key")
    ('m_a_investments', 'needs_a_key')
    """
    return re.sub(r"\W+", "_", value.lower()).strip("_")


def language() -> str:
    """The viewer's: as the picker says, else the address, the setting, the browser; English outside of a page."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return FALLBACK
    asked = st.session_state.get(KEY) or st.query_params.get(PARAMETER) or st.session_state.get(DEFAULT_KEY)
    return str(asked) if asked in LANGUAGES else of_browser(st.context.locale)


def of_browser(locale: str | None) -> str:
    """The language among ours of a browser's locale.

    >>> of_browser("zh-TW"), of_browser("fr"), of_browser(None)
    ('zh', 'en', 'en')
    """
    first = re.split(r"[-_]", locale or "")[0].lower()
    return first if first in LANGUAGES else FALLBACK


@cache
def catalogue(name: str) -> dict[str, Entry]:
    """A language's wordings by "section.name"."""
    sections: Mapping[str, Mapping[str, Any]] = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{key}": entry for section, entries in sections.items() for key, entry in entries.items()}
