"""Tickers and names of firms that are also words: which they are, and what around one says that the firm is meant."""

from __future__ import annotations

import re
from typing import Final

WORDS: Final = frozenset(
    """
    a aa agio ai air all am an and any api app are arm art as ask at atm aws bad ball be beam beat best big bill bit
    blue bold boot box buy by cake can car care cars cash cat cd ceo chef cool corn cost cube cup cure cv dad day dd
    dna do dog dow dry ear ease east eat edit elf else er esg est etf eu ev eve ever eyes fact fan far fast fat fed
    fit five fix flag flow fly for form fox free fun gain gap gas gdp get go gold good grow gun gym hand has he hear
    help her hi high him his hold home hood hope hot hour hr hull i ice if imo in info ipo irs is it its jack job
    joe joy key kid kids kind king land late law leap lid life like line live loan loop lot love low luck ma mad
    main man map mark mat max may me meet men meta mid min mind mod mom mood more move my net new news next nice no
    now o odd of off oh old on one open or our out own pace park past path pay pc peak pen pet pick plan play plug
    plus pm pop post pot pro pump pure r rad rare raw real red ride ring rise road rock root run s sad safe sage
    sand save sea sec see self sell she ship shop sign site six sky slow snap snow so soft sold son soul spot star
    stay stem stop sun sure t talk tap task team tech tell ten the then they tip to tool top toy trip true turn tv
    two uk up us usa use v very vip vr wait walk war was wave way we well west what who why win wing wish wood work
    x yes yet you z zip zone
    apple block capital chase citizens discover discovery frontier gap global hanover match oracle progress
    progressive regions root shell square target travelers truth unity visa
    """.split()  # noqa: SIM905
)
"""Words that people write when they mean no firm; a ticker of one or two letters is one of them in any case."""

_MARKET: Final = r"(?:NYSE|NASDAQ|AMEX|LSE|LON|TSX|ASX|ETR|EPA|HKG)"
_ACTED_ON: Final = (
    r"(?:shares? of|stock of|long|short(?:ed|ing)?|bought|buying|sold|selling|own(?:ing)?|hold(?:ing)?|ticker|symbol)"
)
_OF_A_SHARE: Final = (
    r"(?:stock|shares?|calls?|puts?|options|earnings|dividends?|bulls?|bears?|holders?|price target|pt|guidance|eps)"
)


def is_word(name: str) -> bool:
    """Whether a ticker or a name is also a word.

    >>> [is_word(name) for name in ("ALL", "IT", "A", "HRBL", "Target", "Harborline Bank")]
    [True, True, True, False, True, False]
    """
    plain = name.lower()
    return plain in WORDS or (name.isupper() and len(name.partition(".")[0]) <= 2)


def context_of(ticker: str) -> re.Pattern[str]:
    """What says that a ticker, which is also a word, is meant as one: a market, brackets, or talk of its shares.

    >>> texts = ("Allstate (ALL) falls", "NYSE: ALL", "sold ALL today", "ALL shares", "sold ALL of it")
    >>> [bool(context_of("ALL").search(text)) for text in texts]
    [True, True, True, True, False]
    """
    name = re.escape(ticker)
    return re.compile(
        rf"\b{_MARKET}\s?:\s?{name}\b|(?<=[a-z] )\({name}\)"
        rf"|\b(?i:{_ACTED_ON})\s+{name}\b(?!\s+(?i:of|the|my|our|your|his|her|their|in|is|that))"
        rf"|\b{name}(?:'s)?\s+(?i:{_OF_A_SHARE})\b"
    )


def is_shouted(text: str) -> bool:
    """Whether a text is written in capitals, so that a word in capitals says nothing.

    >>> is_shouted("ALL MY MONEY IS GONE"), is_shouted("HRBL falls after the outage"), is_shouted("(NYSE: HRBL)")
    (True, False, False)
    """
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 1]
    return len(words) >= 5 and sum(word.isupper() for word in words) > 0.6 * len(words)
