"""The report's count on real parts: what is neither stored nor set aside is lost, and nothing else is."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from core.ports import DeadLetter
from core.settings import Settings
from groundswell import schema
from groundswell.counting import Counter
from ingest.kafka import RAW, KafkaPublisher, producer_settings
from storage.postgres import Database
from tests.builders import make_post, make_scored
from tests.services import wait_until

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def settings(own_broker, postgres) -> Settings:
    made = Settings(
        _env_file=None,
        bootstrap_servers=own_broker.bootstrap_servers,
        dsn=SecretStr(postgres()),
        webhook_url="https://receiver.example/hook",
    )
    schema.make(made, airflow=False, say=lambda what: None)
    return made


def produce(settings: Settings, record: bytes) -> None:
    from confluent_kafka import Producer

    producer = Producer(producer_settings(settings.bootstrap_servers))
    producer.produce(RAW, record)
    assert producer.flush(30) == 0


def test_a_post_is_lost_until_it_is_stored_and_a_record_until_it_is_set_aside(settings):
    counter = Counter(settings, since=NOW)
    publisher = KafkaPublisher(settings.bootstrap_servers)
    database = Database(settings.dsn.get_secret_value())
    posts = [make_post(name) for name in "abc"]
    assert counter.is_drained()

    publisher.publish(posts)
    produce(settings, b"\xff not json")
    assert not counter.is_drained()
    assert counter.read({}, {}).lost == 4

    database.posts.record([make_scored(name) for name in "ab"], [])
    assert counter.read({}, {}).lost == 2

    # the third post was refused by the database, and the record was no batch of posts
    (origin,) = {item for item in counter.unsettled if item.startswith(RAW)}
    body = posts[2].model_dump_json().encode()
    letters = [DeadLetter("no", "DataRejected", "elsewhere/0/0/0", body), DeadLetter("no", "x", origin, b"\xff")]
    publisher.publish_dead(letters)
    report = counter.read({}, {})
    assert (report.lost, report.in_topic, report.stored, report.dead_lettered) == (0, 3, 2, 2)
    assert counter.is_drained()
    counter.close()
    database.close()


def test_the_count_goes_on_after_the_broker_was_away(settings, own_broker):
    counter = Counter(settings, since=NOW)
    publisher = KafkaPublisher(settings.bootstrap_servers)
    publisher.publish([make_post("a")])
    assert not counter.is_drained()
    Database(settings.dsn.get_secret_value()).posts.record([make_scored("a")], [])

    own_broker.kill()
    own_broker.start()
    wait_until(counter.is_drained, 30)

    publisher.publish([make_post("b")])
    assert not counter.is_drained()
    assert counter.read({}, {}).lost == 1
