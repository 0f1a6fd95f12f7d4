"""Unpacks a body while it arrives, never further than a limit, and notices when its end is missing."""

from __future__ import annotations

import zlib
from typing import Final

PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
"""zlib tells the two apart by their first bytes."""


class TooLong(Exception):
    """More than the limit."""


class Broken(Exception):
    """It is not packed as it says."""


class Inflater:
    """Takes a body in pieces; `limit` bounds the bytes that it keeps, whatever they unpack to."""

    def __init__(self, limit: int, is_packed: bool) -> None:
        self.body = bytearray()
        self._limit = limit
        self._is_packed = is_packed
        self._zlib = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._began = False

    def feed(self, piece: bytes) -> None:
        """Raises TooLong, Broken."""
        if not self._is_packed:
            self._keep(piece)
            return
        try:
            while piece:
                if self._zlib.eof:  # a gzip file may have several members
                    self._zlib = zlib.decompressobj(_GZIP_OR_ZLIB)
                self._began = True
                self._keep(self._zlib.decompress(piece, self._limit - len(self.body) + 1))
                piece = self._zlib.unconsumed_tail or (self._zlib.unused_data if self._zlib.eof else b"")
        except zlib.error as exc:
            raise Broken from exc

    @property
    def is_whole(self) -> bool:
        """Whether the packed body came to its own end."""
        return not self._is_packed or not self._began or self._zlib.eof

    def _keep(self, piece: bytes) -> None:
        self.body += piece
        if len(self.body) > self._limit:
            raise TooLong
