"""A language model behind an OpenAI-compatible HTTP endpoint: one request a draft, tried again while it is busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx

from core.errors import ModelUnusable, SetupError
from core.plans import Plan
from models.writer_prompt import SYSTEM, asked, kept

TRIES: Final = 3
LONGEST_WAIT_S: Final = 10.0
"""Before another try. An endpoint that asks for more is given up for this round: the drafts stand as planned."""
AT_ONCE: Final = 4
MOST_TOKENS: Final = 400
MOST_BYTES: Final = 1_000_000
LATER: Final = frozenset({408, 425, 429})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class EndpointWriter:
    """Fills `core.ports.Writer` over HTTP. Neither the key nor the address stands in a message or a log.

    What it is shown is the plan and the message, whose personal data was masked before it was stored.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str,
        timeout_s: float,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Check the address.

        Args:
            url: up to the version, as "https://models.example/v1".
            key: sent as a bearer token; empty sends none.
            timeout_s: for each of connecting, sending and waiting for the answer.

        Raises:
            SetupError: the address is not one, no model is named, or a key would travel unencrypted.
        """
        self.name = f"endpoint:{model}"
        self._url = f"{_checked(url, key)}/chat/completions"
        if not model:
            raise SetupError("the writer is an address, so writer_model must name a model")
        self._model, self._timeout_s, self._sleep = model, timeout_s, sleep
        headers = {"user-agent": "groundswell"} | ({"authorization": f"Bearer {key}"} if key else {})
        self._client = httpx.Client(headers=headers, timeout=timeout_s, transport=transport, follow_redirects=False)

    def write(self, plans: Sequence[Plan], messages: Sequence[str]) -> list[str]:
        """One text a plan, up to four requests at once; empty where the answer held none. Raises ModelUnusable."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="writer") as pool:
            return list(pool.map(self._one, plans, messages))

    def _one(self, plan: Plan, message: str) -> str:
        answer = self._answer(
            {
                "model": self._model,
                "messages": [
                    {"role": "system", "content": SYSTEM},
                    {"role": "user", "content": asked(plan, message)},
                ],
                "max_tokens": MOST_TOKENS,
                "temperature": 0.3,
            }
        )
        try:
            choice = answer["choices"][0]
            text = choice["message"]["content"] or ""
            return kept(str(text), plan, whole=choice.get("finish_reason") != "length")
        except (KeyError, IndexError, TypeError, AttributeError):
            return ""

    def _answer(self, body: dict[str, Any]) -> Any:
        wait_s = 1.0
        for attempt in range(1, TRIES + 1):
            reason, asked_s = "", None
            try:
                response = self._client.post(self._url, json=body)
            except httpx.TimeoutException:
                reason = f"did not answer within {self._timeout_s:g} s"
            except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.DecodingError) as exc:
                raise ModelUnusable(f"the writer's endpoint cannot be asked ({type(exc).__name__})") from None
            except httpx.HTTPError as exc:
                reason = f"cannot be reached ({type(exc).__name__})"
            else:
                if response.status_code == 200:
                    return _json(response)
                reason, asked_s = f"answered {response.status_code}", _seconds(response.headers.get("retry-after"))
                if response.status_code not in LATER and response.status_code < 500:
                    raise ModelUnusable(f"the writer's endpoint {reason}")
            if attempt == TRIES or (asked_s or 0.0) > LONGEST_WAIT_S:
                break
            self._sleep(asked_s if asked_s is not None else wait_s)
            wait_s *= 2
        raise ModelUnusable(f"the writer's endpoint {reason}")


def _json(response: httpx.Response) -> Any:
    if len(response.content) > MOST_BYTES:
        raise ModelUnusable(f"the writer's endpoint sent more than {MOST_BYTES:,} bytes")
    try:
        return response.json()
    except ValueError:
        raise ModelUnusable("the writer's endpoint answered something other than JSON") from None


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.strip().isdecimal() else None


def _checked(url: str, key: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise SetupError("the writer's address is not a URL") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise SetupError("the writer's address must begin with http:// or https:// and name a host")
    if key and parsed.scheme == "http" and parsed.host not in LOOPBACK:
        raise SetupError("the writer's key would travel unencrypted: its address must begin with https://")
    return str(parsed).rstrip("/")
