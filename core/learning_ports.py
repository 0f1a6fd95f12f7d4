"""What learning needs of a database: what people say posts are, the models there are, and how language moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from core.agreement import Agreement, Conduct
from core.drift_watch import Finding, Reference
from core.label_queue import QueueItem
from core.labels import Item, Label, NewLabel, SettledLabel, Task
from core.occasions import Wish
from core.registry import Event, Model, Refusal, State
from core.rescoring import Rescoring
from core.scoring import Scores
from core.shadowing import Disagreement, ShadowDay, Shadowed
from core.sketches import Sketch


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one label of several that were brought together."""

    label_id: int | None = None
    """`None` where it was refused."""
    is_new: bool = False
    """False where it was there already."""
    refused: str = ""
    """Why, in a sentence."""


class LabelQueue(Protocol):
    """Who is asked what. Raises DatabaseUnavailable."""

    def next(
        self,
        by: str,
        count: int,
        now: datetime,
        tasks: Sequence[Task] = tuple(Task),
        disputed: Mapping[Item, str] | None = None,
        hold_for: timedelta | None = timedelta(minutes=10),
    ) -> list[QueueItem]:
        """What this person is asked next: what waits for a second or third opinion first, then where a label teaches
        most (core.label_queue). Posts of the last days only.

        Args:
            disputed: by post and task, what another model says; `None`: what the shadow says, or the last one said.
            hold_for: so long nobody else is asked the same, unless this person asks again; `None` only looks.
        """
        ...

    def pass_over(self, post_id: str, task: Task, by: str, at: datetime) -> None:
        """Never ask this person about it again."""
        ...


class LabelStore(LabelQueue, Protocol):
    """What people say a post is. Raises DatabaseUnavailable."""

    def add(self, label: NewLabel, at: datetime) -> int:
        """Keep a label and return its id. It takes the place of what the same person said before of this post and task;
        where that is the same, of the same model's word, it stays and nothing changes. A repost's label is kept with
        its first post.

        Raises LabelRefused: no such choice, or no such post.
        """
        ...

    def add_all(self, labels: Sequence[tuple[NewLabel, datetime]], by: str, now: datetime) -> list[Added]:
        """Bring labels from elsewhere, each with its time, in one transaction; one answer each, in their order. The
        audit log keeps `by`, who brings them `now`, beside whose they are.

        Whatever was brought before, also where it was undone since, changes nothing. A label that is older than what
        the same person says now is kept beside it, as one that was replaced.
        """
        ...

    def undo(self, label_id: int, by: str, at: datetime) -> bool:
        """Take a label back; false where it does not stand. What it had replaced does not come back."""
        ...

    def of_post(self, post_id: str) -> list[Label]:
        """All labels of a post, or of the first of its reposts, also those undone, the first first; at most 500."""
        ...

    def page(self, after: int, count: int) -> list[tuple[Label, str, str, str | None]]:
        """Labels that stand, with the post's text, channel and language, by id, from after one; for an export."""
        ...

    def settled(self, since: datetime | None = None) -> list[SettledLabel]:
        """One value a post and task, where people agree or most of three do (core.labels.resolve), by time; those that
        got a label at `since` or later. The labels of everybody are read: for snapshots, not for pages."""
        ...

    def standing(self, since: datetime | None = None) -> list[Label]:
        """Every label that stands, of each post and task that got one at `since` or later, the oldest first."""
        ...

    def agreement(self) -> Mapping[Task, Agreement]:
        """How far people agree."""
        ...

    def conduct(self) -> list[Conduct]:
        """How each person's labels stand beside the others' and the model's."""
        ...


class ModelRegistry(Protocol):
    """Every model that was trained, and which of them scores. Raises DatabaseUnavailable.

    A change is one transaction with who and why; `at` is now unless it is given.
    """

    def add(self, model: Model, artefact: bytes, by: str, why: str, at: datetime | None = None) -> None:
        """A candidate, or the first champion. Raises RegistryRefused: it is there already, its parent is not, or the
        artefact is not of its checksum and size."""
        ...

    def move(self, version: str, to: State, by: str, why: str, at: datetime | None = None) -> Model:
        """The model in its new state; whoever had its place as champion or shadow leaves it. Raises RegistryRefused."""
        ...

    def rollback(self, by: str, why: str, at: datetime | None = None) -> Model:
        """Take back the champion before, which is returned. Raises RegistryRefused: there was none."""
        ...

    def all(self) -> list[Model]:
        """The newest first."""
        ...

    def get(self, version: str) -> Model:
        """Raises RegistryRefused: there is none."""
        ...

    def artefact(self, version: str) -> bytes:
        """Its packed folder, as stored: whoever unpacks it checks the sum. Raises RegistryRefused: there is none."""
        ...

    def champion(self) -> Model | None: ...

    def shadow(self) -> Model | None: ...

    def events(self, version: str | None = None) -> list[Event]:
        """Of one model or of all, the oldest first."""
        ...


