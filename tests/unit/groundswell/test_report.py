"""A report whose numbers do not add up says so."""

from dataclasses import replace

from groundswell.report import ACCEPTED, Report

GOOD = Report(
    fetched=120, published=100, repeats=15, rejected=5, in_topic=100, stored=100, near_duplicates=7, scored=90,
    unjudged=10, dead_lettered=6, lost=0, masked=1, incidents_opened=1, incidents_resolved=0, webhooks_delivered=1,
    webhooks_missing=0, webhooks_pending=0, drafts=12, drafts_waiting=0, broken_off=0,
)  # fmt: skip


def test_numbers_that_add_up_have_no_fault():
    assert GOOD.faults() == []
    assert GOOD.adds_up


def test_one_lost_post_fails_the_run():
    assert replace(GOOD, lost=1).faults() == ["1 posts or records of posts.raw are neither stored nor in posts.dead"]


def test_an_item_that_nobody_accounts_for_fails_the_run():
    assert replace(GOOD, fetched=121).faults() == ["fetched 121 is not published + repeats + rejected = 120"]


def test_a_post_that_was_published_and_is_not_in_the_topic_fails_the_run():
    assert len(replace(GOOD, in_topic=99).faults()) == 1


def test_a_stored_post_without_score_or_reason_fails_the_run():
    assert len(replace(GOOD, unjudged=9).faults()) == 1


def test_a_webhook_that_never_arrived_fails_the_run():
    assert len(replace(GOOD, webhooks_missing=1).faults()) == 1


def test_another_receiver_is_not_asked():
    assert replace(GOOD, webhooks_missing=None).adds_up


def test_the_json_bears_every_key_that_readers_count_on():
    content = GOOD.as_json()
    assert tuple(content)[: len(ACCEPTED)] == ACCEPTED
    assert content["duplicates"] == 22
