"""Label matchers as Alertmanager users write them: `severity="critical"`, `entity!=HRBL`, `topic=~"Earnings|Macro"`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

OPERATORS: Final = ("=~", "!~", "!=", "=")
_WRITTEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label. A label that is not there counts as empty; patterns must fit the whole value."""

    label: str
    operator: str
    value: str
    _pattern: re.Pattern[str] | None = field(init=False, compare=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise ValueError(f"{self.operator!r} is not one of =, !=, =~ and !~")
        if self.operator.endswith("~"):
            try:
                object.__setattr__(self, "_pattern", re.compile(self.value))
            except re.error as exc:
                raise ValueError(f"{self.value!r} is not a pattern: {exc}") from exc

    def matches(self, labels: Mapping[str, str]) -> bool:
        """
        >>> [parse_matcher("topic=~Earn.*").matches({"topic": t}) for t in ("Earnings", "No Earnings")]
        [True, False]
        """
        value = labels.get(self.label, "")
        fits = value == self.value if self._pattern is None else self._pattern.fullmatch(value) is not None
        return fits is not self.operator.startswith("!")

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.operator}"{escaped}"'


def parse_matcher(text: str) -> Matcher:
    """Read one matcher; its value may stand in double quotes, and needs none.

    >>> str(parse_matcher("entity = HRBL")), str(parse_matcher('topic=~"Earnings|Stock .*"'))
    ('entity="HRBL"', 'topic=~"Earnings|Stock .*"')
    >>> parse_matcher("HRBL")
    Traceback (most recent call last):
        ...
    ValueError: 'HRBL' is not a matcher: write label=value, label!=value, label=~pattern or label!~pattern

    Raises:
        ValueError: it is not of this form, or the pattern is none.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        forms = "label=value, label!=value, label=~pattern or label!~pattern"
        raise ValueError(f"{text!r} is not a matcher: write {forms}")
    label, operator, value = found.groups()
    if value.startswith('"'):
        if not _QUOTED.fullmatch(value):
            raise ValueError(f"{text!r}: the quotes do not close where the value ends")
        value = _ESCAPED.sub(lambda match: _LETTERS.get(match[1], match[1]), value[1:-1])
    return Matcher(label, operator, value)


def matches_all(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether every matcher fits; no matchers fit everything."""
    return all(matcher.matches(labels) for matcher in matchers)


def _read(value: Any) -> Matcher:
    if isinstance(value, Matcher):
        return value
    if not isinstance(value, str):
        raise ValueError("a matcher is a text, as 'severity=\"critical\"'")
    return parse_matcher(value)


WrittenMatcher = Annotated[Matcher, BeforeValidator(_read)]
"""For pydantic models: read from text."""
