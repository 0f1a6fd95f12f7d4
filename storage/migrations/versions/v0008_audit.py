"""The audit log, and who did what to an incident."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    script = Path(__file__).parents[1] / "0008_audit.sql"
    # sent as it is: a percent sign in the file is no parameter
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script.read_text(encoding="utf-8"))
