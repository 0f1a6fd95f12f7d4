"""The clock of a series: hours of the week, as of UTC, and how the memory of them fades."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK_S: Final = 300
HOUR_S: Final = 3600
DAY_S: Final = 86_400
WEEK_H: Final = 168
"""Hours of the week count from Thursday, 00:00, as 1970 did."""
FADE_H: Final = 28 * 24.0
"""The memory fades by 1/e in four weeks: a memory of weeks beats one of days, and still follows a season."""
WEEKEND: Final = [2, 3]
"""Days of the week, counted from Thursday, that are Saturday and Sunday."""
WEEKDAYS: Final = [0, 1, 4, 5, 6]

Vector = NDArray[np.float64]


def day_kind(second: int) -> int:
    """Where a day's square is kept: weekdays and days of the weekend apart.

    >>> day_kind(0), day_kind(2 * DAY_S)
    (2, 3)
    """
    return 3 if second // DAY_S % 7 in WEEKEND else 2
