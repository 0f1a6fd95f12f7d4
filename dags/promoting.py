"""The steps that end a retraining: the gate, the time in shadow, and the move in the registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from core.errors import SetupError
from core.gate import Decision, decide, decide_after_shadow
from core.registry import LONGEST_WHY, State
from core.settings import Settings
from dags import run_folder
from dags.retraining_report import Outcome, begun, with_decision, with_outcome, write
from dags.run_folder import ROOT, RunFolder, runs
from storage.postgres import Database

HEADS: Final = ("topic", "sentiment", "emotion", "intent")


class Promoting:
    """What becomes of a candidate; whoever may have changed the champion meanwhile is noticed."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        by: str,
        now: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        """Arguments as of `dags.retraining.Retraining`."""
        self._settings = settings
        self._database = database
        self._by = by
        self._now = now
        self._say = say

    def decide(self, folder: Path) -> bool:
        """Hold the evidence against the gate, and enter the candidate into the registry: as shadow, or retired.

        Returns:
            Whether the candidate passed.
        """
        from models.evidence import evidence_of
        from models.registering import describe

        run = RunFolder(folder)
        about, measured = run.read(run_folder.RUN), run.read(run_folder.EVIDENCE)
        decision = decide(evidence_of(measured))
        reasons = list(decision.reasons)
        champion = self._database.models.champion()
        if champion is None or champion.version != about["champion"]:
            decision = replace(decision, promote=False)
            reasons = [f"{about['champion']} is no longer the champion: run again, against the one that is"]
        model, artefact = describe(run.candidate, self._now(), parent=about["champion"])
        report = with_decision(begun(run), decision, measured) | {"candidate": model.version}
        outcome = Outcome.PASSED if decision.promote else Outcome.REFUSED
        report = with_outcome(report, outcome, reasons)
        model = replace(
            model,
            metrics={**model.metrics, "retraining": report},
            data_sha256={**model.data_sha256, run_folder.SNAPSHOT: run.sha256(run_folder.SNAPSHOT)},
        )
        registry = self._database.models
        known = {one.version: one.state for one in registry.all()}
        if model.version not in known:
            registry.add(model, artefact, self._by, about["why"])
        if known.get(model.version, State.CANDIDATE) is State.CANDIDATE:
            to = State.SHADOW if decision.promote else State.RETIRED
            registry.move(model.version, to, self._by, _short(reasons))
        write(run, report)
        for reason in reasons:
            self._say(f"{outcome}: {reason}")
        return decision.promote

    def shadow_until(self, folder: Path) -> datetime | None:
        """When a run's candidate has been in shadow for long enough; `None` when it is not in shadow (any more)."""
        version = RunFolder(folder).read(run_folder.REPORT)["candidate"]
        shadow = self._database.models.shadow()
        if shadow is None or shadow.version != version:
            return None
        moved = [event.at for event in self._database.models.events(version) if event.after is State.SHADOW]
        return moved[-1] + timedelta(hours=self._settings.retrain_shadow_h)

    def in_shadow(self) -> Path | None:
        """The folder of the run whose candidate is in shadow; `None` where nothing of a run is."""
        shadow = self._database.models.shadow()
        if shadow is None or "retraining" not in shadow.metrics:
            return None
        run = RunFolder(self._settings.data_dir.absolute() / ROOT / str(shadow.metrics["retraining"]["id"]))
        return run.path if run.has(run_folder.REPORT) else None

    def report_of(self, version: str | None) -> dict[str, Any]:
        """The report of a model of the registry, or of the last run.

        Raises:
            RegistryRefused: there is no such model.
            SetupError: it was not made by a retraining, or there was no run.
        """
        if version is None:
            found = runs(self._settings.data_dir)
            if not found:
                raise SetupError("there was no retraining yet, and so there is no report")
            return begun(found[0])
        metrics = self._database.models.get(version).metrics
        if "retraining" not in metrics:
            raise SetupError(
                f"the model {version} was not made by a retraining; `groundswell models show` has its card"
            )
        return self._told(metrics["retraining"], version)

    def _told(self, report: dict[str, Any], version: str) -> dict[str, Any]:
        """The registry's copy, written when the gate decided, with what has become of the model since."""
        events = self._database.models.events(version)
        if any(event.after is State.CHAMPION for event in events):
            return with_outcome(report, Outcome.PROMOTED, report["reasons"])
        if report["outcome"] == Outcome.PASSED and events and events[-1].after is State.RETIRED:
            return with_outcome(report, Outcome.REFUSED_AFTER_SHADOW, [events[-1].why])
        return report

    def promote(self, folder: Path) -> bool:
        """Promote a candidate whose time in shadow is over, or refuse it.

        Returns:
            Whether it is the champion now.
        """
        run = RunFolder(folder)
        about, report = run.read(run_folder.RUN), run.read(run_folder.REPORT)
        version, registry = report["candidate"], self._database.models
        champion = registry.champion()
        if champion is not None and champion.version == version:
            return True
        if registry.get(version).state is not State.SHADOW:
            self._say(f"{version} is {registry.get(version).state}: somebody decided otherwise")
            return False
        decision = self._after_shadow(version)
        reasons = [*report["reasons"], *decision.reasons]
        if champion is None or champion.version != about["champion"]:
            decision = replace(decision, promote=False)
            reasons = [f"{about['champion']} is no longer the champion: run again, against the one that is"]
        elif not decision.promote:
            reasons = list(decision.reasons)
        registry.move(version, State.CHAMPION if decision.promote else State.RETIRED, self._by, _short(reasons))
        outcome = Outcome.PROMOTED if decision.promote else Outcome.REFUSED_AFTER_SHADOW
        write(run, with_outcome(report, outcome, reasons))
        self._say(f"{version}: {outcome}")
        return decision.promote

    def _after_shadow(self, version: str) -> Decision:
        against = self._database.models.champion()
        days = [
            day
            for day in self._database.models.shadow_days(version)
            if against is not None and day.against == against.version
        ]
        disagreed = {head: sum(getattr(day, head) for day in days) for head in HEADS}
        return decide_after_shadow(sum(day.posts for day in days), disagreed)


def _short(reasons: Sequence[str]) -> str:
    """What the registry keeps: the report has the rest."""
    return "; ".join(reasons)[:LONGEST_WHY] or "no reason was given"
