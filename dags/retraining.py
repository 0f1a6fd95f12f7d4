"""The steps of a retraining, which Airflow and `groundswell retrain --once` share; each may be run again.

    export → validate → train → evaluate → decide → shadow → promote

A run's folder is named by what is learnt from: labels, champion and plan. The same ones have the same folder, so a step
that was killed goes on where it was, and a step that is done stays done. No two steps of any run overlap.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from core.errors import LabelsUnfit, Permanent
from core.occasions import Standing, due
from core.registry import Model
from core.settings import Settings
from core.snapshots import Row, snapshot_id
from core.validation import Validation, read_rows
from dags import run_folder
from dags.promoting import Promoting
from dags.retraining_report import Outcome, begun, with_outcome, with_validation, write
from dags.run_folder import ROOT, RunFolder, last_run
from dags.settled_rows import settled_rows
from storage.postgres import Database

BY: Final = "retraining"
"""Who the registry says it was, where nobody is named."""
Result = TypeVar("Result")


class Retraining:
    """Runs the steps; every one of them takes and gives the run's folder."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        by: str = BY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        say: Callable[[str], None] = print,
    ) -> None:
        """
        Args:
            settings: where things are, and how much is done.
            database: labels and models.
            by: who is named in the registry.
            now: with a zone.
            say: told what is being done.
        """
        self._settings = settings
        self._database = database
        self._by = by
        self._now = now
        self._say = say
        self.promoting = Promoting(settings, database, by=by, now=now, say=say)
        """The steps that end a run: decide, shadow, promote."""

    def alone(self) -> AbstractContextManager[None]:
        """No other step of any run, on any machine, while the context is open. Raises Busy."""
        return self._database.locks.retraining()

    def give_way(self) -> None:
        """The lowest priority and few threads, for the rest of this process: what classifies posts goes first."""
        from models.continuing import give_way

        give_way(self._settings.retrain_threads)

    def due(self) -> str | None:
        """Why a retraining is to be started now by the settings, or `None`."""
        found = last_run(self._settings.data_dir)
        began, until = found if found is not None else (None, None)
        labels = self._database.labels.settled(until)
        fresh = sum(1 for label in labels if until is None or label.labelled_at > until)
        return due(
            Standing(fresh, began, self._drifted_at(), self._database.retrainings.waiting()),
            self._now(),
            wanted=self._settings.retrain_on.split(),
            enough=self._settings.retrain_labels,
            least=self._settings.retrain_least,
        )

    def export(self, why: str) -> Path:
        """Write the settled labels of this moment into the folder of their run.

        Raises:
            SetupError: there is no training data, or the folder cannot be written.
            ModelUnusable: the champion cannot be read.
        """
        from models.continuing import Plan, base_data, learnt_until
        from models.registering import ensure_champion

        champion = ensure_champion(self._database.models, self._settings.weights, self._now)
        weights = self._champion(champion)
        base_data(self._data_folder(), weights)  # before anything is begun
        learnt = learnt_until(weights)
        rows = settled_rows(self._database.labels, None if learnt is None else datetime.fromisoformat(learnt))
        plan = Plan(epochs=self._settings.retrain_epochs, replay=self._settings.retrain_replay)
        name = snapshot_id(rows, champion.version, asdict(plan))
        run = RunFolder(self._settings.data_dir.absolute() / ROOT / name)
        if not run.has(run_folder.RUN):
            run.write_rows(rows)
            until = max((row.labelled_at for row in rows), default=None)
            run.write(
                run_folder.RUN,
                {
                    "id": name,
                    "why": why,
                    "started_at": self._now().isoformat(),
                    "champion": champion.version,
                    "plan": asdict(plan),
                    "until": None if until is None else until.isoformat(),
                },
            )
        self._database.retrainings.begin(self._now())
        self._say(f"{len(rows):,} settled labels, {sum(row.is_new for row in rows):,} of them new, in {run.path}")
        return run.path

    def validate(self, folder: Path) -> Path:
        """Hold the snapshot against what a model may learn from.

        Raises:
            LabelsUnfit: it may not be learnt from; the report says why.
        """
        run = RunFolder(folder)
        found = self._validated(run)
        report = with_validation(begun(run), found)
        run.write(run_folder.VALIDATION, {"left_out": found.left_out, "faults": [asdict(one) for one in found.faults]})
        if not found.is_fit:
            write(run, with_outcome(report, Outcome.UNFIT, [fault.sentence for fault in found.faults]))
            raise LabelsUnfit(
                f"the labels are refused: {'; '.join(f'{one.check}: {one.sentence}' for one in found.faults)}"
                f" (report: {run.path / run_folder.PAGE})"
            )
        write(run, report)
        return folder

    def train(self, folder: Path, checkpoint_every_s: float | None = None) -> Path:
        """Train the candidate; killed, it goes on at its last checkpoint.

        Args:
            checkpoint_every_s: how much a kill may cost; `None` takes the usual.
        """
        import torch
        from rich.console import Console

        from models.continuing import CHECKPOINT_EVERY_S, Plan, base_data, continue_training
        from models.watching import watching

        run = RunFolder(folder)
        about = run.read(run_folder.RUN)
        weights = self._champion(self._database.models.get(about["champion"]))
        with watching(run.path / "logs", Console()) as watcher:
            continue_training(
                base_data(self._data_folder(), weights),
                weights,
                self._kept(run),
                Plan(**about["plan"]),
                run.path,
                watcher,
                snapshot={"id": about["id"], "until": about["until"]},
                device=torch.device(self._settings.retrain_device),
                say=self._say,
                checkpoint_every_s=CHECKPOINT_EVERY_S if checkpoint_every_s is None else checkpoint_every_s,
            )
        return folder

    def evaluate(self, folder: Path) -> Path:
        """Measure candidate and champion side by side."""
        from models.continuing import base_data
        from models.evidence import gather

        run = RunFolder(folder)
        if run.has(run_folder.EVIDENCE):
            return folder
        weights = self._champion(self._database.models.get(run.read(run_folder.RUN)["champion"]))
        data = base_data(self._data_folder(), weights)
        gathered = gather(weights, run.candidate, data, self._kept(run), self._say)
        run.write(run_folder.EVIDENCE, gathered.as_json())
        return folder

    def _drifted_at(self) -> datetime | None:
        """When the youngest drift that lasts was first seen: the end of its first day, in UTC; `None` without one."""
        days = [found.since for found in self._database.drift.findings() if found.since is not None]
        return datetime.combine(max(days) + timedelta(days=1), time.min, UTC) if days else None

    def _champion(self, model: Model) -> Path:
        """The artefact folder of a model of the registry; unpacked once, and checked."""
        from models.packing import unpack

        folder = self._settings.data_dir.absolute() / ROOT / "models" / model.version
        if not folder.is_dir():
            part = folder.with_name(f"{model.version}.{os.getpid()}.part")
            unpack(self._database.models.artefact(model.version), part, model.sha256)
            os.replace(part, folder)
        return folder

    def _data_folder(self) -> Path | None:
        return Path(self._settings.training_data) if self._settings.training_data else None

    def _validated(self, run: RunFolder) -> Validation:
        from dags.validating import validated

        weights = self._champion(self._database.models.get(run.read(run_folder.RUN)["champion"]))
        return validated(run, weights, self._data_folder(), self._settings.retrain_least)

    def _kept(self, run: RunFolder) -> list[Row]:
        """The rows that validation let through."""
        left_out = set(run.read(run_folder.VALIDATION)["left_out"])
        rows, _ = read_rows(run.read_lines())
        return [row for row in rows if row.post_id not in left_out]


@contextmanager
def opened(settings: Settings | None = None, **named: Any) -> Iterator[Retraining]:
    """The steps over the settings' own database, which is closed afterwards; arguments as of `Retraining`."""
    found = Settings() if settings is None else settings
    database = Database(found.dsn.get_secret_value())
    try:
        yield Retraining(found, database, **named)
    finally:
        database.close()


def step(run: Callable[[Retraining], Result]) -> Result:
    """One step as a task of Airflow's: alone, at the lowest priority, and not tried again where that would not help."""
    from airflow.sdk.exceptions import AirflowFailException

    with opened() as retraining:
        try:
            with retraining.alone():
                retraining.give_way()
                return run(retraining)
        except Permanent as exc:
            raise AirflowFailException(str(exc)) from exc
