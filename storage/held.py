"""What is locked right now, and by whom, so that it is settled with the lock that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from core.errors import DataRejected

Holder = TypeVar("Holder")


class Held(Generic[Holder]):
    """Who holds each thing, by its id; threads may share it, since a thing has one holder at a time."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._holders: dict[str, Holder] = {}

    @contextmanager
    def under(self, names: Iterable[str], holder: Holder) -> Iterator[None]:
        """These things are held while the context is open."""
        held = tuple(names)
        self._holders.update(dict.fromkeys(held, holder))
        try:
            yield
        finally:
            for name in held:
                self._holders.pop(name, None)

    def __contains__(self, name: str) -> bool:
        return name in self._holders

    def __getitem__(self, name: str) -> Holder:
        """Who holds it. Raises DataRejected when nobody does: the context that locked it is closed."""
        try:
            return self._holders[name]
        except KeyError:
            raise DataRejected(f"the {self._noun} {name!r} is not held; settle it inside its context") from None
