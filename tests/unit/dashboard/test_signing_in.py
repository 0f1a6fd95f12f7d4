"""Where the dashboard may listen, and what it refuses to start with."""

from __future__ import annotations

import doctest
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from core.errors import SetupError
from core.settings import Settings
from dashboard import signing_in

PROVIDER: dict[str, Any] = {
    "oidc_metadata_url": "https://id.example/.well-known/openid-configuration", "oidc_client_id": "groundswell",
    "oidc_client_secret": "s", "oidc_cookie_secret": "c" * 32, "roles": "*=viewer",
    "dashboard_url": "https://board.example/",
}  # fmt: skip


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize("address", ["0.0.0.0", "", "192.0.2.7", "::", "board.example"])
def test_without_sign_in_nothing_but_loopback_is_listened_on(address: str) -> None:
    with pytest.raises(SetupError, match=r"127\.0\.0\.1 only.*OIDC_METADATA_URL"):
        signing_in.check(settings(), address)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_without_sign_in_this_machine_may_look(address: str) -> None:
    signing_in.check(settings(), address)


def test_a_network_that_lets_nobody_in_may_be_trusted() -> None:
    signing_in.check(settings(dashboard_trust_network=True), "0.0.0.0")


def test_with_sign_in_it_may_listen_anywhere() -> None:
    signing_in.check(settings(**PROVIDER), "0.0.0.0")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("oidc_client_id", "", "OIDC_CLIENT_ID"),
        ("oidc_client_secret", "", "OIDC_CLIENT_SECRET"),
        ("roles", "", "ROLES"),
        ("roles", "ada=king", "ROLES.*WHO=ROLE"),
        ("oidc_cookie_secret", "short", "32 random characters"),
    ],
)
def test_a_sign_in_that_is_half_set_up_is_refused_with_what_is_missing(name: str, value: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        signing_in.check(settings(**PROVIDER | {name: value}), "127.0.0.1")


def test_streamlit_s_secrets_are_this_user_s_alone_and_gone_afterwards() -> None:
    with signing_in.secrets(settings(**PROVIDER)) as options:
        path = Path(options[0].partition("=")[2])
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        auth = tomllib.loads(path.read_text())["auth"]
        assert auth["redirect_uri"] == "https://board.example/oauth2callback"
        assert auth["server_metadata_url"] == PROVIDER["oidc_metadata_url"]
    assert not path.exists()
    with signing_in.secrets(settings()) as options:
        assert options == []


def test_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(signing_in)
    assert (result.failed, result.attempted > 0) == (0, True)
