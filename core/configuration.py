"""What `groundswell.toml` holds: whom to watch, where to read, which lines to draw, whom to tell, and what to answer.

Text in, values out; the file itself is read by `ingest.configured`. Every fault names the file, its line and the field.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from core.alerting import DEFAULT_RECEIVER
from core.durations import Duration
from core.errors import SetupError
from core.posts import Channel
from core.route_files import InhibitRule, Receiver, RouteTable, SilenceTable, TimeInterval, faults_between
from core.routing import Audience, Route, Routing
from core.rule_files import RuleTable
from core.rules import Rule
from core.sources import Kind, Source, faults, make_source, written
from core.toml_lines import line_of

FILE: Final = "groundswell.toml"

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Ticker = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,6}(\.[A-Z]{1,2})?$")]
Handle = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]


class Misplaced(ValueError):
    """A fault that only the whole file shows, with its place."""

    def __init__(self, said: str, *place: str | int) -> None:
        super().__init__(said)
        self.place = place


class Table(BaseModel):
    """A table of the file; a field that it does not know is a fault, since it is mostly a slip of the pen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Institution(Table):
    """A firm that is watched."""

    name: Name
    tickers: Annotated[tuple[Ticker, ...], Field(min_length=1)]
    """The first is the one that posts, series and alerts bear as its entity."""
    aliases: tuple[Name, ...] = ()
    """Other ways in which people write its name."""
    handles: tuple[Handle, ...] = ()
    """Its own accounts, without @; they are never masked."""
    products: tuple[Name, ...] = ()
    """Names that are its alone, as an app's; a post that says one is about the firm."""
    desk: Annotated[str, StringConstraints(max_length=80)] = ""
    """Who looks after it; a label of its alerts."""


class SourceTable(Table):
    """A place that is read; what it does not say, its kind says (core.sources)."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
    """Part of every post's id: a site that is renamed is read again from its start."""
    kind: Kind = Kind.FEED
    url: Annotated[str, StringConstraints(max_length=2_000, strip_whitespace=True)] = ""
    query: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] = ""
    """What is looked for there: words, a hashtag, a ticker, an app."""
    every: Duration | None = None
    """How often it is read."""
    channel: Channel | None = None
    """Of items that do not say their own."""
    key: Annotated[str, StringConstraints(pattern=r"^([A-Z][A-Z0-9_]{0,79})?$")] = ""
    """Name of the environment variable that holds the key; never the key."""
    articles: bool = False
    """Whether the page behind an item is read where a feed has only a summary."""

    @model_validator(mode="after")
    def _is_written_as_a_source(self) -> SourceTable:
        if self.every is not None and not 5 <= self.every.total_seconds() <= 86_400:
            raise Misplaced("is not between 5s and 1d", "every")
        return self

    def source(self) -> Source:
        every_s = int(self.every.total_seconds()) if self.every is not None else 0
        said = {"query": self.query, "every_s": every_s, "channel": self.channel, "key": self.key}
        return make_source(self.name, self.kind, self.url, articles=self.articles, **said)


class PlaybookTable(Table):
    """What a reply may say."""

    path: str = ""
    """Beside this file, unless it is absolute; empty is the one that comes with the program."""


class Configuration(Table):
    """The whole file; all of it may be left out."""

    institutions: tuple[Institution, ...] = ()
    sources: tuple[SourceTable, ...] = ()
    rules: tuple[RuleTable, ...] = ()
    route: RouteTable = Field(default_factory=RouteTable)
    receivers: tuple[Receiver, ...] = ()
    inhibit_rules: tuple[InhibitRule, ...] = ()
    time_intervals: tuple[TimeInterval, ...] = ()
    silences: tuple[SilenceTable, ...] = ()
    playbook: PlaybookTable = Field(default_factory=PlaybookTable)

    @model_validator(mode="after")
    def _is_consistent(self) -> Configuration:
        for fault in _faults(self):
            raise fault
        return self

    def written_sources(self) -> str:
        """The sources as GROUNDSWELL_SOURCES would hold them; empty without any."""
        return " ".join(written(table.source()) for table in self.sources)

    def drawn_rules(self) -> tuple[Rule, ...]:
        """The lines that are drawn beside the detector."""
        return tuple(table.rule() for table in self.rules)

    def routing(self, dashboard_url: str) -> Routing:
        """Everything that decides who is told."""
        hours = {one.name: tuple(table.interval() for table in one.time_intervals) for one in self.time_intervals}
        own = {one.name: Audience(one.send_resolved, one.max_alerts) for one in self.receivers}
        return Routing(
            route=self.route.route(Route(), hours),
            audiences={DEFAULT_RECEIVER: Audience(), **own},
            inhibitions=tuple(rule.inhibition() for rule in self.inhibit_rules),
            silences=tuple(table.silence(f"file-{number}") for number, table in enumerate(self.silences, 1)),
            about={ticker: _about(institution) for institution in self.institutions for ticker in institution.tickers},
            dashboard_url=dashboard_url,
        )


def _about(institution: Institution) -> dict[str, str]:
    return {"institution": institution.name, "desk": institution.desk}


def parse(text: str, file: str = FILE) -> Configuration:
    """Read a configuration.

    Raises:
        SetupError: one line a fault, each with file, line and field.
    """
    try:
        return Configuration.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise SetupError(f"{file}: {exc}") from None
    except ValidationError as exc:
        faults = (_told(file, text, fault["loc"], _plain(fault), fault.get("ctx", {})) for fault in exc.errors())
        raise SetupError("\n".join(faults)) from None


def _plain(fault: ErrorDetails) -> str:
    """In the words of the file, where pydantic speaks of inputs and strings."""
    match fault["type"]:
        case "extra_forbidden":
            return "there is no such field here"
        case "missing":
            return "is missing"
        case "string_pattern_mismatch":
            return f"{fault['input']!r} is not written as it must be ({fault['ctx']['pattern']})"
        case _:
            return fault["msg"].replace("Input should", "should").replace("String should", "should")


def _told(file: str, text: str, place: Sequence[str | int], said: str, context: dict[str, Any]) -> str:
    error = context.get("error")
    if isinstance(error, Misplaced):  # a fault between two fields or tables, which knows its own place
        place, said = (*place, *error.place), str(error)
    line = line_of(text, place)
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    where = f"{file}:{line}" if line is not None else file
    return f"{where}: {field}: {said.removeprefix('Value error, ')}" if field else f"{where}: {said}"


def _faults(found: Configuration) -> Iterator[Misplaced]:
    """What is wrong between tables that are right by themselves."""
    for section in ("institutions", "sources", "rules", "receivers", "time_intervals"):
        seen: set[str] = set()
        for number, table in enumerate(getattr(found, section)):
            if table.name in seen:
                yield Misplaced(f"{table.name!r} is there already", section, number, "name")
            seen.add(table.name)
    for number, table in enumerate(found.sources):
        for where, said in faults(table.source()):
            yield Misplaced(said, "sources", number, where)
    tickers: dict[str, str] = {}
    for number, institution in enumerate(found.institutions):
        for which, ticker in enumerate(institution.tickers):
            if ticker in tickers:
                yield Misplaced(f"{ticker} is {tickers[ticker]}'s already", "institutions", number, "tickers", which)
            tickers[ticker] = institution.name
    for said, place in faults_between(found.route, found.receivers, found.time_intervals):
        yield Misplaced(said, *place)
