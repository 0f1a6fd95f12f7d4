"""Text, times and languages as sites send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MalformedItem
from ingest.clean import bounded, cut, html_to_text, language, tidy
from tests.builders import NOON

HTML = [
    ("plain", "plain"),
    ("<p>one</p><p>two</p>", "one two"),
    ("a<br/>b", "a b"),
    ("un<b>believ</b>able", "unbelievable"),
    ("<style>p{}</style>seen<script>alert(1)</script>", "seen"),
    ("R&amp;D &lt;3 &#8364;5&nbsp;m", "R&D <3 €5 m"),
    ("x < y and y > x", "x < y and y > x"),
    ("<ul><li>one<li>two</ul>", "one two"),
    ('<img src="x" alt="chart"> text', "text"),
    ("<p>never closed", "never closed"),
    ("</p></p>stray", "stray"),
    ("<!-- hidden -->shown", "shown"),
    ("</script>after a stray end tag", "after a stray end tag"),
]


@pytest.mark.parametrize(("html", "text"), HTML)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text(alphabet="<>/!-&;#abp \x00\"'=", max_size=60))
def test_broken_html_raises_nothing(html: str) -> None:
    html_to_text(html)


@given(st.text(st.characters(), max_size=60))
def test_tidy_text_can_be_stored(text: str) -> None:
    shown = tidy(text)
    shown.encode()
    assert "\x00" not in shown
    assert tidy(shown) == shown


def test_a_long_article_is_cut_between_words() -> None:
    assert cut("word " * 5_000) == ("word " * 4_000).rstrip()
    assert len(cut("x" * 30_000)) == 20_000


def test_a_future_date_becomes_the_time_of_the_fetch() -> None:
    assert bounded(NOON + timedelta(days=300), NOON) == NOON
    assert bounded(NOON - timedelta(days=3), NOON) == NOON - timedelta(days=3)


@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 3, 2)])  # noqa: DTZ001
def test_a_date_that_was_never_set_or_has_no_zone_is_malformed(moment: datetime) -> None:
    with pytest.raises(MalformedItem):
        bounded(moment, NOON)


FOREIGN = [
    ("es", "La app del banco lleva caída toda la mañana y no puedo pagar el alquiler."),
    ("es", "Sin acceso a mi cuenta otra vez"),
    ("de", "Schon wieder keine Überweisung möglich"),
    ("fr", "Toujours pas de virement, impossible de joindre le service client."),
    ("it", "La mia carta è stata rifiutata al supermercato"),
    ("pt", "O aplicativo do banco está fora do ar desde cedo"),
    ("nl", "De app van de bank ligt er alweer uit, ik kan niet betalen"),
    ("pl", "Aplikacja banku znowu nie działa, nie mogę zapłacić"),
    ("tr", "Bankanın uygulaması yine çalışmıyor"),
    ("zh", "银行的应用程序又崩溃了"),
    ("ja", "銀行のアプリがまた落ちている"),
    ("ru", "Приложение банка снова не работает"),
    ("ar", "تطبيق البنك لا يعمل مرة أخرى"),
]


@pytest.mark.parametrize(("code", "text"), FOREIGN)
def test_another_language_is_named(code: str, text: str) -> None:
    assert language(text) == code


ENGLISH = [
    "Harborline app is DOWN again",
    "wages missing, app dead, nobody answering. good job harborline",
    "$CBRK up 11% new ATH",
    "gross margin 48.6%!! how!!",
    "RT @desk: Futures flat, Brent -0.8%",
    "Upgrades: $ARWR $CACI $CF $DECK",
    "no dinner tonight",
    "lol",
    "😡😡😡",
    "",
    "https://example.com/a",
    "Deutsche Telekom to cut costs at T-Systems",
    "mint tea and candle charts",
]


@pytest.mark.parametrize("text", ENGLISH)
def test_english_and_what_cannot_be_told_is_not_called_foreign(text: str) -> None:
    assert language(text) in ("en", None)
