"""The tables of `groundswell.toml` that say who is told, named as Alertmanager names them, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from core.alerting import DEFAULT_RECEIVER
from core.durations import Duration
from core.hours import MONTHS, WEEKDAYS, Interval, parse_range, parse_time
from core.matching import WrittenMatcher
from core.routing import Inhibition, Route
from core.silences import Silence

Label = Annotated[str, StringConstraints(pattern=r"^([A-Za-z_][A-Za-z0-9_]*|\.\.\.)$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""The name of an environment variable: addresses and secrets stand there, and not in a file that people share."""
Wait = Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=366))]
NEVER: Final = timedelta(0)


class Table(BaseModel):
    """A table of the file; a field that it does not know is a fault, since it is mostly a slip of the pen."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


class RouteTable(Table):
    """A route; what it leaves out, it has from the route above it, but for matchers, hours and `continue`."""

    receiver: str | None = None
    matchers: tuple[WrittenMatcher, ...] = ()
    group_by: tuple[Label, ...] | None = None
    group_wait: Wait | None = None
    group_interval: Wait | None = None
    repeat_interval: Wait | None = None
    """"0s" is never."""
    escalations: bool | None = None
    active_time_intervals: tuple[str, ...] = ()
    mute_time_intervals: tuple[str, ...] = ()
    goes_on: bool = Field(False, alias="continue")
    routes: tuple[RouteTable, ...] = ()

    def route(self, above: Route, hours: Mapping[str, Sequence[Interval]]) -> Route:
        """This route and those under it, with what they inherit."""
        repeat = self.repeat_interval
        made = Route(
            receiver=self.receiver or above.receiver,
            matchers=self.matchers,
            group_by=above.group_by if self.group_by is None else self.group_by,
            group_wait=above.group_wait if self.group_wait is None else self.group_wait,
            group_interval=above.group_interval if self.group_interval is None else self.group_interval,
            repeat_interval=above.repeat_interval if repeat is None else (None if repeat == NEVER else repeat),
            escalations=above.escalations if self.escalations is None else self.escalations,
            active=tuple(one for name in self.active_time_intervals for one in hours[name]),
            muted=tuple(one for name in self.mute_time_intervals for one in hours[name]),
            goes_on=self.goes_on,
        )
        return Route(
            **{name: getattr(made, name) for name in Route.__slots__ if name != "routes"},
            routes=tuple(child.route(made, hours) for child in self.routes),
        )


class WebhookTable(Table):
    """A receiver that takes Alertmanager's webhook."""

    url_env: Variable
    secrets_env: tuple[Variable, ...] = ()
    """Every message is signed with each of them; without any, with the secret of the settings."""
    allow_private: tuple[str, ...] = ()
    """Hosts, as in the address, that may be in a private network."""


class AppriseTable(Table):
    """A receiver behind one of Apprise's addresses: chat, mail, phone."""

    url_env: Variable


