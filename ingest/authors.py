"""Turns an author's name into a key that tells authors apart and names nobody."""

from __future__ import annotations

import hmac


def author_key(name: str | None, source: str, key: str) -> str | None:
    """32 hex digits of HMAC-SHA256 over the source and the name; `None` for no name.

    Case, blanks around it and a leading @ do not make another author. The source is hashed too: the same handle on two
    sites need not be one person. Without the key nobody can try a list of names against the stored keys.

    >>> author_key("@Jo_Lane", "demo-social", "k") == author_key("jo_lane ", "demo-social", "k")
    True
    >>> author_key(" ", "demo-social", "k")
    """
    plain = (name or "").strip().removeprefix("@").casefold()
    if not plain:
        return None
    return hmac.digest(key.encode(), f"{source}\n{plain}".encode(), "sha256").hex()[:32]
