"""The broker's lock and configuration."""

from pathlib import Path

from core.wire import MAX_RECORD_BYTES
from groundswell.kafka_server import MAX_MESSAGE_BYTES, KafkaServer, locked_jars


def properties() -> dict[str, str]:
    text = KafkaServer(Path("/data/kafka"), port=19092, controller_port=19093).properties()
    return dict(line.split("=", 1) for line in text.splitlines())


def test_the_lock_names_every_jar_once_with_a_whole_digest():
    jars = locked_jars()
    assert len(jars) == 46
    assert len({(jar.group, jar.artifact) for jar in jars}) == 46
    assert {len(jar.sha256) for jar in jars} == {64}


def test_the_broker_takes_the_largest_record_that_we_write():
    assert MAX_RECORD_BYTES < MAX_MESSAGE_BYTES
    assert properties()["message.max.bytes"] == str(MAX_MESSAGE_BYTES)


def test_the_broker_listens_on_the_loopback_address_alone():
    assert properties()["listeners"] == "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"


def test_no_topic_is_made_by_accident():
    assert properties()["auto.create.topics.enable"] == "false"


def test_one_node_is_enough_for_every_internal_topic():
    factors = {value for name, value in properties().items() if name.endswith("replication.factor")}
    assert factors == {"1"}
