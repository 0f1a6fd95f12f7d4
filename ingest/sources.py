"""The only list of what is read: the settings' own sources, or the demo's three when there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import SetupError
from core.ports import Told
from core.posts import Channel
from core.sources import Key, Kind, Source, read_written

__all__ = ["Key", "Kind", "Source", "choose_sources", "demo_sources", "key_of", "parse_sources", "told"]


def parse_sources(text: str) -> tuple[Source, ...]:
    """Read words separated by blanks, each `name=url`, or `name=kind+url#query=…&key=…` (core.sources).

    >>> [(s.name, s.kind.value) for s in parse_sources("desk=https://example.com/rss talk=json+https://example.com/posts")]
    [('desk', 'feed'), ('talk', 'json')]

    Raises:
        SetupError: a word is not of this form, or a name stands twice.
    """
    sources = tuple(read_written(word) for word in text.split())
    names = [source.name for source in sources]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise SetupError(f"GROUNDSWELL_SOURCES names {', '.join(sorted(doubled))} more than once")
    return sources


def demo_sources(port: int) -> tuple[Source, ...]:
    """What the demo's local server offers (`python -m groundswell.demo`)."""
    site = f"http://127.0.0.1:{port}"
    return (
        Source("demo-news", f"{site}/news/rss.xml", Kind.FEED, Channel.NEWS),
        Source("demo-filings", f"{site}/filings/atom.xml", Kind.FEED, Channel.NEWS),
        Source("demo-social", f"{site}/api/posts", Kind.JSON, Channel.SOCIAL),
    )


def choose_sources(configured: str, demo_port: int) -> tuple[Source, ...]:
    """The configured sources, or the demo's when the setting is empty."""
    return parse_sources(configured) or demo_sources(demo_port)


def key_of(source: Source, environment: Mapping[str, str]) -> str | None:
    """A source's key; empty where it needs none, `None` where it needs one that the environment does not hold.

    >>> talk = Source("talk", "https://api.x.com", Kind.X, Channel.SOCIAL, key="X_TOKEN")
    >>> key_of(talk, {"X_TOKEN": "secret"}), key_of(talk, {})
    ('secret', None)
    """
    key = environment.get(source.key, "").strip() if source.key else ""
    return key or (None if source.facts.key is Key.MUST else "")


def told(sources: Sequence[Source], environment: Mapping[str, str], usual_every_s: int) -> list[Told]:
    """The list as it is stored, with what is missing."""
    return [
        Told(
            source.name,
            source.kind.value,
            source.channel.value,
            source.every_s or usual_every_s,
            source.key if key_of(source, environment) is None else "",
        )
        for source in sources
    ]
