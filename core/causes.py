"""Why a surge happens, from its posts: the words that are new in it, and posts that stand for it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from core.alerting import Cause
from core.scoring import ScoredPost

TERMS: Final = 5
EXAMPLES: Final = 3
EXCERPT_CHARS: Final = 160
MIN_POSTS_A_TERM: Final = 3
"""A word of one or two posts says what they say, not what the surge is about."""
PRIOR_POSTS: Final = 50.0
"""Weight of the prior in posts: a term must stand out over about this many usual posts."""
PRIOR_FLOOR: Final = 0.5
"""Prior count of a term that was never used before."""
MIN_Z: Final = 1.0
"""A term that was never used before has a z-score of 1.2 in 3 of 10 posts and of 2.1 in 10 of 10: the floor of the
prior keeps it low, so the ranking does the work and this bound only drops what is about as common as ever."""
NAME_SHARE: Final = 1 / 3
"""A capitalised word in more of the posts than this is the name of what they are about."""

_STOP = """
a about after again all also always am an and any anyone are as at be because been before being but by can cannot cant
come could day did do does doing done dont even ever every for from get gets getting go goes going gone got had has have
having he her here him his how i if im in into is it its ive just keep know like made make me more most much my need
never no not nothing now of off ok on one only or other our out over own please really right said same say says see she
should since so some still such take than thank thanks that thats the their them then there these they thing this those
though time to today too try trying up us use very want was way we well went were what whats when where which while who
why will with wont would yes yet you your youre
"""
STOP_WORDS: Final = frozenset(_STOP.split())
"""Words that carry no cause. "down" and "back" are not among them: "app down", "money back"."""

_LINK_OR_HANDLE = re.compile(r"https?://\S+|@\w+")
_APOSTROPHES = str.maketrans("", "", "'’")
_WORD = re.compile(r"[^\W\d_]{2,}")


def explain(surge: Sequence[ScoredPost], usual: Sequence[ScoredPost], about: str) -> Cause:
    """Name the terms that the surge's posts use more than the usual ones, and quote posts that stand for it.

    Args:
        surge: negative posts of the window; may be empty.
        usual: negative posts from before, and about other things; may be empty, the most used terms are then named.
        about: the entity; its own name explains nothing.
    """
    texts = [scored.post.text for scored in surge]
    terms = telling_terms(texts, [scored.post.text for scored in usual], skip={about.lower(), *_names(texts)})
    examples = _representative(surge, terms)
    return Cause(
        post_ids=tuple(scored.post.post_id for scored in examples),
        excerpts=tuple(_excerpt(scored.post.text) for scored in examples),
        terms=terms,
    )


def telling_terms(surge: Sequence[str], usual: Sequence[str], skip: Collection[str] = ()) -> tuple[str, ...]:
    """Up to five words or pairs of words that set the surge's texts apart, most telling first.

    Ranked by the z-score of the log-odds ratio with an informative Dirichlet prior, which keeps both rare words and
    words that are always common out. A term counts once a text. Source: Monroe, Colaresi & Quinn 2008, Fightin'
    Words, eq. 22; the prior is the usual texts' own wording.
    """
    now, before = _counts(surge, skip), _counts(usual, skip)
    scale = PRIOR_POSTS / max(len(usual), 1)
    n_now, n_before, n_prior = len(surge), len(usual), PRIOR_POSTS
    scored = []
    for term, count in now.items():
        if count < MIN_POSTS_A_TERM:
            continue
        prior = before[term] * scale + PRIOR_FLOOR
        a, b = count + prior, before[term] + prior
        delta = math.log(a / (n_now + n_prior + 1 - a)) - math.log(b / (n_before + n_prior + 1 - b))
        scored.append((delta / math.sqrt(1 / a + 1 / b), term))
    ranked = [term for z, term in sorted(scored, key=_most_telling) if z >= MIN_Z]
    return _without_parts(ranked)


def _most_telling(scored: tuple[float, str]) -> tuple[float, int, str]:
    """By z-score; at the same one, a pair says more than a word."""
    z, term = scored
    return -z, -len(term.split()), term


def _names(texts: Sequence[str]) -> set[str]:
    """The words, in lower case, that a good part of the texts uses and that have a capital inside a sentence, nearly
    always: the names of the firm, which no table here knows."""
    used: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        words = _WORD.findall(_LINK_OR_HANDLE.sub(" ", text))
        used.update({word.lower() for word in words})
        capital.update({word.lower() for word in words[1:] if word.istitle()})
        small.update({word for word in words[1:] if word.islower()})
    return {word for word, n in capital.items() if used[word] > NAME_SHARE * len(texts) and n > 3 * small[word]}


def _without_parts(ranked: Sequence[str]) -> tuple[str, ...]:
    """A word is not named beside a pair that holds it, nor a pair that overlaps one already named."""
    kept: list[str] = []
    for term in ranked:
        words = set(term.split())
        if all(words.isdisjoint(other.split()) for other in kept):
            kept.append(term)
    return tuple(kept[:TERMS])


def _counts(texts: Sequence[str], skip: Collection[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(_terms(text, skip)))
    return counts


def _terms(text: str, skip: Collection[str]) -> Iterator[str]:
    words = _WORD.findall(_LINK_OR_HANDLE.sub(" ", text.lower()).translate(_APOSTROPHES))
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in STOP_WORDS or word in skip:
            continue
        yield word
        if following and following not in STOP_WORDS and following not in skip:
            yield f"{word} {following}"


def _representative(surge: Sequence[ScoredPost], terms: Sequence[str]) -> list[ScoredPost]:
    """Posts by different authors in different words. Each time the one that uses most of the telling terms not yet
    quoted, two at most: beyond that, how negative it is says more."""
    uses = {scored.post.post_id: set(terms).intersection(_terms(scored.post.text, ())) for scored in surge}
    waiting = sorted(surge, key=lambda s: (-_negative(s), s.post.post_id))
    chosen: list[ScoredPost] = []
    quoted: set[str] = set()
    while waiting and len(chosen) < EXAMPLES:
        best = max(waiting, key=lambda s: min(2, len(uses[s.post.post_id] - quoted)))
        chosen.append(best)
        quoted |= uses[best.post.post_id]
        waiting = [scored for scored in waiting if not _is_alike(scored, best)]
    return chosen


def _is_alike(one: ScoredPost, other: ScoredPost) -> bool:
    """The same post, author or wording."""
    same_author = one.post.author_key is not None and one.post.author_key == other.post.author_key
    same_words = (one.fingerprint or one.post.text) == (other.fingerprint or other.post.text)
    return same_author or same_words or one.post.post_id == other.post.post_id


def _negative(scored: ScoredPost) -> float:
    return scored.scores.sentiment_p[0] if scored.scores else 0.0


def _excerpt(text: str) -> str:
    """One line; handles and links are left out: an alert travels further than a dashboard."""
    line = " ".join(_LINK_OR_HANDLE.sub("…", text).split())
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1].rstrip() + "…"
