"""Asks Kafka how many orders of posts.rescore no worker has finished."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaException, TopicPartition

from core.errors import BrokerUnavailable
from ingest.kafka import PARTITIONS, RESCORE
from stream.rescoring import GROUP

WAIT_S = 10.0


def backlog(bootstrap_servers: str) -> int:
    """Records that the workers' group has not acknowledged. Raises BrokerUnavailable."""
    reader = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": GROUP, "log_level": 0})
    try:
        partitions = [TopicPartition(RESCORE, number) for number in range(PARTITIONS[RESCORE])]
        waiting = 0
        for partition in reader.committed(partitions, timeout=WAIT_S):
            first, end = reader.get_watermark_offsets(partition, timeout=WAIT_S)
            waiting += max(0, end - max(first, partition.offset))
        return waiting
    except KafkaException as exc:
        raise BrokerUnavailable(f"cannot read {RESCORE}: {exc.args[0].str()}") from exc
    finally:
        reader.close()
