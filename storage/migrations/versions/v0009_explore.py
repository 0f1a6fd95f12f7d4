"""Full text of posts, and crosses of what they are counted by."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    script = Path(__file__).parents[1] / "0009_explore.sql"
    # sent as it is: a percent sign in the file is no parameter
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script.read_text(encoding="utf-8"))
