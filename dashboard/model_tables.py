"""Models as HTML: where one comes from, its figures beside another's, what happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from core.registry import Event, Model
from core.shadowing import ShadowDay
from dashboard import wording
from dashboard.pieces import safe
from dashboard.tables import table
from dashboard.words import name_of, say

HEADS: Final = ("topic", "sentiment", "emotion", "intent", "entity", "headline", "conflict")
"""In the order of the page; others stand behind them."""
MEASURES: Final = ("accuracy", "macro_f1", "ece")
BETTER: Final = {"accuracy": 1, "macro_f1": 1, "ece": -1}
"""Whether more is better."""
SLIGHT: Final = 0.0005
"""A difference that is none at the three digits that are shown."""


def facts(model: Model, since: datetime | None, now: datetime, zone: tzinfo) -> str:
    """Where a model comes from, in a line."""
    parts = [
        say("model.since", clock=wording.clock(since, zone, now)) if since else "",
        say("model.made", clock=wording.clock(model.created_at, zone, now)),
        say("model.parent", version=safe(model.parent)) if model.parent else say("model.no_parent"),
        say("model.size", mb=f"{model.size_bytes / 1e6:.1f}"),
    ]
    return f'<p class="gw-muted">{" · ".join(part for part in parts if part)}</p>'


def scores(model: Model, other: Model | None) -> str:
    """Accuracy, macro-F1 and calibration error by head, with 95 % intervals; another model's difference beside them."""
    known = [name for name in model.metrics if "n" in _figures(model, name)]
    heads = sorted(known, key=lambda name: (HEADS.index(name) if name in HEADS else len(HEADS), name))
    if not heads:
        return f'<p class="gw-muted">{say("model.no_metrics")}</p>'
    lines = "".join(
        f"<tr><td>{safe(name_of('head', head))}</td>"
        f'<td class="gw-num">{wording.count(model.metrics[head].get("n"))}</td>'
        + "".join(_cell(model.metrics[head], _figures(other, head), measure) for measure in MEASURES)
        + "</tr>"
        for head in heads
    )
    return table(("head", "texts", *MEASURES), lines, len(MEASURES) + 1)


def _figures(model: Model | None, head: str) -> Mapping[str, Any]:
    found = model.metrics.get(head) if model is not None else None
    return found if isinstance(found, Mapping) else {}


def _cell(figures: Mapping[str, Any], others: Mapping[str, Any], measure: str) -> str:
    value, interval, other = figures.get(measure), figures.get(f"{measure}_ci"), others.get(measure)
    if value is None:
        return f'<td class="gw-num">{wording.NOTHING}</td>'
    spread = f'<div class="gw-muted">{interval[0]:.3f}–{interval[1]:.3f}</div>' if interval else ""
    return f'<td class="gw-num">{value:.3f}{_difference(value, other, measure)}{spread}</td>'


def _difference(value: float, other: float | None, measure: str) -> str:
    """How much the other model has more or less, marked by whether that is better."""
    if other is None:
        return ""
    change = other - value
    if abs(change) < SLIGHT:
        return ' <span class="gw-muted">±0</span>'
    better = change * BETTER[measure] > 0
    return f' <span class="gw-{"positive" if better else "negative"}-word">{"▲" if better else "▼"}{change:+.3f}</span>'


def line(model: Model, now: datetime, zone: tzinfo) -> str:
    """One model in a line: which, how it stands, and since when."""
    return (
        f'<div class="gw-said"><b>{safe(model.version)}</b> <span class="gw-chip">'
        f'{say(f"model.state_{model.state.value}")}</span><div class="gw-muted">'
        f"{say('model.made', clock=wording.clock(model.created_at, zone, now))}</div></div>"
    )