class Receiver(Table):
    """Who is told; one way each, so that a failure of one never sends another its message twice."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
    webhook: WebhookTable | None = None
    apprise: AppriseTable | None = None
    send_resolved: bool = True
    max_alerts: Annotated[int, Field(ge=0, le=10_000)] = 0

    @model_validator(mode="after")
    def _has_one_way(self) -> Receiver:
        if (self.webhook is None) is (self.apprise is None):
            raise ValueError("a receiver has either a webhook or an apprise table")
        if self.name == DEFAULT_RECEIVER:
            raise ValueError(f"{DEFAULT_RECEIVER!r} is the receiver of GROUNDSWELL_WEBHOOK_URL; take another name")
        return self


class InhibitRule(Table):
    """See `core.routing.Inhibition`."""

    source_matchers: Annotated[tuple[WrittenMatcher, ...], Field(min_length=1)]
    target_matchers: Annotated[tuple[WrittenMatcher, ...], Field(min_length=1)]
    equal: tuple[Label, ...] = ()

    def inhibition(self) -> Inhibition:
        return Inhibition(self.source_matchers, self.target_matchers, self.equal)


class TimesTable(Table):
    """Times of the day."""

    start_time: str
    end_time: str

    @model_validator(mode="after")
    def _is_forward(self) -> TimesTable:
        start, end = self.minutes()
        if start >= end:
            raise ValueError("a time ends after it starts; write a night as two")
        return self

    def minutes(self) -> tuple[int, int]:
        return parse_time(self.start_time), parse_time(self.end_time)


def _is_weekday(text: str) -> str:
    parse_range(text, WEEKDAYS)
    return text


def _is_month(text: str) -> str:
    parse_range(text, MONTHS, first=1)
    return text


def _is_day(text: str) -> str:
    if any(not 1 <= abs(bound) <= 31 for bound in parse_range(text)):
        raise ValueError(f"{text!r} is not a day of the month: 1 to 31, or -31 to -1 from its end")
    return text


def _is_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError):
        raise ValueError(f"{text!r} is not a time zone, as Europe/London") from None
    return text


class IntervalTable(Table):
    """Fields that are left out fit any moment."""

    times: tuple[TimesTable, ...] = ()
    weekdays: tuple[Annotated[str, AfterValidator(_is_weekday)], ...] = ()
    days_of_month: tuple[Annotated[str, AfterValidator(_is_day)], ...] = ()
    months: tuple[Annotated[str, AfterValidator(_is_month)], ...] = ()
    location: Annotated[str, AfterValidator(_is_zone)] = "UTC"

    def interval(self) -> Interval:
        return Interval(
            times=tuple(times.minutes() for times in self.times),
            weekdays=tuple(parse_range(text, WEEKDAYS) for text in self.weekdays),
            days_of_month=tuple(parse_range(text) for text in self.days_of_month),
            months=tuple(parse_range(text, MONTHS, first=1) for text in self.months),
            zone=UTC if self.location == "UTC" else ZoneInfo(self.location),
        )


class TimeInterval(Table):
    """Hours with a name, for routes."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    time_intervals: Annotated[tuple[IntervalTable, ...], Field(min_length=1)]


class SilenceTable(Table):
    """A silence that is planned in the file."""

    matchers: Annotated[tuple[WrittenMatcher, ...], Field(min_length=1)]
    owner: str
    comment: str
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime

    @model_validator(mode="after")
    def _is_one(self) -> SilenceTable:
        self.silence("file")
        return self

    def silence(self, silence_id: str) -> Silence:
        starts_at = self.starts_at or datetime.min.replace(tzinfo=UTC)
        return Silence(silence_id, self.matchers, self.owner, self.comment, starts_at, self.ends_at)


Place = tuple[str | int, ...]


def faults_between(
    route: RouteTable, receivers: Sequence[Receiver], intervals: Sequence[TimeInterval]
) -> Iterator[tuple[str, Place]]:
    """What a route names and is not there, each with its place in the file."""
    if route.matchers:
        yield "the top route takes everything: it has no matchers", ("route", "matchers")
    if route.goes_on:
        yield "the top route has no others beside it: it has no `continue`", ("route", "continue")
    names = {DEFAULT_RECEIVER, *(receiver.name for receiver in receivers)}
    hours = {interval.name for interval in intervals}
    yield from _unknown(route, names, hours, ("route",))


def _unknown(route: RouteTable, names: set[str], hours: set[str], place: Place) -> Iterator[tuple[str, Place]]:
    if route.receiver is not None and route.receiver not in names:
        yield f"there is no receiver {route.receiver!r}; there are {', '.join(sorted(names))}", (*place, "receiver")
    for field in ("active_time_intervals", "mute_time_intervals"):
        for number, name in enumerate(getattr(route, field)):
            if name not in hours:
                yield f"there is no time interval {name!r}", (*place, field, number)
    for number, child in enumerate(route.routes):
        yield from _unknown(child, names, hours, (*place, "routes", number))
