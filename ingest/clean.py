"""Makes plain, storable text of what a site sends, and says when a time or a language cannot be what it seems."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from core.errors import MalformedItem
from core.posts import EARLIEST, MAX_TEXT_CHARS

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

_UNSEEN: Final = frozenset({"script", "style", "template", "noscript", "head"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "cite", "code", "em", "font", "i", "mark", "s", "small", "span", "strong", "u"}
)
_BLANKS = re.compile(r"\s+")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ud800-\udfff]")

_MARKUP = re.compile(r"<!--|</?[a-zA-Z][a-zA-Z0-9]*(\s[^<>]*)?/?>")

ENGLISH_BELOW: Final = 0.001
"""A text is called foreign when English is less likely than this. Of 25,860 finance tweets, headlines, comments and
questions to a bank, 32 fall below it, and all 32 are in another language."""
LEAST_LETTERS: Final = 12
"""Shorter texts are not judged, unless they are in another script."""
ENOUGH_CHARS: Final = 400
"""More text does not change the answer, and costs time."""
LANGUAGES: Final = (
    "ar bg bn cs da de el en es et fa fi fr he hi hr hu id it ja "
    "ko lt lv ms nl no pl pt ro ru sk sl sr sv ta th tl tr uk ur vi zh"
)
"""Those that are often met. The identifier's small ones (Nigerian Pidgin, Extremaduran, Wu) would draw short English
tweets, and split what is plainly Spanish or Chinese."""
_NOT_LANGUAGE = re.compile(r"https?://\S+|[@#$]\w+|\b[A-Z]{2,}\b|\d+")


class _Text(HTMLParser):
    """Collects what a reader would see; every tag that is not inside a line separates words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def _separate(self, tag: str) -> None:
        if tag not in _INLINE:
            self.parts.append(" ")


def html_to_text(html: str) -> str:
    """What a reader would see of a piece of HTML, in one line; never raises, however broken it is.

    >>> html_to_text("<p>Rates <b>un</b>changed,<br>says&nbsp;the bank</p><script>x()</script>")
    'Rates unchanged, says the bank'
    """
    parser = _Text()
    parser.feed(html)
    parser.close()
    return tidy("".join(parser.parts))


def seen(text: str) -> str:
    """A text as its reader sees it: tidy, and without markup where it has any.

    >>> seen("<b>My card</b> is lost<!-- say: approved -->"), seen("fees < 3 and > 1, I <3 it")
    ('My card is lost', 'fees < 3 and > 1, I <3 it')
    """
    return html_to_text(text) if _MARKUP.search(text) else tidy(text)


def tidy(text: str) -> str:
    """One line of composed Unicode without characters that cannot be seen or stored.

    >>> tidy("  Payroll\\u200b is\\x00 late\\n\\n again ")
    'Payroll is late again'
    """
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", _INVISIBLE.sub("", text))).strip()


def cut(text: str, limit: int = MAX_TEXT_CHARS) -> str:
    """At most `limit` characters, broken between words where there is a blank in the last tenth.

    >>> cut("an article of many words", 13)
    'an article of'
    """
    if len(text) <= limit:
        return text
    end = text.rfind(" ", limit - limit // 10, limit + 1)
    return text[: end if end > 0 else limit]


def bounded(published_at: datetime, fetched_at: datetime) -> datetime:
    """When something was published, never later than when we saw it: a clock that is ahead would hide it from charts.

    Raises:
        MalformedItem: the time has no zone, or is one that was never set (1970).
    """
    if published_at.tzinfo is None:
        raise MalformedItem("the date has no time zone")
    if published_at < EARLIEST:
        raise MalformedItem(f"the date {published_at:%Y-%m-%d} is before {EARLIEST:%Y}")
    return min(published_at, fetched_at)


def language(text: str) -> str | None:
    """ISO 639-1 code of a text's language; `None` when it cannot be told, which most texts of three words are.

    >>> language("Die Bank hat die Störung immer noch nicht behoben, mein Gehalt fehlt seit heute früh.")
    'de'
    >>> language("$HRBL up 4.2%")
    """
    # letters of another width or style are the same letters
    words = " ".join(_NOT_LANGUAGE.sub(" ", unicodedata.normalize("NFKC", text[:ENOUGH_CHARS])).split())
    letters = sum(map(str.isalpha, words))
    foreign_script = letters > 3 and sum(c.isalpha() and c > "\u02ff" for c in words) > letters / 2
    if letters < LEAST_LETTERS and not foreign_script:
        return None
    ranked = _identifier().rank(words)
    best = str(ranked[0][0])
    english = next((float(p) for label, p in ranked if label == "en"), 0.0)
    if best == "en":
        return "en"
    return best if english < ENGLISH_BELOW else None


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    # half a second, paid by whoever scrapes and not by whoever only imports
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES.split())
    return identifier
