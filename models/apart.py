"""A child process that answers in lines of JSON: torch counts its threads, and keeps its memory, for the whole process.

The child ends when its standard input does, however its parent went.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from core.errors import ModelUnusable

NICE: Final = 10
"""What a child computes can wait; what a worker classifies cannot."""
LOADING_S: Final = 300.0
Answer = Mapping[str, Any]


def end(child: subprocess.Popen[bytes]) -> None:
    """Kill a child that is spoken to through both its pipes, and close them."""
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        with suppress(OSError):
            assert pipe is not None
            pipe.close()


class Child:
    """Started at the first request. Every method but `close` raises ModelUnusable or OSError, and then it is closed."""

    def __init__(self, command: Sequence[str], what: str) -> None:
        """
        Args:
            command: starts the child; see `serve`.
            what: it is, for sentences: "the language model".
        """
        self._command = list(command)
        self._what = what
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""

    def ask(self, request: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """The answer to one request.

        Raises:
            ModelUnusable: the child cannot load, says an error, died, or did not answer in time.
            OSError: the command is not there, or the pipe broke.
            ValueError: the answer is no JSON.
        """
        try:
            if self._process is not None and self._process.poll() is not None:
                self.close()  # it had nothing to do for long, and ended
            if self._process is None:
                self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                self._receive(LOADING_S)
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            return self._receive(limit_s)
        except (OSError, ValueError, ModelUnusable):
            self.close()
            raise

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """End the child, if there is one."""
        child, self._process, self._unread = self._process, None, b""
        if child is not None:
            end(child)

    def _receive(self, limit_s: float) -> dict[str, Any]:
        """The next line of the child. Raises ModelUnusable: it says an error, ended, or is silent for too long."""
        assert self._process is not None
        assert self._process.stdout is not None
        descriptor, until = self._process.stdout.fileno(), time.monotonic() + limit_s
        while b"\n" not in self._unread:
            if not select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
                raise ModelUnusable(f"{self._what} did not answer within {limit_s:g} s")
            part = os.read(descriptor, 65_536)
            if not part:
                raise ModelUnusable(f"{self._what}'s process ended")
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ModelUnusable(str(answer["error"]))
        return answer


def serve(load: Callable[[], Callable[[Answer], Answer]], idle_s: float | None = None) -> None:
    """Be the child: say that the model is there, then answer line by line.

    Args:
        load: gives the function that answers; either may raise ModelUnusable, which is told.
        idle_s: end after so long without a request; `None` waits until the input ends.
    """
    # whatever a library prints must not stand between the answers
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(answer: Answer) -> None:
        out.write(json.dumps(answer) + "\n")
        out.flush()

    try:
        answer = load()
    except ModelUnusable as exc:
        return say({"error": str(exc)})
    say({"ready": True})
    # one request at a time is on its way, so no line waits unseen in the buffer
    while select.select([sys.stdin], [], [], idle_s)[0]:
        line = sys.stdin.readline()
        if not line:
            break
        try:
            say(answer(json.loads(line)))
        except ModelUnusable as exc:
            say({"error": str(exc)})
    return None


def be_modest(threads: int) -> None:
    """Low priority, and no more threads than these; before torch is imported."""
    with suppress(OSError):
        os.nice(NICE)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads or os.cpu_count() or 1)
