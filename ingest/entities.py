"""Finds which watched firms a text is about: cashtags, tickers, and the names on a watchlist."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final

from core.ambiguous import context_of, is_shouted, is_word
from core.configuration import Institution
from core.errors import SetupError

MOST_ENTITIES: Final = 50
"""As many as a post may carry (core.posts)."""
_CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z]{1,6}(?:\.[A-Za-z]{1,2})?)(?![\w$])")


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The firms that are watched: how people write their names, and which handles are the firms' own."""

    tickers: Mapping[str, str]
    """By name in lower case, the ticker."""
    handles: frozenset[str] = frozenset()
    """Without @, lower case; never masked."""
    firsts: Mapping[str, str] = field(default_factory=dict)
    """By a firm's further tickers, its first, which stands for it."""
    _names: re.Pattern[str] | None = field(init=False, compare=False, repr=False)
    _symbols: re.Pattern[str] | None = field(init=False, compare=False, repr=False)
    _contexts: Mapping[str, re.Pattern[str]] = field(init=False, compare=False, repr=False)
    """By ticker that is also a word, what says that it is meant."""

    def __post_init__(self) -> None:
        # the longest first, so that "Harborline Bank" is not read as "Harborline"
        names = sorted(map(re.escape, self.tickers), key=len, reverse=True)
        pattern = re.compile(rf"(?<![\w@#$])[@#]?({'|'.join(names)})(?!\w)", re.IGNORECASE) if names else None
        object.__setattr__(self, "_names", pattern)
        symbols = {*self.tickers.values(), *self.firsts}
        plain = sorted(map(re.escape, (s for s in symbols if not is_word(s))), key=len, reverse=True)
        pattern = re.compile(rf"(?<![\w@#$.&-])({'|'.join(plain)})(?![\w&]|-\w|\.\w)") if plain else None
        object.__setattr__(self, "_symbols", pattern)
        object.__setattr__(self, "_contexts", {s: context_of(s) for s in symbols if is_word(s)})

    def find(self, text: str, known: Iterable[str] = ()) -> tuple[str, ...]:
        """Tickers named in a text, in the order they appear, after those already `known`; each once, at most 50.

        >>> watchlist = Watchlist({"harborline bank": "HRBL", "harborline": "HRBL"})
        >>> watchlist.find("Harborline's app is down, $qln and $HRBL fall", known=["TNB"])
        ('TNB', 'HRBL', 'QLN')
        """
        known = tuple(known)
        tags = ((match.start(), match.group(1).upper()) for match in _CASHTAG.finditer(text))
        found = [(place, self.firsts.get(tag, tag)) for place, tag in tags]
        if self._names is not None:
            found += [
                (m.start(), self.tickers[m.group(1).lower()]) for m in self._names.finditer(text) if _is_meant(m, text)
            ]
        if not is_shouted(text):
            found += self._bare(text)
        ordered = [ticker.upper() for ticker in known] + [ticker for _, ticker in sorted(found)]
        return tuple(dict.fromkeys(ordered))[:MOST_ENTITIES]

    def _bare(self, text: str) -> Iterator[tuple[int, str]]:
        """Tickers without a $; one that is also a word only where its context says so."""
        if self._symbols is not None:
            for match in self._symbols.finditer(text):
                yield match.start(), self.firsts.get(match[1], match[1])
        for symbol, context in self._contexts.items():
            if (match := context.search(text)) is not None:
                yield match.start(), self.firsts.get(symbol, symbol)


def _is_meant(match: re.Match[str], text: str) -> bool:
    """A name that is also a word must be written with its capital, and not because a sentence begins."""
    name = match[1]
    if not is_word(name) or match.group()[0] in "@#":
        return True
    before = text[: match.start()].rstrip()
    return name[0].isupper() and not is_shouted(text) and bool(before) and before[-1] not in '.!?:\n“"'


def choose_watchlist(path: str, institutions: Sequence[Institution]) -> Watchlist:
    """The watchlist in the file of the setting; without one, the configuration's institutions, or else the demo's.

    Raises:
        SetupError: the file is missing, or not of its form.
    """
    if path or not institutions:
        return read_watchlist(path)
    names: dict[str, str] = {}
    for firm in institutions:
        for name in (firm.name, *firm.aliases, *firm.handles, *firm.products):
            names[name.lower()] = firm.tickers[0]
    firsts = {ticker: firm.tickers[0] for firm in institutions for ticker in firm.tickers[1:]}
    return Watchlist(names, frozenset(handle.lower() for firm in institutions for handle in firm.handles), firsts)


def read_watchlist(path: str = "") -> Watchlist:
    """The watchlist in a TOML file; an empty path means the demo's, of invented firms.

    Each firm is a table: `[[firm]]` with `ticker`, `names` (a list) and, if it has any, `handles`.

    Raises:
        SetupError: the file is missing, or not of that form.
    """
    try:
        file = Path(path).expanduser() if path else files("ingest").joinpath("watchlist.toml")
        firms = tomllib.loads(file.read_text(encoding="utf-8"))["firm"]
        tickers = {name.lower(): firm["ticker"].upper() for firm in firms for name in firm["names"]}
        handles = {handle.lower() for firm in firms for handle in firm.get("handles", ())}
        tickers |= {handle.lower(): firm["ticker"].upper() for firm in firms for handle in firm.get("handles", ())}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SetupError(f"cannot read the watchlist {path or 'of the demo'}: {exc}") from exc
    except (KeyError, TypeError, AttributeError) as exc:
        raise SetupError(f"the watchlist {path} needs [[firm]] tables with a ticker and a list of names") from exc
    return Watchlist(tickers, frozenset(handles))
