"""`groundswell erase`: an author's posts leave, on request, with a record that they did."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.errors import SetupError
from core.settings import Settings


def erase(
    author: Annotated[str | None, typer.Option(help="Name or handle, as the site writes it.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Where; every source, when left out.")] = None,
    author_key: Annotated[str | None, typer.Option("--author-key", help="Instead of a name: as posts bear it.")] = None,
    asked_by: Annotated[str | None, typer.Option("--asked-by", help="Who wants it; you, when left out.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show what was erased.")] = False,
) -> None:
    """Remove every post of an author, with scores, drafts, replies, and their words in incidents and alerts.

    Kafka's records cannot be changed; they expire, and what is printed says by when. The same handle on two sites need
    not be one person: name the source where you know it.
    """
    from ingest.authors import author_key as key_of
    from ingest.configured import configured
    from ingest.kafka import GONE_AFTER
    from storage import removing

    settings, _ = configured(Settings())
    dsn = settings.dsn.get_secret_value()
    if list_:
        for row in removing.erasures(dsn):
            typer.echo(
                f"{row['erasure_id']}  {row['at']:%Y-%m-%d %H:%M} UTC  author {row['author_key']}  "
                f"{row['posts']} posts  by {row['asked_by']}  gone from Kafka by {row['kafka_until']:%Y-%m-%d}"
            )
        return
    if (author is None) == (author_key is None):
        raise SetupError("name an author with --author, or with --author-key")
    keys = [author_key] if author_key is not None else []
    if author is not None:
        names = source or removing.source_names(dsn)
        secret = settings.author_key.get_secret_value()
        keys = sorted({key for name in names if (key := key_of(author, name, secret)) is not None})
    if not keys:
        raise SetupError("there is no source whose author this could be")
    if not yes:
        typer.confirm(f"Remove everything that {author or author_key} wrote? It cannot be undone", abort=True)
    done = removing.erase(dsn, keys, asked_by or getpass.getuser(), datetime.now(UTC), GONE_AFTER)
    assert done is not None
    gone = f"{done.kafka_until:%Y-%m-%d}"
    typer.echo(f"{done.posts} posts are gone; Kafka's records expire by {gone}; this is record {done.erasure_id}")
