"""Airflow: once a night, what is older than the retention is removed from PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task


@dag(
    schedule="17 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
    tags=["groundswell"],
    doc_md=__doc__,
)
def prune_storage() -> None:
    @task
    def prune_posts() -> dict[str, int]:
        """Remove what is older than GROUNDSWELL_KEEP_DAYS, or its channel's own; returns the rows removed by table."""
        from core.settings import Settings
        from storage.pruning import prune

        settings = Settings()
        now = datetime.now(UTC)
        before = now - timedelta(days=settings.keep_days)
        days = {
            "news": settings.keep_days_news,
            "social": settings.keep_days_social,
            "customer": settings.keep_days_customer,
        }
        channels = {name: now - timedelta(days=kept) for name, kept in days.items() if 0 < kept < settings.keep_days}
        removed = prune(settings.dsn.get_secret_value(), before, channels)
        print(f"removed what was stored before {before:%Y-%m-%d}: {removed}")
        return removed

    prune_posts()


prune_storage()
