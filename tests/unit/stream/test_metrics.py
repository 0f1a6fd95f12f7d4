import json

from core.batching import Closed
from core.ports import DeadLetter
from stream.metrics import Metrics, health
from stream.pipeline import Outcome
from stream.watchdog import Pulse, State

LETTER = DeadLetter("not JSON", "MalformedRecord", "posts.raw/0/1", b"")


def page(pulse: Pulse) -> tuple[int, dict[str, object]]:
    status, body = health(pulse, worker_id=1, model_version="fake-1", watchdog_s=60)
    return status, json.loads(body)


def test_a_worker_is_healthy_once_it_reads_and_gets_on():
    pulse = Pulse(lambda: 0.0)
    pulse.state = State.RUNNING
    pulse.looped({0: 2, 3: 1})
    status, body = page(pulse)
    assert status == 200
    assert (body["state"], body["healthy"], body["lag"], body["partitions"]) == ("running", True, 3, [0, 3])


def test_a_worker_that_is_not_yet_in_its_group_is_not_healthy():
    for state in (State.STARTING, State.JOINING, State.STOPPING):
        pulse = Pulse()
        pulse.state = state
        assert page(pulse)[0] == 503


def test_a_person_sees_a_stall_before_the_watchdog_acts():
    now = [0.0]
    pulse = Pulse(lambda: now[0])
    pulse.state = State.RUNNING
    pulse.looped({0: 2})
    now[0] = 31.0
    pulse.looped({0: 2})
    status, body = page(pulse)
    assert (status, body["healthy"]) == (503, False)
    assert body["problem"] == "2 records wait and there was no progress for 31 s"


def test_a_batch_is_counted_by_what_became_of_its_posts():
    metrics = Metrics(Pulse())
    outcome = Outcome(read=7, stored=4, repeated=3, duplicates=2, unjudged=1, drafts=1, letters=(LETTER, LETTER))
    metrics.count(outcome, Closed.WAIT)
    text = metrics.exposition().decode()
    for line in (
        'groundswell_posts_total{outcome="stored"} 4.0',
        'groundswell_posts_total{outcome="repeated"} 3.0',
        'groundswell_posts_total{outcome="duplicates"} 2.0',
        'groundswell_dead_letters_total{error="MalformedRecord"} 2.0',
        'groundswell_batches_total{closed="wait"} 1.0',
        "groundswell_batch_posts_sum 7.0",
    ):
        assert line in text.splitlines()


def test_each_stage_has_its_seconds():
    metrics = Metrics(Pulse())
    with metrics.timed("judge"):
        pass
    assert 'groundswell_stage_seconds_count{stage="judge"} 1.0' in metrics.exposition().decode()


def test_the_lag_of_a_partition_that_went_to_another_worker_is_no_longer_shown():
    pulse = Pulse()
    metrics = Metrics(pulse)
    pulse.looped({0: 5, 1: 2})
    assert 'groundswell_lag_records{partition="1"} 2.0' in metrics.exposition().decode()
    pulse.looped({0: 5})
    assert 'partition="1"' not in metrics.exposition().decode()
