"""What the worker says of its memory to Python and to the system."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> bool:
    """Ask the C library for it; whether it did anything.

    glibc keeps what was freed, in pieces too small for the next model: without this a worker held some 160 MB more
    after each swap. Other C libraries have no such call, and need none.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim is not None and trim(0))


def spare_what_is_loaded() -> None:
    """Keep the garbage collector off what is there by now, which lives as long as the worker.

    Half a million objects of libraries took a quarter of a second to go through, every few seconds, while every other
    thread waited. A model that is replaced goes all the same: nothing in it refers back to it.
    """
    gc.collect()
    gc.freeze()
