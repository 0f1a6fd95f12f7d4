"""The broker's storage is formatted by Kafka's own tool, whatever the cluster's id is drawn to be."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from core.settings import Settings
from groundswell import kafka_server
from tests.services import free_port


def test_an_id_that_begins_with_a_dash_is_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xfb" + bytes(15)))
    server = kafka_server.KafkaServer(tmp_path / "kafka", free_port(), free_port())

    server.prepare(kafka_server.fetch(Settings().kafka_jars.expanduser()))

    assert "cluster.id=-wAAAAAAAAAAAAAAAAAAAA" in (tmp_path / "kafka" / "data" / "meta.properties").read_text()
