"""Writes one address one way: without what tracks a reader, names a user, or points into a page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_TRACKER = re.compile(
    r"(utm_\w+|[a-z]{1,3}clid|msclkid|gbraid|wbraid|igsh(id)?|mc_[ce]id|mkt_tok|_ga|_gl|_hs(enc|mi)|vero_\w+|oly_\w+|xtor"
    r"|cmpid|ref_src|ref_url)=",
    re.IGNORECASE,
)
"""Parameters that say how a reader came, and never what the page is."""
_BLANK = re.compile(r"[\x00-\x20\x7f]+")


def canonical(url: str | None) -> str | None:
    """The address that stands for an item; `None` where there is none that a reader could follow.

    >>> canonical("HTTPS://user:pw@Example.com:443/a/?utm_source=x&id=3&fbclid=y#top")
    'https://example.com/a/?id=3'
    >>> canonical("javascript:alert(1)")
    """
    try:
        parts = urlsplit(_BLANK.sub("", url or ""))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    place = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    netloc = place if port in (None, usual) else f"{place}:{port}"
    query = "&".join(pair for pair in parts.query.split("&") if not _TRACKER.match(pair))
    return urlunsplit((parts.scheme, netloc, parts.path or "/", query, ""))
