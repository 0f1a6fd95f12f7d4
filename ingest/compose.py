"""Makes a post of an item: clean, find entities, mask, hash the author."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from core.errors import MalformedItem
from core.posts import Channel, Post, post_id_of
from ingest.authors import author_key
from ingest.clean import bounded, cut, language, seen, tidy
from ingest.entities import Watchlist
from ingest.items import Item
from ingest.mask import Masked, mask
from ingest.urls import canonical

MOST_MASKED: Final = 10_000
"""As many as a post may count (core.posts)."""


@dataclass(frozen=True, slots=True)
class Composer:
    """What is the same for all items of one program."""

    watchlist: Watchlist
    author_key: str
    """The secret of the authors' keyed hash."""

    def compose(self, item: Item, source: str, fetched_at: datetime) -> Post:
        """The post that is published for an item.

        Raises:
            MalformedItem: its date, its id or its words break the contract of a post.
        """
        text = seen(item.text)
        # before masking, since a firm may be named by its handle only
        entities = self.watchlist.find(text, item.entities)
        # masked whole and then cut: a number that is cut in half would no longer be recognised
        masked = self._masked(text, item.channel)
        try:
            return Post(
                post_id=post_id_of(source, item.native_id),
                source=source,
                channel=item.channel,
                text=cut(masked.text),
                published_at=bounded(item.published_at, fetched_at),
                fetched_at=fetched_at,
                url=canonical(item.url),
                author_key=author_key(item.author, source, self.author_key),
                language=language(text),
                entities=entities,
                masked=min(masked.count, MOST_MASKED),
            )
        except (ValidationError, UnicodeEncodeError) as exc:
            raise MalformedItem(_first_fault(exc)) from exc

    def recompose(self, post: Post) -> Post:
        """A post that was written elsewhere, cleaned and masked by our own rules; its ids and times stay."""
        masked = self._masked(tidy(post.text), post.channel)
        changes = {
            "text": cut(masked.text),
            "entities": self.watchlist.find(post.text, post.entities),
            "masked": min(post.masked + masked.count, MOST_MASKED),
            "language": post.language or language(masked.text),
        }
        return post.model_copy(update=changes)

    def _masked(self, text: str, channel: Channel) -> Masked:
        """Names are masked where a customer writes; of whom the news speaks is news."""
        watched = self.watchlist
        return mask(text, watched.handles, names=channel is Channel.CUSTOMER, public_names=watched.tickers.keys())


def _first_fault(exc: ValidationError | UnicodeEncodeError) -> str:
    if isinstance(exc, UnicodeEncodeError):
        return "the id contains half of a surrogate pair"
    fault = exc.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