def events(rows: Sequence[Event], now: datetime, zone: tzinfo) -> str:
    """Who changed which model's state, and why."""
    lines = "".join(
        f"<tr><td>{wording.clock(one.at, zone, now)}</td><td>{safe(one.version)}</td>"
        f"<td>{say(f'model.state_{one.before.value}') + ' → ' if one.before else ''}"
        f"{say(f'model.state_{one.after.value}')}</td><td>{safe(one.by)}</td><td>{safe(one.why)}</td></tr>"
        for one in rows
    )
    return table(("time", "model", "state", "by", "reason"), lines)


def shadow(days: Sequence[ShadowDay]) -> str:
    """How often a shadow says something else than the champion, by day and head."""
    lines = "".join(
        f'<tr><td>{one.day:%Y-%m-%d}</td><td class="gw-num">{wording.count(one.posts)}</td>'
        + "".join(
            f'<td class="gw-num">{wording.share(differ / one.posts if one.posts else None)}</td>'
            for differ in (one.topic, one.sentiment, one.emotion, one.intent)
        )
        + "</tr>"
        for one in days
    )
    return table(("day", "posts", "topic", "sentiment", "emotion", "intent"), lines, 5)


def retraining(row: Mapping[str, Any], now: datetime, zone: tzinfo) -> str:
    """Whether a retraining runs or is asked for, by whom and why; the sign says it beside the colour.

    Args:
        row: as the query `retraining` gives it.
    """
    asked = row["asked_at"] is not None
    waits = asked and row["begun_at"] is None and row["withdrawn_at"] is None
    state = say(
        "model.retrain_running" if row["is_running"] else "model.retrain_waiting" if waits else "model.retrain_no"
    )
    parts = [f"<b>{'●' if row['is_running'] else '○' if waits else '◌'} {state}</b>"]
    if asked:
        parts.append(say("model.retrain_by", by=safe(row["asked_by"]), clock=wording.clock(row["asked_at"], zone, now)))
        parts.append(f"“{safe(row['why'])}”")
    if asked and row["begun_at"] is not None:
        parts.append(say("model.retrain_begun", clock=wording.clock(row["begun_at"], zone, now)))
    if asked and row["withdrawn_at"] is not None:
        parts.append(say("model.retrain_withdrawn", clock=wording.clock(row["withdrawn_at"], zone, now)))
    return f'<p class="gw-said">{" · ".join(parts)}</p>'


def drift(rows: Sequence[Mapping[str, Any]]) -> str:
    """How far each channel has moved from what the model is known to be good for: what is over its line first.

    Args:
        rows: as the query `drift` gives them; one without a statistic is of a channel that is still learning.
    """
    found = [row for row in rows if row["statistic"] is not None]
    found.sort(key=lambda row: (row["since"] is None, -_of_line(row), row["channel"], row["statistic"]))
    lines = "".join(
        f"<tr><td>{safe(name_of('channel', row['channel']))}</td><td>{safe(name_of('drift', row['statistic']))}</td>"
        f'<td><div class="gw-gauge"><i style="width:{min(100, 50 * _of_line(row)):.0f}%"></i></div></td>'
        f'<td class="gw-num">{row["value"]:.4f}</td><td class="gw-num">{row["line"]:.4f}</td>'
        f'<td class="{"gw-s-failing" if row["since"] else ""}">{_since(row)}</td><td>{safe(row["note"])}</td></tr>'
        for row in found
    )
    return table(("channel", "statistic", "of_line", "value", "line", "since", "moved"), lines)


def learning(rows: Sequence[Mapping[str, Any]], of: int) -> str:
    """Channels that nothing can be said of yet, with the days that are known of `of`."""
    young = [row for row in rows if row["statistic"] is None]
    told = (say("model.learning", channel=safe(name_of("channel", r["channel"])), days=r["days"], of=of) for r in young)
    return "".join(f'<p class="gw-muted">{one}</p>' for one in told)


def _of_line(row: Mapping[str, Any]) -> float:
    """How far a value is on its way to its line; 1 is at it."""
    return float(row["value"] / row["line"]) if row["line"] > 0 else float(row["value"] > 0)


def _since(row: Mapping[str, Any]) -> str:
    return f"▲ {row['since']:%Y-%m-%d}" if row["since"] is not None else say("model.calm")
