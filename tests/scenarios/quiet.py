"""Situations in which nobody wants to be woken."""

from __future__ import annotations

import math
from typing import Final

from tests.scenarios.said import at as _
from tests.scenarios.said import (
    burst,
    changed,
    daily,
    deleted,
    held_back,
    lost,
    market,
    office,
    quieter,
    skewed,
    usual,
)
from tests.scenarios.scenario import Scenario

BANK: Final = usual(1_500, rhythm=daily)
TICKER: Final = usual(1_500, negative=0.25, rhythm=market)
SPARSE: Final = usual(12, negative=0.17, rhythm=daily)


def _market_after_the_clocks_changed(minute: float) -> float:
    """New York puts its clocks forward on Sunday, so that from then on it opens an hour earlier by UTC."""
    return market(minute, opens=13 * 60 + 30) if minute >= _("sun 07:00") else market(minute)


def _payday_week(minute: float) -> float:
    return daily(minute) * (2.5 if minute >= _("tue 06:00") else 1.0)


SCENARIOS: Final = (
    Scenario(
        "an ordinary day of a bank",
        "From almost nothing at night to three posts a minute in the afternoon is what happens every day.",
        (BANK,), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "the first two days of a new installation",
        "Nothing is known yet; a service whose first word is a false alarm is switched off.",
        (BANK,), begins=_("mon 00:00"), ends=_("wed 00:00"), days_before=0,
    ),
    Scenario(
        "a dense ticker's ordinary noise",
        "Eight thousand posts a day come in clumps, three times as uneven as chance; its own bursts raise its bar.",
        (usual(8_000, negative=0.2, rhythm=market, clumps=3.0),), begins=_("tue 00:00"), ends=_("thu 00:00"),
    ),
    Scenario(
        "a sparse ticker's ordinary days",
        "Two negative posts in a day are what it always has, whenever they fall.",
        (SPARSE,), begins=_("mon 00:00"), ends=_("fri 00:00"),
    ),
    Scenario(
        "three complaints about a sparse ticker in ten minutes",
        "Improbable, but three people can be answered one by one.",
        (SPARSE, burst(_("tue 11:00"), 10, negative=0.3)), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "four people who do not stop",
        "Forty-eight posts, but four voices are not a crowd.",
        (SPARSE, burst(_("tue 11:00"), 60, negative=0.8, by=4)), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "one bot",
        "Two hundred angry posts by one account are one voice.",
        (BANK, burst(_("tue 11:00"), 30, negative=200 / 30, by=1)), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "three bots at night",
        "Three accounts post a hundred times each while everybody sleeps; they are still three.",
        (BANK, burst(_("tue 03:00"), 60, negative=5.0, by=3)), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "one story that everybody reposts",
        "The same words three hundred times are one thing said; repeats are not counted as new complaints.",
        (BANK, burst(_("tue 11:00"), 20, negative=15.0, original=False)), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "the market opens",
        "Six times as many posts within the minute, with the usual mood, on every working day.",
        (TICKER,), begins=_("tue 00:00"), ends=_("thu 00:00"),
    ),
    Scenario(
        "the market opens an hour earlier by our clock",
        "New York changed its clocks; more posts than usual at this hour, but nobody is angrier.",
        (usual(1_500, negative=0.25, rhythm=_market_after_the_clocks_changed),),
        begins=_("mon 00:00 1"), ends=_("tue 00:00 1"), days_before=21,
    ),
    Scenario(
        "monday after a quiet weekend",
        "Work begins, and with it three times as many posts as on Sunday.",
        (usual(1_500, rhythm=office),), begins=_("sat 00:00"), ends=_("tue 00:00 1"),
    ),
    Scenario(
        "the day after a holiday",
        "A tenth of the usual posts on a holiday must not make the next, ordinary day look like a surge.",
        (quieter(BANK, _("tue 00:00"), _("wed 00:00"), 10),), begins=_("tue 00:00"), ends=_("thu 00:00"),
    ),
    Scenario(
        "the end of the month",
        "Wages and rent: two and a half times as many posts on the day, with the usual share of complaints.",
        (usual(1_500, rhythm=_payday_week),), begins=_("tue 00:00"), ends=_("wed 06:00"),
    ),
    Scenario(
        "a firm that grows",
        "Four percent more every day for five weeks; no day is a surge.",
        (usual(800, rhythm=daily, growth=0.04),), begins=_("mon 00:00"), ends=_("mon 00:00 1"), days_before=28,
    ),
    Scenario(
        "a new source is connected",
        "From now on four times as many posts, with the same mood: our own doing, not the customers'.",
        (BANK, usual(4_500, rhythm=daily, since=_("tue 10:00"))), begins=_("tue 00:00"), ends=_("thu 00:00"),
    ),
    Scenario(
        "a new model that finds more posts negative",
        "From one hour to the next 22 of 100 in place of 15, for good: no customer said anything new.",
        (usual(1_500, rhythm=daily, until=_("tue 10:00")), usual(1_500, 0.22, daily, since=_("tue 10:00"))),
        begins=_("tue 00:00"), ends=_("thu 00:00"),
    ),
    Scenario(
        "a firm that is new on the list",
        "Three posts a minute from its first minute, a fifth of them negative: unknown is not unusual.",
        (usual(4_300, negative=0.2, since=_("tue 11:00")),), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "a source comes back with its backlog",
        "Six hours of ordinary posts arrive in two minutes, each with its own time.",
        (held_back(BANK, _("tue 06:00"), _("tue 12:00")),), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "a backlog that is stamped with the time of its arrival",
        "Four hundred posts within two minutes, the usual share of them negative: a late delivery, not a turn of mood.",
        (held_back(BANK, _("tue 06:00"), _("tue 12:00"), stamped=True),), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "the scraper was away for two hours",
        "Nothing, then the usual again: a gap of ours must not make what follows look like a surge.",
        (lost(BANK, _("tue 10:00"), _("tue 12:00")),), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "the scraper was away for two days",
        "The longer the gap, the more the first ordinary hour looks like something; it is not.",
        (lost(BANK, _("tue 10:00"), _("thu 10:00")),), begins=_("tue 00:00"), ends=_("fri 00:00"),
    ),
    Scenario(
        "a source whose clock is ten minutes ahead",
        "Ordinary posts that bear times which have not come yet.",
        (skewed(BANK, 10),), begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "a source whose clock is wrong by a day",
        "It says tomorrow; whatever that is, it is not a surge now, nor when tomorrow comes.",
        (BANK, skewed(usual(300, since=_("tue 09:00"), until=_("tue 12:00")), 1_440)),
        begins=_("tue 00:00"), ends=_("thu 00:00"),
    ),
    Scenario(
        "a deletion wave",
        "Most posts of the morning are taken down at noon; what is left of them must not make noon look loud.",
        (deleted(BANK, _("tue 00:00"), _("tue 11:45"), when=_("tue 12:00")),),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "ten times the posts with the usual mood",
        "Attention, not anger: whoever answers for complaints sleeps on.",
        (BANK, burst(_("tue 11:00"), 30, negative=2.0, neutral=9.0, positive=2.0, about="results")),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "a dozen complaints in the busiest hour",
        "Twelve in a quarter of an hour is what three in the afternoon always brings this bank.",
        (usual(3_000, rhythm=daily), burst(_("tue 15:00"), 15, negative=0.4)),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "complaints that were written last week",
        "A site that shows its archive: three hundred angry posts arrive now, and are a week old.",
        (BANK, changed(
            burst(_("tue 11:00"), 5, negative=60.0), lambda said: said._replace(at=said.at - 7 * 1_440 - 300)
        )),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
    ),
    Scenario(
        "nothing at all",
        "A firm of which nobody says a word.",
        (usual(0.0),), begins=_("tue 00:00"), ends=_("wed 00:00"), attention=(), days_before=3,
    ),
    Scenario(
        "two workers on an ordinary day",
        "Taking turns must not count anything twice.",
        (BANK,), begins=_("tue 00:00"), ends=_("wed 00:00"), workers=2,
    ),
    Scenario(
        "a restart every hour",
        "A worker that forgets what is usual would cry wolf after each start.",
        (BANK,), begins=_("tue 00:00"), ends=_("wed 00:00"),
        restarts=tuple(_("tue 00:30") + 60 * n for n in range(24)),
    ),
)  # fmt: skip

assert all(math.isfinite(scenario.ends) for scenario in SCENARIOS)
