"""Takes up the registry's champion: at the start, and whenever another model becomes it; never one that is unfit."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from core.errors import GroundswellError, ModelUnusable
from core.learning_ports import ModelStore
from core.model_health import TRY_AGAIN
from core.ports import Classifier, Reader
from core.registry import State, earlier_champions
from models.artefact import read_description
from models.packing import unpack
from models.registering import ensure_champion
from stream.freeing import give_back
from stream.serving import Serving

log = logging.getLogger(__name__)

LoadFolder = Callable[[Path], Reader]
"""Loads an artefact folder. Raises ModelUnusable."""
Check = Callable[[Classifier], None]
"""Asks a model whether it is fit. Raises ModelUnusable."""


class Outcome(StrEnum):
    """What became of a champion that a worker was to take up."""

    TAKEN = "taken"
    REFUSED = "refused"


@dataclass(slots=True)
class Champions:
    """One worker's way to the champion. `first` is called once, `look` from a timer's thread."""

    models: ModelStore
    load: LoadFolder
    check: Check
    shipped: Path
    """Weights that become the champion where there is none, and that serve where no champion can."""
    scratch: Path
    """Folder under which an artefact lies while it is loaded."""
    worker: int
    now: Callable[[], datetime]
    tell: Callable[[Outcome, str], object] = lambda _outcome, _version: None
    """Told of every champion that was taken up or refused."""
    refused: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """By version, when this worker refused it last, and why."""
    _left: bool = False
    """Whether memory of a model out of service may still be held."""

    def first(self) -> Serving:
        """The champion in service, or the champion before it that is fit, or else the shipped weights.

        Raises:
            DatabaseUnavailable: the registry does not answer.
            ModelUnusable: not even the shipped weights can be loaded.
        """
        champion = ensure_champion(self.models, self.shipped, self.now)
        for version in (champion.version, *earlier_champions(self.models.events())):
            reader = self._fit(version)
            if reader is not None:
                self._accept(version)
                self._mention_others(version)
                return Serving(reader)
        log.error("no champion of the registry is fit; the weights in %s serve", self.shipped)
        return Serving(self.load(self.shipped))

    def look(self, serving: Serving) -> None:
        """Take up the champion, if it is not in service yet. Batches go on meanwhile.

        Raises:
            DatabaseUnavailable: the registry does not answer; the model in service stays.
        """
        if self._left:
            # by now the last batch of the model before has ended, and with it the model
            give_back()
            self._left = False
        version = self.models.in_service().get(State.CHAMPION)
        if version is None or version == serving.version or self._was_refused_lately(version):
            return
        reader = self._fit(version)
        if reader is None:
            log.error("the model %s stays in service", serving.version)
            return
        # so that the drafts do not wait for the encoder to load
        reader.embed(["Good morning."])
        if self.models.in_service().get(State.CHAMPION) != version:
            return  # another one came while this one was loaded
        before = serving.version
        self._accept(version)
        serving.swap(reader)
        self._left = True
        log.warning("the model %s is in service, in place of %s", version, before)

    def _mention_others(self, serving: str) -> None:
        """Whoever sets other weights, or installs newer ones, shall know why they do not score."""
        try:
            version = read_description(self.shipped).version
        except ModelUnusable:
            return  # a registry with a champion needs none
        if version != serving:
            log.warning(
                "the weights in %s are the model %s, while the registry's champion %s serves; "
                "`groundswell models add %s --promote --why …` makes them the champion",
                self.shipped,
                version,
                serving,
                self.shipped,
            )

    def _fit(self, version: str) -> Reader | None:
        """The loaded model; `None` when it is unfit, which the registry is then told."""
        try:
            return open_model(self.models, version, self.load, self.check, self.scratch)
        except ModelUnusable as exc:
            self._refuse(version, str(exc))
        return None

    def _refuse(self, version: str, why: str) -> None:
        now = self.now()
        self.refused[version] = now, why
        log.error("the champion %s is refused: %s", version, why)
        self.tell(Outcome.REFUSED, version)
        self.models.refuse(version, self.worker, why, now)

    def _accept(self, version: str) -> None:
        self.models.accept(version, self.worker)
        self.refused.pop(version, None)
        self.tell(Outcome.TAKEN, version)

    def _was_refused_lately(self, version: str) -> bool:
        return version in self.refused and self.now() - self.refused[version][0] < TRY_AGAIN


def open_model(models: ModelStore, version: str, load: LoadFolder, check: Check, scratch: Path) -> Reader:
    """A model of the registry, loaded and found fit.

    Raises:
        ModelUnusable: its bytes are not those of its checksum, they are no artefact, the weights are of another
            version, or the check finds it unfit.
        DatabaseUnavailable, RegistryRefused: from the registry.
    """
    model, artefact = models.get(version), models.artefact(version)
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix=f"{version}-") as folder:
        unpack(artefact, Path(folder), model.sha256)
        try:
            reader = load(Path(folder))
        except GroundswellError:
            raise
        except Exception as exc:  # whatever weights can make a library raise, a worker goes on with those it has
            log.exception("the model %s cannot be loaded", version)
            raise ModelUnusable(f"it cannot be loaded: {type(exc).__name__}") from exc
    if reader.version != version:
        raise ModelUnusable(f"its weights are those of {reader.version}")
    check(reader)
    return reader
