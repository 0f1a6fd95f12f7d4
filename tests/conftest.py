"""What every test may use."""

from tests.services import (
    dsn,
    kafka,
    kafka_broker,
    own_broker,
    own_postgres,
    postgres,
    postgres_instance,
)

__all__ = ["dsn", "kafka", "kafka_broker", "own_broker", "own_postgres", "postgres", "postgres_instance"]
