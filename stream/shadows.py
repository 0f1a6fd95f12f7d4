"""Lets the shadow model score a sample of the posts beside the champion, off the way that posts take."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from core.errors import ModelUnusable
from core.learning_ports import ModelStore
from core.model_health import TRY_AGAIN
from core.ports import Reader
from core.registry import State
from core.scoring import ScoredPost
from core.shadowing import Shadowed, differing, sample
from stream.champions import Check, LoadFolder, open_model
from stream.drafting import Waits

log = logging.getLogger(__name__)

MOST_WAITING: Final = 2_000
"""Posts; the oldest go, since a sample may miss some."""
AT_A_TIME: Final = 32
"""Posts between two looks at whether the worker is behind: a tenth of a second on one core."""


@dataclass(slots=True)
class Shadows:
    """One worker's shadow. `offer` is called with each stored batch, `look` from a timer's thread."""

    models: ModelStore
    load: LoadFolder
    """With one thread, whatever the champion has."""
    check: Check
    scratch: Path
    worker: int
    share: float
    """Of the posts that are judged, 0 to 1."""
    is_behind: Callable[[], bool]
    now: Callable[[], datetime]
    tell: Callable[[int, int], object] = lambda _agreed, _differed: None
    """Told of how many posts were compared, and how it came out."""
    _waiting: deque[ScoredPost] = field(default_factory=lambda: deque(maxlen=MOST_WAITING))
    _reader: Reader | None = None
    _unfit: tuple[str, datetime] | None = None
    """The version that could not be taken up, and when it was tried."""

    def offer(self, posts: Sequence[ScoredPost]) -> None:
        """Keep a sample of a batch for later; it costs a hash a post, and nothing without a shadow."""
        if self._reader is not None:
            self._waiting.extend(sample(posts, self.share))

    def look(self, stop: Waits) -> None:
        """Take up the shadow if there is another one, and let it score what waits, as long as no batch waits.

        Raises:
            DatabaseUnavailable: what was being scored is not kept.
        """
        version = self.models.in_service().get(State.SHADOW) if self.share > 0 else None
        if self._reader is not None and self._reader.version != version:
            self._reader = None
            self._waiting.clear()
        if version is not None and self._reader is None:
            self._reader = self._open(version)
        while self._reader is not None and self._waiting and not self.is_behind() and not stop.wait(0):
            posts = [self._waiting.popleft() for _ in range(min(AT_A_TIME, len(self._waiting)))]
            self._compare(posts, self._reader)

    def _compare(self, posts: Sequence[ScoredPost], reader: Reader) -> None:
        now, answers = self.now(), reader.classify([scored.post.text for scored in posts])
        found = [
            Shadowed(scored.post.post_id, scored.scores, shadow, now)
            for scored, shadow in zip(posts, answers, strict=True)
            if scored.scores is not None
        ]
        self.models.record(found)
        differed = sum(bool(differing(one.champion, one.shadow)) for one in found)
        self.tell(len(found) - differed, differed)

    def _open(self, version: str) -> Reader | None:
        """The shadow, loaded; `None` when it is unfit, which the registry is told: no incident, since it scores nothing
        that anybody sees."""
        now = self.now()
        if self._unfit is not None and self._unfit[0] == version and now - self._unfit[1] < TRY_AGAIN:
            return None
        try:
            reader = open_model(self.models, version, self.load, self.check, self.scratch)
        except ModelUnusable as exc:
            self._unfit = version, now
            log.error("the shadow %s is not taken up: %s", version, exc)
            self.models.refuse(version, self.worker, str(exc), now)
            return None
        self.models.accept(version, self.worker)
        log.info("the shadow %s scores %.1f %% of the posts beside the champion", version, 100 * self.share)
        return reader
