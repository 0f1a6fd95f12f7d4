"""The tables of `groundswell.toml` that draw lines, and what they mean."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from core.alerting import NEGATIVE
from core.drift_incidents import LANGUAGE_DRIFT
from core.durations import Duration
from core.model_health import MODEL_REFUSED
from core.notifications import DELIVERY_FAILURE, TRIAL
from core.posts import Channel
from core.rules import Measure, Rule
from core.scoring import EmotionFamily
from core.source_health import SOURCE_SILENT
from core.watched import ENTITY, PAIR

Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
LEVELS: Final = {"info": 2, "warning": 5, "critical": 8}
TAKEN: Final = (NEGATIVE, DELIVERY_FAILURE, LANGUAGE_DRIFT, MODEL_REFUSED, SOURCE_SILENT, TRIAL)
"""Names that alerts of our own have."""
KEYS: Final = {"channel": tuple(Channel), "family": tuple(EmotionFamily)}
"""Dimensions whose keys are known beforehand."""
MOST: Final = {Measure.NEGATIVE_SHARE: 1, Measure.ATTENTION: 10}
OWN_LABELS: Final = frozenset(
    {"alertname", "incident", "dimension", "severity", "severity_level", "entity", "entity_topic", "topic", "channel"}
)


def _level(value: Any) -> Any:
    if isinstance(value, str) and value not in LEVELS:
        raise ValueError(f"{value!r} is no severity: write info, warning or critical, or a number from 1 to 10")
    return LEVELS[value] if isinstance(value, str) else value


class RuleTable(BaseModel):
    """A line that somebody draws, beside the detector; see `core.rules.Rule`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")]
    dimension: Literal["entity", "topic", "channel", "family", "total"] = "entity"
    key: Annotated[str, StringConstraints(max_length=200)] = ""
    topic: Annotated[str, StringConstraints(max_length=200)] = ""
    measure: Measure = Measure.NEGATIVE
    above: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    over: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=1))] = timedelta(minutes=5)
    lasting: Annotated[Duration, Field(alias="for", ge=timedelta(0), le=timedelta(days=7))] = timedelta(0)
    min_posts: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    severity: Annotated[int, BeforeValidator(_level), Field(ge=1, le=10)] = LEVELS["warning"]
    labels: dict[Label, Annotated[str, StringConstraints(max_length=200)]] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _is_its_own(cls, name: str) -> str:
        if name in TAKEN:
            raise ValueError(f"{name} is the name of alerts that do not come of rules")
        return name

    @field_validator("key")
    @classmethod
    def _is_known(cls, key: str, info: ValidationInfo) -> str:
        dimension = info.data.get("dimension")
        known = KEYS.get(dimension or "")
        if dimension == "total" and key:
            raise ValueError("the total is one series, and has no key")
        if known and key and key not in known:
            raise ValueError(f"{key!r} is no {dimension}; there are {', '.join(known)}")
        return key

    @field_validator("topic")
    @classmethod
    def _narrows_an_entity(cls, topic: str, info: ValidationInfo) -> str:
        if topic and info.data.get("dimension") != ENTITY:
            raise ValueError("topic narrows a rule about entities; for a topic as a whole, the dimension is topic")
        return topic

    @field_validator("above")
    @classmethod
    def _can_be_passed(cls, above: float, info: ValidationInfo) -> float:
        most = MOST.get(info.data.get("measure") or Measure.NEGATIVE)
        if most is not None and above >= most:
            raise ValueError(f"{info.data['measure'].value} is never above {most}")
        return above

    @field_validator("labels")
    @classmethod
    def _are_free(cls, labels: dict[str, str]) -> dict[str, str]:
        if taken := sorted(set(labels) & OWN_LABELS):
            raise ValueError(f"alerts have a label {taken[0]} already")
        return labels

    def rule(self) -> Rule:
        """The rule that is meant."""
        return Rule(
            name=self.name,
            measure=self.measure,
            above=self.above,
            dimension=PAIR if self.topic else self.dimension,
            key=self.key,
            topic=self.topic,
            over=self.over,
            lasting=self.lasting,
            min_posts=self.min_posts,
            severity=self.severity if isinstance(self.severity, int) else LEVELS[self.severity],
            labels=tuple(sorted(self.labels.items())),
        )
