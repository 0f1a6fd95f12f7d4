"""The bytes between Kafka and us: one record is one batch of 1 to 100 posts, as JSON, with a schema version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from core.errors import MalformedRecord
from core.posts import Post

SCHEMA_VERSION = 1
MAX_POSTS_A_RECORD = 100
MAX_RECORD_BYTES = 8_000_000
"""The broker takes 10 MB; 100 posts of 20,000 four-byte characters are just 8 MB."""


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
    if not 1 <= len(posts) <= MAX_POSTS_A_RECORD:
        raise MalformedRecord(f"a record holds 1 to {MAX_POSTS_A_RECORD} posts, not {len(posts)}")
    body = {"schema": SCHEMA_VERSION, "posts": [post.model_dump(mode="json") for post in posts]}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


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
