"""Airflow: when a week is over, enough labels have come or the language has drifted, the classifier is retrained.

Which of these starts a run, GROUNDSWELL_RETRAIN_ON says; triggered by hand, a run always begins. A run ends with a new
champion or with a refusal, and with a report that says why (docs/retraining.md). Labels that are refused fail the run:
somebody has to look at them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, get_current_context, task

POOL = "retrain"
"""One slot: whatever runs are under way, one step runs at a time."""
LOOK_EVERY_S = 600
"""Between two looks at a candidate in shadow."""


@dag(
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # two runs would train from one champion, and the second candidate would have been measured against the wrong one
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5), "pool": POOL},
    tags=["groundswell"],
    doc_md=__doc__,
)
def retrain_classifier() -> None:
    # imports stand in the tasks: Airflow reads the file again and again
    @task
    def is_due() -> str:
        """Why a run is to begin now; else all that follows is skipped."""
        from airflow.sdk.exceptions import AirflowSkipException

        from dags.retraining import opened

        if str(get_current_context()["dag_run"].run_type) == "manual":
            return "started by hand"
        with opened() as retraining:
            why = retraining.due()
        if why is None:
            raise AirflowSkipException("nothing is due")
        return why

    @task
    def export_snapshot(why: str) -> str:
        """Settled labels into the folder of their run."""
        from dags.retraining import step

        return str(step(lambda retraining: retraining.export(why)))

    @task
    def validate_snapshot(folder: str) -> str:
        """Refuse labels that a model must not learn from."""
        from pathlib import Path

        from dags.retraining import step

        return str(step(lambda retraining: retraining.validate(Path(folder))))

    @task
    def train_candidate(folder: str) -> str:
        """Train from the champion, at the lowest priority; a killed try goes on at its last checkpoint."""
        from pathlib import Path

        from dags.retraining import step

        return str(step(lambda retraining: retraining.train(Path(folder))))

    @task
    def evaluate_both(folder: str) -> str:
        """Champion and candidate on the same frozen texts."""
        from pathlib import Path

        from dags.retraining import step

        return str(step(lambda retraining: retraining.evaluate(Path(folder))))

    @task
    def pass_gate(folder: str) -> str:
        """Into shadow, or refused; a refused candidate skips what follows."""
        from pathlib import Path

        from airflow.sdk.exceptions import AirflowSkipException

        from dags.retraining import step

        if not step(lambda retraining: retraining.promoting.decide(Path(folder))):
            raise AirflowSkipException("the gate refuses the candidate; its report says why")
        return folder

    @task.sensor(poke_interval=LOOK_EVERY_S, timeout=timedelta(days=31).total_seconds(), mode="reschedule")
    def shadow_is_over(folder: str) -> bool:
        """The candidate has scored beside the champion for long enough."""
        from pathlib import Path

        from dags.retraining import opened

        with opened() as retraining:
            until = retraining.promoting.shadow_until(Path(folder))
        return until is None or until <= datetime.now(UTC)

    @task
    def promote_candidate(folder: str) -> bool:
        """The new champion, or a refusal."""
        from pathlib import Path

        from dags.retraining import step

        return bool(step(lambda retraining: retraining.promoting.promote(Path(folder))))

    passed = pass_gate(evaluate_both(train_candidate(validate_snapshot(export_snapshot(is_due())))))
    shadow_is_over(passed) >> promote_candidate(passed)


retrain_classifier()
