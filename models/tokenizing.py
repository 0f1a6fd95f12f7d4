"""Cleans and tokenises one chunk of texts after another, ahead of who reads them: in threads, or in child processes.

Cleaning is Python's own work, and one process does one piece of it at a time; a GPU reads more than that. A child is
`python -m models.tokenizing TOKENIZER MAX_TOKENS`; it loads no torch, and ends when its standard input does.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from struct import Struct
from typing import IO, TYPE_CHECKING, Final, Protocol

import numpy as np

from core.errors import ModelUnusable
from models.apart import end
from models.batches import encode
from models.tokens import Tokens, flatten

if TYPE_CHECKING:
    from tokenizers import Tokenizer

THREADS: Final = 2
"""One cleans while the other's texts are with the tokenizer, which spreads them over the cores itself."""
_SIZE: Final = Struct("<qq")
"""Of a request: its bytes, and nothing. Of an answer: texts and tokens; -1 and the bytes of what went wrong."""

Chunk = Sequence[str]


class Tokenizing(Protocol):
    """Turns chunks into token arrays, in their order."""

    def __call__(self, chunks: Iterable[Chunk], /) -> Iterator[Tokens]:
        """Raises ModelUnusable."""
        ...


class Threads:
    """In this process."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._pool = ThreadPoolExecutor(THREADS, "tokenizer")

    def __call__(self, chunks: Iterable[Chunk]) -> Iterator[Tokens]:
        return _ahead(self._pool, lambda chunk: flatten(encode(self._tokenizer, chunk)), chunks, THREADS + 1)


class Processes:
    """In children, which start at the first chunk and stay."""

    def __init__(self, count: int, tokenizer: Path, max_tokens: int) -> None:
        """
        Args:
            count: of children, > 0.
            tokenizer: file `tokenizer.json`.
            max_tokens: see `models.encoder.load_tokenizer`.
        """
        command = [sys.executable, "-m", "models.tokenizing", str(tokenizer), str(max_tokens)]
        self._count = count
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._children = [_Child(command) for _ in range(count)]
        for child in self._children:
            self._idle.put(child)
        self._pool = ThreadPoolExecutor(count, "tokenizer")

    def __call__(self, chunks: Iterable[Chunk]) -> Iterator[Tokens]:
        return _ahead(self._pool, self._tokens, chunks, self._count + 2)

    def close(self) -> None:
        """End the children; the next chunk would start them again."""
        for child in self._children:
            child.close()

    def _tokens(self, chunk: Chunk) -> Tokens:
        child = self._idle.get()
        try:
            return child.ask(chunk)
        finally:
            self._idle.put(child)


class _Child:
    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, chunk: Chunk) -> Tokens:
        """Raises ModelUnusable: the child cannot load, died, or could not read a text; it is started anew then."""
        try:
            if self._process is None:
                alone = os.environ | {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=alone
                )
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            request = pickle.dumps(list(chunk), pickle.HIGHEST_PROTOCOL)
            self._process.stdin.write(_SIZE.pack(len(request), 0) + request)
            self._process.stdin.flush()
            return _read_answer(self._process.stdout)
        except (OSError, EOFError, ModelUnusable) as exc:
            self.close()
            raise ModelUnusable(str(exc) if isinstance(exc, ModelUnusable) else "a tokenizer's process died") from exc

    def close(self) -> None:
        child, self._process = self._process, None
        if child is not None:
            end(child)


def _read_answer(pipe: IO[bytes]) -> Tokens:
    texts, count = _SIZE.unpack(_read(pipe, _SIZE.size))
    if texts < 0:
        raise ModelUnusable(_read(pipe, count).decode())
    lengths = np.frombuffer(_read(pipe, 4 * texts), dtype=np.int32)
    return Tokens(np.frombuffer(_read(pipe, 4 * count), dtype=np.int32), lengths)


def _read(pipe: IO[bytes], count: int) -> bytes:
    found = pipe.read(count)
    if len(found) < count:
        raise EOFError
    return found


def _ahead(
    pool: ThreadPoolExecutor, work: Callable[[Chunk], Tokens], chunks: Iterable[Chunk], most: int
) -> Iterator[Tokens]:
    """What `work` gives, in order, with up to so many chunks under way before they are asked for."""
    waiting: deque[Future[Tokens]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(work, chunk))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def main(arguments: Sequence[str]) -> int:
    """Be the child."""
    from models.encoder import read_tokenizer

    requests, out = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not stand between the answers
    try:
        tokenizer = read_tokenizer(Path(arguments[0]), int(arguments[1]))
    except ModelUnusable as exc:
        _say(out, exc)
        return 2
    while len(header := requests.read(_SIZE.size)) == _SIZE.size:
        chunk = pickle.loads(requests.read(_SIZE.unpack(header)[0]))  # from the parent alone
        try:
            tokens = flatten(encode(tokenizer, chunk))
        except (TypeError, ValueError) as exc:
            _say(out, exc)
            continue
        out.write(_SIZE.pack(len(tokens), len(tokens.ids)) + tokens.lengths.tobytes() + tokens.ids.tobytes())
        out.flush()
    return 0


def _say(out: IO[bytes], exc: Exception) -> None:
    said = f"the tokenizer failed: {str(exc)[:160]}".encode(errors="replace")
    out.write(_SIZE.pack(-1, len(said)) + said)
    out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
