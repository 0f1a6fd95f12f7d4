"""Airflow: once an hour, days that are over are compared with what the model is known to be good for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task


@dag(
    schedule="41 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
    tags=["groundswell"],
    doc_md=__doc__,
)
def watch_drift() -> None:
    @task
    def look_at_days() -> dict[str, int]:
        """Nearly always there is nothing new, and nothing is loaded; returns how many days were looked at."""
        import os
        from contextlib import closing

        from core.settings import Settings
        from dags.drifting import answers_of, champion_of, load_encoder, look_for_drift
        from storage.postgres import Database

        os.nice(10)  # posts come first
        with closing(Database(Settings().dsn.get_secret_value())) as database:
            champion = champion_of(database)
            if champion is None:
                return {"days": 0, "drifting": 0}
            now = datetime.now(UTC)
            answers = answers_of(database, now)
            found = look_for_drift(database.drift, answers, champion, load_encoder, now, print)
        if found is None:  # somebody else is at it
            return {"days": 0, "drifting": 0}
        return {"days": found.days, "drifting": len(found.drifting)}

    look_at_days()


watch_drift()
