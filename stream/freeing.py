"""Hands memory that was freed back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> bool:
    """Ask the C library for it; whether it did anything.

    glibc keeps what was freed, in pieces too small for the next model: without this a worker held some 160 MB more
    after each swap. Other C libraries have no such call, and need none.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim is not None and trim(0))
