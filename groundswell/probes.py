"""Asks over HTTP on this machine whether a part is up."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.request import ProxyHandler, build_opener

# a proxy that the environment names is for the outside
_open = build_opener(ProxyHandler({})).open


def get(url: str, timeout_s: float = 2.0) -> bytes:
    """The body of an answer with status 2xx. Raises OSError, which urllib's errors are."""
    with _open(url, timeout=timeout_s) as answer:
        body: bytes = answer.read()
        return body


def get_json(url: str, timeout_s: float = 2.0) -> Any:
    """The same, parsed. Raises OSError, ValueError."""
    return json.loads(get(url, timeout_s))


def is_up(url: str) -> bool:
    """Whether the address answers with status 2xx."""
    try:
        get(url)
    except OSError:
        return False
    return True


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of the loopback address."""
    with socket.socket() as sock:
        # as servers do: a connection that was closed a moment ago does not count
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
