"""Has the requested replies written: a round takes the most urgent ones and leaves a draft or a reason for each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final, Protocol

from core.drafting import SAME_CAUSE_FOR, Desk, draft_all
from core.errors import ModelUnusable, SetupError
from core.playbook import Playbook
from core.playbook_file import parse
from core.ports import DraftStore, Embedder, IncidentStore, Writer
from core.replies import DraftState
from core.retrieval import Library, examples, library
from core.writing import TemplateWriter

ROUND: Final = 8
"""Requests a transaction. What has begun is finished: posts that arrive meanwhile share the cores with it for a part
of a second."""
ROUND_OF_A_MODEL: Final = 4
"""A language model takes seconds for each, and the rows stay locked that long."""

GIVE_WAY_S: Final = 30.0
"""How long a round waits at most for posts that are not classified yet; then a few drafts are written all the same, so
that a stream that never ends does not keep a customer in danger waiting."""
ROUND_BESIDE: Final = 4
"""Requests in a round that is written while posts wait."""
LOOK_AGAIN_S: Final = 0.5

log = logging.getLogger(__name__)


class Waits(Protocol):
    """`threading.Event`, or what stands in for it."""

    def wait(self, timeout: float) -> bool:
        """Whether it was set while, or before, it waited."""
        ...


def read_playbook(path: str = "") -> Playbook:
    """The firm's playbook, or the one that ships. Raises SetupError: there is no such file, or it has a fault."""
    if not path:
        return parse(files("core").joinpath("playbook.toml").read_text(encoding="utf-8"))
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SetupError(f"the playbook {path} cannot be read: {exc}") from exc
    return parse(text, f"the playbook {path}")


def shelve(playbook: Playbook, embedder: Embedder) -> Library:
    """The playbook, ready to be searched. Raises ModelUnusable."""
    return library(playbook, embedder.embed(examples(playbook)))


@dataclass(slots=True)
class Drafting:
    """Writes drafts, round by round, in a thread of its own."""

    shelf: Library
    embedder: Embedder
    writer: Writer = field(default_factory=TemplateWriter)
    previous: str = ""
    """The last draft of the round before: the next one shall not read like it."""

    def work_off(
        self,
        drafts: DraftStore,
        incidents: IncidentStore,
        now: Callable[[], datetime],
        is_behind: Callable[[], bool],
        stop: Waits,
    ) -> None:
        """Write round after round until nothing is requested, giving way to posts that wait to be classified.

        Raises:
            DatabaseUnavailable, ModelUnusable: as `write`.
        """
        while not stop.wait(0):
            waited_s = 0.0
            while is_behind() and waited_s < GIVE_WAY_S:
                if stop.wait(LOOK_AGAIN_S):
                    return
                waited_s += LOOK_AGAIN_S
            if not self.write(drafts, incidents, now, ROUND_BESIDE if is_behind() else None):
                return

    def write(
        self, drafts: DraftStore, incidents: IncidentStore, now: Callable[[], datetime], limit: int | None = None
    ) -> int:
        """Write up to `limit` requested replies, most urgent first; return how many requests were done, abstained ones
        too.

        Raises:
            DatabaseUnavailable: what was not saved is still requested.
            ModelUnusable: from the embedder.
        """
        most = limit or (ROUND if isinstance(self.writer, TemplateWriter) else ROUND_OF_A_MODEL)
        with drafts.requested(most) as waiting:
            if not waiting:
                return 0
            posts = [scored for _request, scored in waiting]
            moment = now()
            authors = sorted({scored.post.author_key for scored in posts if scored.post.author_key})
            desk = Desk(
                self.shelf,
                self.embedder,
                self.writer,
                moment,
                incidents.open_incidents(),
                drafts.drafted(authors, moment - SAME_CAUSE_FOR),
            )
            try:
                answers = draft_all(posts, desk, self.previous)
            except ModelUnusable as exc:
                log.warning("drafts are written as planned, without the language model: %s", exc)
                answers = draft_all(posts, replace(desk, writer=TemplateWriter()), self.previous)
            for answer in answers:
                drafts.save(replace(answer.draft, ready_at=now()))
                if answer.draft.state is DraftState.READY:
                    self.previous = answer.draft.text
            return len(waiting)
