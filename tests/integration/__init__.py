"""Tests over a real Kafka and a real PostgreSQL."""
