"""Situations in which somebody wants to know, soon, once, and when it is over."""

from __future__ import annotations

from typing import Final

from tests.scenarios.quiet import BANK, SPARSE, TICKER
from tests.scenarios.said import at as _
from tests.scenarios.said import burst, daily, deleted, held_back, late, lost, office, skewed, usual
from tests.scenarios.scenario import Due, Scenario

OUTAGE: Final = burst(_("tue 11:00"), 45, negative=6.0, neutral=1.5)
"""A good half minute between two complaints becomes ten seconds: 270 people in three quarters of an hour."""

SCENARIOS: Final = (
    Scenario(
        "a step",
        "An outage: thirty times the usual complaints from one minute to the next, and as suddenly over.",
        (BANK, OUTAGE), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:04"), lasts_until=_("tue 11:43"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "a spike",
        "Forty people in three minutes, then silence: it may be over before it is read, but they wait for an answer.",
        (BANK, burst(_("tue 11:00"), 3, negative=40 / 3)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:03"), over_by=_("tue 11:33")),),
    ),
    Scenario(
        "a slow burn",
        "A fault that spreads over four hours. By noon some hundred people complained in an hour, where a dozen "
        "are usual; no five minutes of it look like a step.",
        (BANK, burst(_("tue 10:00"), 240, negative=1.5, rising=True)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 10:20"), _("tue 12:00"), lasts_until=_("tue 13:55"), over_by=_("tue 15:00")),),
    ),
    Scenario(
        "the mood turns and the volume does not",
        "As many posts as ever, but eight of ten are complaints in place of one and a half.",
        (usual(2_000, until=_("tue 11:00")), usual(2_000, since=_("tue 13:00")),
         burst(_("tue 11:00"), 120, negative=1.1, neutral=0.28)),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:45"), over_by=_("tue 14:30")),),
    ),
    Scenario(
        "twelve people at three in the night",
        "The same twelve that nobody notices in the afternoon; at three there is one complaint in an hour.",
        (BANK, burst(_("tue 03:00"), 15, negative=0.8)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 03:00"), _("tue 03:15"), over_by=_("tue 04:00")),),
    ),
    Scenario(
        "a fault on a sunday",
        "Half an hour brings twenty-five complaints where Sunday's usual is three; a Monday would hide some of them.",
        (usual(1_500, rhythm=office), burst(_("sun 09:00"), 30, negative=25 / 30)),
        begins=_("sat 00:00"), ends=_("mon 00:00 1"),
        negative=(Due(_("sun 09:00"), _("sun 09:25"), over_by=_("sun 10:15")),),
    ),
    Scenario(
        "real trouble at the market's opening",
        "The opening brings six times the posts every day; today twelve angry ones a minute come on top.",
        (TICKER, burst(_("tue 14:30"), 40, negative=12.0)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 14:30"), _("tue 14:38"), lasts_until=_("tue 15:05"), over_by=_("tue 15:50")),),
    ),
    Scenario(
        "a sparse ticker's bad day",
        "Fifteen people within an hour about a share that has two such posts a day.",
        (SPARSE, burst(_("tue 11:00"), 60, negative=0.25)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:10"), _("tue 11:45"), over_by=_("tue 18:00")),),
    ),
    Scenario(
        "a dozen people with four posts each",
        "A dozen voices about a sparse ticker within a quarter of an hour, each of them more than once.",
        (SPARSE, burst(_("tue 11:00"), 15, negative=48 / 15, by=12)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:15"), over_by=_("tue 14:00")),),
    ),
    Scenario(
        "a bot amid a crowd",
        "The bot does not make it a surge; nor does it hide the thirty people who complain beside it.",
        (BANK, burst(_("tue 11:00"), 30, negative=5.0, by=1), burst(_("tue 11:30"), 10, negative=3.0)),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:30"), _("tue 11:40"), over_by=_("tue 12:20")),),
    ),
    Scenario(
        "a new firm in its first trouble",
        "It was put on the list an hour ago and nothing is known of it; thirty people in ten minutes are enough.",
        (burst(_("tue 11:00"), 10, negative=3.0),), begins=_("tue 00:00"), ends=_("wed 00:00"), days_before=0,
        negative=(Due(_("tue 11:00"), _("tue 11:10"), over_by=_("tue 12:30")),),
    ),
    Scenario(
        "every post comes four minutes late",
        "A slow feed must cost its four minutes, and no more.",
        (late(BANK, 4), late(OUTAGE, 4)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:04"), _("tue 11:08"), over_by=_("tue 12:20")),),
    ),
    Scenario(
        "an outage told by a clock ten minutes ahead",
        "Its times are wrong, its complaints are not: ten minutes late at worst, once, and not again when its "
        "minutes come to pass.",
        (BANK, skewed(OUTAGE, 10)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:14"), over_by=_("tue 12:30")),),
    ),
    Scenario(
        "an outage told by a clock two minutes behind",
        "Two minutes are within what any feed is late by.",
        (BANK, skewed(OUTAGE, -2)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:06"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "a source comes back in the middle of an outage",
        "The complaints began while the source was away and go on: told as soon as they are seen.",
        (held_back(BANK, _("tue 10:00"), _("tue 11:20")), held_back(OUTAGE, _("tue 10:00"), _("tue 11:20"))),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:20"), _("tue 11:24"), lasts_until=_("tue 11:43"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "an outage right after a gap of ours",
        "The scraper comes back and finds an outage; that it was away is no reason to be silent.",
        (lost(BANK, _("tue 09:00"), _("tue 11:00")), OUTAGE), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:06"), lasts_until=_("tue 11:43"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "flapping around the line",
        "Five loud minutes, five usual ones, for two hours: one fault that comes and goes is one alert.",
        (BANK, *(burst(_("tue 11:00") + 10 * n, 5, negative=4.0) for n in range(12))),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:06"), lasts_until=_("tue 12:50"), over_by=_("tue 13:30")),),
    ),
    Scenario(
        "a flare soon after",
        "Eight minutes of calm after an outage, then it is back for ten: the same fault, the same alert.",
        (BANK, OUTAGE, burst(_("tue 11:53"), 10, negative=6.0)), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:04"), lasts_until=_("tue 12:02"), over_by=_("tue 12:40")),),
    ),
    Scenario(
        "a second surge in the afternoon",
        "Three calm hours after the first was over, another as large: a second alert, as early as the first.",
        (BANK, burst(_("tue 09:00"), 30, negative=6.0), burst(_("tue 12:30"), 30, negative=6.0)),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 09:00"), _("tue 09:04"), over_by=_("tue 10:15")),
                  Due(_("tue 12:30"), _("tue 12:36"), over_by=_("tue 13:45"))),
    ),
    Scenario(
        "the same outage on the next day",
        "Yesterday's outage is not what is usual at eleven.",
        (BANK, OUTAGE, burst(_("wed 11:00"), 45, negative=6.0)), begins=_("tue 00:00"), ends=_("thu 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:04"), over_by=_("tue 12:15")),
                  Due(_("wed 11:00"), _("wed 11:06"), over_by=_("wed 12:15"))),
    ),
    Scenario(
        "a crisis of two days",
        "Five complaints a minute for forty-eight hours: one alert, not said to be over while it goes on.",
        (BANK, burst(_("tue 09:00"), 2_880, negative=5.0)), begins=_("tue 00:00"), ends=_("fri 12:00"),
        negative=(Due(_("tue 09:00"), _("tue 09:05"), lasts_until=_("thu 08:50"), over_by=_("thu 11:00")),),
    ),
    Scenario(
        "an outage that is deleted",
        "The platform takes down what was said in its first half hour, while it goes on: one alert all the same.",
        (BANK, deleted(OUTAGE, _("tue 11:00"), _("tue 11:30"), when=_("tue 11:35"))),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:04"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "good news",
        "Two hundred glad people in ten minutes: attention, and no alarm.",
        (BANK, burst(_("tue 11:00"), 10, positive=20.0, about="results")), begins=_("tue 00:00"), ends=_("wed 00:00"),
        attention=(Due(_("tue 11:00"), _("tue 11:05"), over_by=_("tue 12:00")),),
    ),
    Scenario(
        "attention without a feeling",
        "A takeover is rumoured: twenty times the posts, all of them questions.",
        (BANK, burst(_("tue 11:00"), 30, neutral=20.0, about="takeover")), begins=_("tue 00:00"), ends=_("wed 00:00"),
        attention=(Due(_("tue 11:00"), _("tue 11:05"), over_by=_("tue 12:30")),),
    ),
    Scenario(
        "good news and then bad",
        "First the cheers, then, an hour later, the outage that they brought: only the second wakes anyone.",
        (BANK, burst(_("tue 10:00"), 20, positive=20.0, about="results"), OUTAGE),
        begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:06"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "an outage amid the end of the month",
        "Two and a half times the usual posts all day, and an outage in them.",
        (BANK, usual(2_250, rhythm=daily, since=_("tue 06:00")), OUTAGE), begins=_("tue 00:00"), ends=_("wed 00:00"),
        negative=(Due(_("tue 11:00"), _("tue 11:06"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "a restart in the midst",
        "The worker dies two minutes into an outage and again while it lasts: the same one alert, no later.",
        (BANK, OUTAGE), begins=_("tue 00:00"), ends=_("wed 00:00"),
        restarts=(_("tue 11:02"), _("tue 11:20"), _("tue 11:50")),
        negative=(Due(_("tue 11:00"), _("tue 11:05"), lasts_until=_("tue 11:43"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "two workers in an outage",
        "They take turns, and tell it once.",
        (BANK, OUTAGE), begins=_("tue 00:00"), ends=_("wed 00:00"), workers=2,
        negative=(Due(_("tue 11:00"), _("tue 11:04"), lasts_until=_("tue 11:43"), over_by=_("tue 12:15")),),
    ),
    Scenario(
        "an outage in the second hour of a new installation",
        "There is no yesterday to compare with, and yet two hundred people in half an hour are no mystery.",
        (BANK, burst(_("tue 11:00"), 30, negative=7.0)), begins=_("tue 09:00"), ends=_("wed 00:00"), days_before=0,
        negative=(Due(_("tue 11:00"), _("tue 11:08"), over_by=_("tue 12:30")),),
    ),
)  # fmt: skip
