"""What every test may use."""

from tests.services import (
    kafka,
    kafka_broker,
    own_broker,
    own_postgres,
    postgres,
    postgres_instance,
)

__all__ = ["kafka", "kafka_broker", "own_broker", "own_postgres", "postgres", "postgres_instance"]
