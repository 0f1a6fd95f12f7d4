"""Whether the dashboard may start: where it may listen, and what Streamlit needs to know of the sign-in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import tomlkit

from core.access import is_loopback, parse_grants
from core.errors import SetupError
from core.settings import Settings

LEAST_SECRET_CHARS: Final = 32
ADDRESS: Final = "--server.address"


def check(settings: Settings, address: str) -> None:
    """Refuse what would let strangers in.

    Args:
        address: where the dashboard is to listen.

    Raises:
        SetupError: it says what to set.
    """
    if not settings.oidc_metadata_url:
        if not is_loopback(address) and not settings.dashboard_trust_network:
            raise SetupError(
                f"without sign-in the dashboard listens on 127.0.0.1 only, not on {address or 'every address'}: set"
                " GROUNDSWELL_OIDC_METADATA_URL (docs/dashboard.md), or leave the address out"
            )
        return
    try:
        grants = parse_grants(settings.roles)
    except ValueError as exc:
        raise SetupError(f"GROUNDSWELL_ROLES: {exc}") from None
    missing = {
        "OIDC_CLIENT_ID": settings.oidc_client_id,
        "OIDC_CLIENT_SECRET": settings.oidc_client_secret.get_secret_value(),
        "ROLES": grants,
    }
    for name, value in missing.items():
        if not value:
            raise SetupError(f"sign-in needs GROUNDSWELL_{name} too (docs/dashboard.md)")
    if len(settings.oidc_cookie_secret.get_secret_value()) < LEAST_SECRET_CHARS:
        raise SetupError(
            f"GROUNDSWELL_OIDC_COOKIE_SECRET needs {LEAST_SECRET_CHARS} random characters or more: whoever guesses it"
            " is anybody"
        )


def address_of(arguments: Sequence[str]) -> str:
    """Where Streamlit will listen by its command line and environment; our own config file says 127.0.0.1.

    >>> address_of(["--server.port=1", "--server.address", "0.0.0.0"]), address_of(["--server.address=::1"])
    ('0.0.0.0', '::1')
    """
    for at, argument in reversed(list(enumerate(arguments))):
        if argument == ADDRESS:
            return arguments[at + 1] if at + 1 < len(arguments) else ""
        if argument.startswith(ADDRESS + "="):
            return argument.partition("=")[2]
    return os.environ.get("STREAMLIT_SERVER_ADDRESS", "127.0.0.1")


@contextmanager
def secrets(settings: Settings) -> Iterator[list[str]]:
    """Streamlit's options for the sign-in; its secrets lie in a file of our own while the context is open."""
    if not settings.oidc_metadata_url:
        yield []
        return
    provider = {
        "redirect_uri": settings.dashboard_url.rstrip("/") + "/oauth2callback",
        "cookie_secret": settings.oidc_cookie_secret.get_secret_value(),
        "client_id": settings.oidc_client_id,
        "client_secret": settings.oidc_client_secret.get_secret_value(),
        "server_metadata_url": settings.oidc_metadata_url,
    }
    # readable by this user alone, as mkstemp makes it
    handle, name = tempfile.mkstemp(prefix="groundswell-", suffix=".toml")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(tomlkit.dumps({"auth": provider}))
        yield [f"--secrets.files={name}"]
    finally:
        Path(name).unlink(missing_ok=True)
