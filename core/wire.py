"""The bytes between Kafka and us, all JSON with a schema version.

One record is one batch of 1 to 100 posts, plain in posts.raw and with scores in posts.scored, one dead letter, or an
order to judge 1 to 100 posts again.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from core.errors import MalformedRecord
from core.ports import DeadLetter
from core.posts import Post
from core.rescoring import Order
from core.scoring import ScoredPost

SCHEMA_VERSION = 1
MAX_POSTS_A_RECORD = 100
MAX_RECORD_BYTES = 8_000_000
"""The broker takes 10 MB; 100 posts of 20,000 four-byte characters are just 8 MB."""
MAX_LETTER_BODY_BYTES = 6_000_000
"""In base64 just 8 MB; a longer body is cut, since its letter would not fit through the broker."""

_POSTS: Final = TypeAdapter(Sequence[Post])
_SCORED: Final = TypeAdapter(Sequence[ScoredPost])


@dataclass(frozen=True, slots=True)
class RejectedPost:
    """One post of a record that breaks the contract, with the sentence that says how."""

    index: int
    reason: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one record held: the good posts in order, and the others beside them."""

    posts: tuple[Post, ...]
    rejected: tuple[RejectedPost, ...]


def encode(posts: Sequence[Post]) -> bytes:
    """Write 1 to 100 posts as the bytes of one record.

    Raises:
        MalformedRecord: no post, or more than 100.
    """
    return _written("posts", _POSTS.dump_json(posts), len(posts))


def encode_scored(posts: Sequence[ScoredPost]) -> bytes:
    """Write 1 to 100 posts with their scores as the bytes of one record of posts.scored.

    Each is an object with `post`, `scores` (null when it was not judged, `unjudged` then says why), `duplicate_of` and
    `fingerprint`, named and typed as in `core.scoring`.

    Raises:
        MalformedRecord: no post, or more than 100.
    """
    return _written("scored", _SCORED.dump_json(posts), len(posts))


def _written(name: str, items: bytes, count: int) -> bytes:
    if not 1 <= count <= MAX_POSTS_A_RECORD:
        raise MalformedRecord(f"a record holds 1 to {MAX_POSTS_A_RECORD} posts, not {count}")
    return b'{"schema":%d,"%b":%b}' % (SCHEMA_VERSION, name.encode(), items)


def encode_letter(letter: DeadLetter, set_aside_at: datetime) -> bytes:
    """Write one dead letter as the bytes of one record of posts.dead; a body over 6 MB is cut and the reason says so.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    >>> letter = DeadLetter("record is not JSON", "MalformedRecord", "posts.raw/0/17", b"\\xff")
    >>> decode_letter(encode_letter(letter, noon)) == (letter, noon)
    True
    """
    body, reason = letter.body, letter.reason
    if len(body) > MAX_LETTER_BODY_BYTES:
        body = body[:MAX_LETTER_BODY_BYTES]
        reason += f" (only the first {len(body):,} of {len(letter.body):,} bytes are kept)"
    content = {
        "schema": SCHEMA_VERSION,
        "reason": reason,
        "error": letter.error,
        "origin": letter.origin,
        "body": b64encode(body).decode(),
        "set_aside_at": set_aside_at.isoformat(),
    }
    # ASCII: a reason may quote half of a surrogate pair, which UTF-8 cannot write
    return json.dumps(content, separators=(",", ":")).encode()


def decode_letter(record: bytes) -> tuple[DeadLetter, datetime]:
    """Read one record of posts.dead: the letter, and when it was set aside.

    Raises:
        MalformedRecord: the record is not a dead letter.
    """
    try:
        content = json.loads(record)
        reason, error, origin = (str(content[name]) for name in ("reason", "error", "origin"))
        letter = DeadLetter(reason, error, origin, b64decode(content["body"], validate=True))
        return letter, datetime.fromisoformat(content["set_aside_at"])
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise MalformedRecord(f"record is not a dead letter: {type(exc).__name__}: {str(exc)[:120]}") from exc


def encode_order(order: Order) -> bytes:
    """Write an order as the bytes of one record of posts.rescore.

    >>> order = Order(7, "m2", ("0" * 32,))
    >>> decode_order(encode_order(order)) == order
    True
    """
    content = {"schema": SCHEMA_VERSION, **asdict(order)}
    return json.dumps(content, separators=(",", ":")).encode()


def decode_order(record: bytes) -> Order:
    """Read one record of posts.rescore.

    Raises:
        MalformedRecord: the record is not an order of a schema we know.
    """
    try:
        content = json.loads(record)
        if content["schema"] != SCHEMA_VERSION:
            raise ValueError(f"schema version {str(content['schema'])[:40]!r}")
        post_ids = tuple(str(one) for one in content["post_ids"])
        return Order(int(content["rescoring_id"]), str(content["model_version"]), post_ids)
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise MalformedRecord(f"record is not an order to rescore: {type(exc).__name__}: {str(exc)[:120]}") from exc


def decode(record: bytes) -> Decoded:
    """Read one record; a malformed post is set aside and never stops the others.

    Raises:
        MalformedRecord: the record as a whole is not a batch of posts of a schema we know.
    """
    if len(record) > MAX_RECORD_BYTES:
        raise MalformedRecord(f"record of {len(record):,} bytes is over the limit of {MAX_RECORD_BYTES:,}")
    posts: list[Post] = []
    rejected: list[RejectedPost] = []
    for index, item in enumerate(_items(record)):
        try:
            posts.append(Post.model_validate(item))
        except ValidationError as exc:
            rejected.append(RejectedPost(index, _first_fault(exc), _as_bytes(item)))
        except RecursionError:
            rejected.append(RejectedPost(index, "post is nested too deeply", b""))
    return Decoded(tuple(posts), tuple(rejected))


def _items(record: bytes) -> list[Any]:
    try:
        body = json.loads(record)
    except (ValueError, RecursionError) as exc:
        raise MalformedRecord(f"record is not JSON: {type(exc).__name__}: {str(exc)[:120]}") from exc
    if not isinstance(body, dict):
        raise MalformedRecord(f"record is a {type(body).__name__}, not an object with 'schema' and 'posts'")
    version = body.get("schema")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise MalformedRecord(f"record has schema version {str(version)[:40]!r}; this worker reads {SCHEMA_VERSION}")
    items = body.get("posts")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_POSTS_A_RECORD:
        raise MalformedRecord(f"'posts' must be a list of 1 to {MAX_POSTS_A_RECORD} posts")
    return items


def _first_fault(exc: ValidationError) -> str:
    fault = exc.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "post"
    more = f" (and {exc.error_count() - 1} more)" if exc.error_count() > 1 else ""
    return f"{where}: {fault['msg']}{more}"


def _as_bytes(item: Any) -> bytes:
    try:
        return json.dumps(item, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return b""
