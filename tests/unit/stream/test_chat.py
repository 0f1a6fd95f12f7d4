"""Apprise against a real HTTP server on this machine."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from core.errors import DeliveryFailed, SetupError
from groundswell.trial import trial
from stream.chat import ChatNotifier
from tests.receiver import Receiver, running_receiver

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# Apprise imports it on Python 3.11
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def address(receiver: Receiver) -> str:
    return receiver.url.replace("http://", "json://")


def test_a_chat_reads_what_it_is_about_and_the_log_does_not_tell_the_token(caplog: pytest.LogCaptureFixture) -> None:
    message, _ = trial("ops", "http://127.0.0.1:8501", NOON)
    with caplog.at_level(logging.DEBUG), running_receiver() as receiver:
        ChatNotifier(address(receiver)).notify(message)
        (request,) = receiver.received
        assert b"This is a trial of the receiver ops; nothing is wrong" in request.body
        receiver.status = 500
        with pytest.raises(DeliveryFailed) as failed:
            ChatNotifier(address(receiver)).notify(message)
    assert "hush" not in caplog.text + str(failed.value)


def test_an_address_that_apprise_does_not_know_is_refused_without_being_told() -> None:
    with pytest.raises(SetupError) as refused:
        ChatNotifier("nosuchchat://hush")
    assert "hush" not in str(refused.value)
