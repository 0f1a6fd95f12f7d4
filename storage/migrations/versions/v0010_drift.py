"""Sketches of days, what they are compared with, what drifts, and periods that are judged again."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    script = Path(__file__).parents[1] / "0010_drift.sql"
    # sent as it is: a percent sign in the file is no parameter
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script.read_text(encoding="utf-8"))
