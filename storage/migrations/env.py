"""What alembic runs: the missing versions, on the connection and in the transaction that `storage.migrating` opened."""

from alembic import context

# The table's name is our own: Airflow keeps an alembic_version, and may be given the same database.
context.configure(connection=context.config.attributes["connection"], version_table="groundswell_version")
context.run_migrations()
