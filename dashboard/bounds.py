"""What one caller of the HTTP API may ask for: so many requests a minute, and bodies of so many bytes."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES: Final = 32_768
"""The longest reply is 4,000 characters: 16,000 bytes, and some more where JSON escapes them."""
CALLERS: Final = 4_096
"""Callers that are remembered; who was longest silent is forgotten, and has a full minute's requests again."""


class Rate:
    """A bucket a caller: a minute's requests at once, then one every so often. Threads may share it."""

    def __init__(self, per_min: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_min = per_min
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By caller: requests left, and the second at which that was so."""

    def wait_s(self, caller: str) -> float:
        """Count one request: 0 when it may be made now, else the seconds until one may."""
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(caller, (float(self._per_min), now))
            left = min(self._per_min, left + (now - then) * self._per_min / 60)
            allowed = left >= 1
            self._left[caller] = (left - 1 if allowed else left, now)
            while len(self._left) > CALLERS:
                self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) * 60 / self._per_min


class SmallBodies:
    """ASGI middleware that answers 413 instead of reading on, whatever the header says of the length."""

    def __init__(self, app: ASGIApp, most: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":  # the caller has gone
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._most:
                await _answer(send, 413, f"a body has at most {self._most:,} bytes")
                return
        told = False

        async def whole() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, whole, send)


async def _answer(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"error": sentence}).encode()})
