"""What a look at the series reads, and when the last one began."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    script = Path(__file__).parents[1] / "0014_looks.sql"
    # sent as it is: a percent sign in the file is no parameter
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script.read_text(encoding="utf-8"))
