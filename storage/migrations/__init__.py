"""The tables' versions: each is an SQL file, and an alembic file in `versions` that runs it."""
