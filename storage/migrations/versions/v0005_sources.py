"""Cadence and health of sources, turns at hosts, near-duplicates, and erasures."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    script = Path(__file__).parents[1] / "0005_sources.sql"
    # sent as it is: a percent sign in the file is no parameter
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script.read_text(encoding="utf-8"))