class ModelService(Protocol):
    """What workers ask and tell of the models in service. Raises DatabaseUnavailable."""

    def in_service(self) -> Mapping[State, str]:
        """The versions of champion and shadow, where there are any; one indexed query."""
        ...

    def refuse(self, version: str, worker: int, why: str, at: datetime) -> None:
        """A worker would not take it up; said again at every try."""
        ...

    def accept(self, version: str, worker: int) -> None:
        """It did after all; what it refused before is forgotten."""
        ...

    def refusals(self, version: str) -> list[Refusal]:
        """The workers that refuse it, by their numbers."""
        ...


class ShadowStore(Protocol):
    """What the shadow says beside the champion. Raises DatabaseUnavailable."""

    def record(self, posts: Sequence[Shadowed]) -> int:
        """Keep these; a post that is gone, or that this shadow scored before, changes nothing. How many are new."""
        ...

    def disagreements(self, count: int, since: datetime | None = None) -> list[Disagreement]:
        """Posts of which the present shadow, or where there is none the last one, says something else, newest first."""
        ...

    def shadow_days(self, version: str) -> list[ShadowDay]:
        """How far a shadow agreed, by day and by the model it was compared with, the newest first."""
        ...


class ModelStore(ModelRegistry, ModelService, ShadowStore, Protocol):
    """The registry of models as one."""


class Wishes(Protocol):
    """Retrainings that a person asks for; one waits at most. Raises DatabaseUnavailable."""

    def waiting(self) -> Wish | None: ...

    def ask(self, by: str, why: str, at: datetime) -> bool:
        """Whether it was taken; not where one waits already. In the audit log.

        Raises:
            RegistryRefused: no name or no reason.
        """
        ...

    def begin(self, at: datetime) -> None:
        """What waits, if anything does, is being done."""
        ...

    def withdraw(self, by: str, at: datetime) -> bool:
        """Whether one waited. In the audit log."""
        ...


class RescoringStore(Protocol):
    """Periods that are judged again. Raises DatabaseUnavailable, DataRejected."""

    def begin(
        self, since: datetime, until: datetime, channels: Sequence[str], version: str, by: str, now: datetime
    ) -> Rescoring:
        """Remember one; one that is not finished, of the same beginning and channels, goes on in its place."""
        ...

    def get(self, rescoring_id: int) -> Rescoring:
        """As it stands now."""
        ...

    def waiting(
        self, rescoring: Rescoring, version: str, after: tuple[datetime, str] | None, most: int
    ) -> list[Waiting]:
        """Posts that another model judged, in the order of publication, from after one of them."""
        ...

    def count_waiting(self, rescoring: Rescoring, version: str) -> int: ...

    def replace(self, rescoring_id: int, post_ids: Sequence[str], judged: Mapping[str, Scores], version: str) -> int:
        """One transaction: the scores of these originals and of what repeats them, the rollups by the difference, and
        the counts. Posts that `version` has judged already stay. How many changed."""
        ...

    def finish(self, rescoring_id: int, now: datetime) -> Rescoring: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that is to be judged again: by itself, or with the first post whose words it repeats."""

    published_at: datetime
    post_id: str
    original: str
    """The `post_id` that is judged."""


class SketchStore(Protocol):
    """What is kept of days, so that they can be compared. Raises DatabaseUnavailable."""

    def unsketched(self, since: date, until: date, channels: Sequence[str]) -> list[tuple[date, str]]:
        """Days, both ends included, on which a channel has judged posts and no sketch, the first first."""
        ...

    def sample(self, day: date, channel: str, most: int) -> list[tuple[str, Scores]]:
        """Texts and scores of at most so many judged originals of a day of publication, the same ones each time."""
        ...

    def keep(self, sketches: Sequence[Sketch]) -> None:
        """In place of those of the same days."""
        ...

    def sketches(self, channel: str, since: date) -> list[Sketch]:
        """In the order of days. Raises StateUnreadable."""
        ...

    def forget(self, since: date, until: date, channels: Sequence[str]) -> None:
        """Days that were judged again, both ends included; of every channel, when none is named."""
        ...


class FindingStore(Protocol):
    """What days are compared with, and what was found. Raises DatabaseUnavailable."""

    def references(self) -> Mapping[str, Reference]:
        """By channel."""
        ...

    def keep_reference(self, reference: Reference) -> None:
        """In place of its channel's last one."""
        ...

    def findings(self) -> list[Finding]:
        """The last ones of each channel under its present reference; none where that has just begun."""
        ...

    def keep_findings(self, findings: Sequence[Finding]) -> None: ...


class DriftStore(SketchStore, FindingStore, Protocol):
    """Everything about drift."""

    def alone(self) -> AbstractContextManager[bool]:
        """Whether nobody else looks for drift while the context is open."""
        ...

    def looked(self) -> Mapping[str, date]:
        """By channel, the last day that was looked at."""
        ...
