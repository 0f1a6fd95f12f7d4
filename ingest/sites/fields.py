"""Reads fields of a site's JSON, and says in one sentence what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from core.errors import MalformedItem, SourceRefused
from core.sources import Source
from ingest.items import Item, Parsed, Rejected

_ABOUT_PEOPLE: Final = ("author", "user", "account", "name", "handle", "acct", "did", "uri", "url", "link", "_tags")


def read_json(body: bytes, source: Source) -> Any:
    """What a body holds. Raises SourceRefused: it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise SourceRefused(f"{source.name} does not answer with JSON: {type(exc).__name__}") from exc


def listed(content: Any, source: Source, *path: str) -> list[Any]:
    """The list at a path. Raises SourceRefused: there is none, with what the site said instead, if it did."""
    found = content
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, list):
        return found
    raise SourceRefused(f"{source.name} does not answer with a list of {path[-1] if path else 'items'}")


def read_items(offered: Iterable[Any], make: Callable[[dict[str, Any]], Item | None]) -> Parsed:
    """Each entry as an item; one of the wrong form is set aside, and `None` is left out."""
    items, rejected = [], []
    for raw in offered:
        try:
            if not isinstance(raw, dict):
                raise MalformedItem(f"the item is a {type(raw).__name__}, not an object")
            item = make(raw)
        except MalformedItem as exc:
            rejected.append(Rejected(str(exc), json.dumps(without_people(raw)).encode()))
        else:
            items += [item] if item is not None else []
    return Parsed(tuple(items), tuple(rejected))


def without_people(raw: Any) -> Any:
    """What may be shown of an entry: nothing that names who wrote it."""
    if isinstance(raw, dict):
        return {
            name: without_people(value)
            for name, value in raw.items()
            if not any(word in str(name).lower() for word in _ABOUT_PEOPLE)
        }
    return [without_people(value) for value in raw] if isinstance(raw, list) else raw


def string(raw: Any, *path: str, may_be_empty: bool = False) -> str:
    """The string, or the id that is a number, at a path. Raises MalformedItem."""
    value, where = raw, ".".join(path)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        raise MalformedItem(f"the item has no {where!r}")
    if isinstance(value, int) and not isinstance(value, bool) and path[-1].lower().endswith("id"):
        return str(value)
    if not isinstance(value, str):
        raise MalformedItem(f"{where!r} is a {type(value).__name__}, not a string")
    if not value and not may_be_empty:
        raise MalformedItem(f"{where!r} is empty")
    return value


def text_or_none(raw: Any, *path: str) -> str | None:
    """The string at a path, if there is one that is not empty."""
    for name in path:
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw if isinstance(raw, str) and raw else None


def moment(text: str, where: str, form: str = "") -> datetime:
    """A time in ISO 8601, left without a zone where it has none, or one of a form, in UTC. Raises MalformedItem."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC) if form else datetime.fromisoformat(text)
    except ValueError as exc:
        raise MalformedItem(f"{where!r} {text[:40]!r} is not a time") from exc


def epoch(raw: dict[str, Any], name: str) -> datetime:
    """Seconds since 1970. Raises MalformedItem."""
    value = raw.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedItem(f"{name!r} is a {type(value).__name__}, not a number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise MalformedItem(f"{name!r} is out of range") from exc


def joined(title: str | None, body: str | None) -> str:
    """Title and body as one text; a body that begins with the title stands alone.

    >>> joined("App down", "Since noon."), joined("Why?", None), joined("Up", "Up by 3 %")
    ('App down. Since noon.', 'Why?', 'Up by 3 %')
    """
    title, body = (title or "").strip(), (body or "").strip()
    if not title or body.startswith(title):
        return body
    if not body:
        return title
    return f"{title} {body}" if title[-1] in ".!?…" else f"{title}. {body}"
