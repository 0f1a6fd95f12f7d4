"""Why a surge happens, from its posts: new words, posts that stand for it, what moved with it, and where it began."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final

from core.alerting import Cause, First, Moved
from core.posts import Channel
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
MOVED: Final = 4
LEAST_PART: Final = 0.2
LEAST_MOVE: Final = 0.15
MOVED_Z: Final = 2.0
"""A thing moved when a fifth of the surge's posts have it, 15 % more of them than usual, and not by chance."""
MIN_OWN_POSTS: Final = 6
"""Fewer usual posts about a thing do not say how it is usually spoken of."""
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

_LINK_OR_HANDLE = re.compile(r"https?://\S+|www\.\S+|@\w+")
_NOT_SAID = re.compile(rf"{_LINK_OR_HANDLE.pattern}|(?<![\w$])\$[A-Za-z]{{1,6}}(?:\.[A-Za-z]{{1,2}})?(?!\w)")
"""Links, handles and cashtags: whom a post names, and not what it says."""
_APOSTROPHES = str.maketrans("", "", "'’")
_WORD = re.compile(r"[^\W\d_]{2,}")


def explain(surge: Sequence[ScoredPost], usual: Sequence[ScoredPost], about: str) -> Cause:
    """Name the terms that the surge's posts use more than the usual ones, and quote posts that stand for it.

    Args:
        surge: posts of the surge, negative ones unless it is of another kind; may be empty.
        usual: posts from before, and about other things; may be empty, the most used terms are then named.
        about: what surges; its own name explains nothing.
    """
    texts = [scored.post.text for scored in surge]
    own = [scored.post.text for scored in usual if about in scored.post.entities]
    skip = {about.lower(), *_names(texts), *_always_said(texts, own)}
    now, before = _counts(texts), _counts(scored.post.text for scored in usual)
    examples = _representative(surge, now, before, len(usual), skip)
    return Cause(
        post_ids=tuple(scored.post.post_id for scored in examples),
        excerpts=tuple(_excerpt(scored.post.text) for scored in examples),
        terms=_telling(now, before, len(surge), len(usual), skip),
        links=tuple(scored.post.url or "" for scored in examples),
        moved=moved(surge, usual, about),
        first=_first(surge),
    )


def moved(surge: Sequence[ScoredPost], usual: Sequence[ScoredPost], about: str) -> tuple[Moved, ...]:
    """What has a much greater part in the surge's posts than in the usual ones, what moved most first.

    Nothing without usual posts: a share has then nothing to be compared with.
    """
    if len(surge) < MIN_POSTS_A_TERM or not usual:
        return ()
    now, before = Counter(_traits(surge)), Counter(_traits(usual))
    found = []
    for (dimension, key), count in now.items():
        share, past = count / len(surge), before[dimension, key] / len(usual)
        # of two proportions, pooled, each with half a post of either kind besides: Agresti & Coull 1998
        pooled = (count + before[dimension, key] + 1) / (len(surge) + len(usual) + 2)
        z = (share - past) / math.sqrt(pooled * (1 - pooled) * (1 / len(surge) + 1 / len(usual)))
        if key != about and share >= LEAST_PART and share >= past + LEAST_MOVE and z >= MOVED_Z:
            found.append((past - share, dimension, key, share, past))
    return tuple(Moved(dimension, key, share, past) for _, dimension, key, share, past in sorted(found)[:MOVED])


def _traits(posts: Sequence[ScoredPost]) -> Iterator[tuple[str, str]]:
    """Entities, topics and feelings; intents of customers only, since the model knows just a bank's customers'."""
    for scored in posts:
        for entity in set(scored.post.entities):
            yield "entity", entity
        if scored.scores is None:
            continue
        yield "topic", scored.scores.topic
        yield "family", scored.scores.family.value
        if scored.post.channel is Channel.CUSTOMER:
            yield "intent", scored.scores.intent


def _first(surge: Sequence[ScoredPost]) -> First | None:
    if not surge:
        return None
    post = min((scored.post for scored in surge), key=lambda post: (post.published_at, post.post_id))
    return First(post.post_id, post.source, post.published_at, post.url or "")


def telling_terms(surge: Sequence[str], usual: Sequence[str], skip: Set[str] = frozenset()) -> tuple[str, ...]:
    """Up to five words or pairs of words that set the surge's texts apart, most telling first.

    Ranked by the z-score of the log-odds ratio with an informative Dirichlet prior, which keeps both rare words and
    words that are always common out. A term counts once a text. Source: Monroe, Colaresi & Quinn 2008, Fightin'
    Words, eq. 22; the prior is the usual texts' own wording.
    """
    return _telling(_counts(surge), _counts(usual), len(surge), len(usual), skip)


def scored_terms(surge: Sequence[str], usual: Sequence[str]) -> Iterator[tuple[float, str]]:
    """Every term of enough texts with its z-score, in no order."""
    return _scored(_counts(surge), _counts(usual), len(surge), len(usual))


def _telling(
    now: Mapping[str, int], before: Counter[str], n_now: int, n_before: int, skip: Set[str]
) -> tuple[str, ...]:
    found = ((z, term) for z, term in _scored(now, before, n_now, n_before) if z >= MIN_Z and _is_said(term, skip))
    return _without_parts([term for _z, term in sorted(found, key=_most_telling)])


def _scored(now: Mapping[str, int], before: Counter[str], n_now: int, n_before: int) -> Iterator[tuple[float, str]]:
    scale, n_prior = PRIOR_POSTS / max(n_before, 1), PRIOR_POSTS
    for term, count in now.items():
        if count < MIN_POSTS_A_TERM:
            continue
        prior = before[term] * scale + PRIOR_FLOOR
        a, b = count + prior, before[term] + prior
        delta = math.log(a / (n_now + n_prior + 1 - a)) - math.log(b / (n_before + n_prior + 1 - b))
        yield delta / math.sqrt(1 / a + 1 / b), term


def _is_said(term: str, skip: Set[str]) -> bool:
    """Whether no word of a term is to be skipped."""
    return skip.isdisjoint(term.split())


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
        words, titles, plain = _cases(text)
        used.update(words)
        capital.update(titles)
        small.update(plain)
    return {word for word, n in capital.items() if used[word] > NAME_SHARE * len(texts) and n > 3 * small[word]}


@lru_cache(maxsize=1024)
def _cases(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words of a text in lower case; and of those behind the first, which have a capital, and which have none. Kept
    as `_terms` are."""
    words = _WORD.findall(_NOT_SAID.sub(" ", text))
    titles, plain = (frozenset(filter(is_so, words[1:])) for is_so in (str.istitle, str.islower))
    return frozenset(map(str.lower, words)), frozenset(map(str.lower, titles)), plain


def _always_said(surge: Sequence[str], own: Sequence[str]) -> set[str]:
    """The words that a good part of the usual posts about the thing has, and the surge's have hardly more often: its
    names, however they are written, and what one says with them."""
    if len(own) < MIN_OWN_POSTS:
        return set()
    now, before = (Counter(word for text in texts for word in set(_words(text))) for texts in (surge, own))
    return {
        word
        for word, count in before.items()
        if count > NAME_SHARE * len(own) and now[word] * len(own) < 2 * count * len(surge)
    }


def _words(text: str) -> list[str]:
    """In small letters, in their order."""
    return _WORD.findall(_NOT_SAID.sub(" ", text.lower()).translate(_APOSTROPHES))


def _without_parts(ranked: Sequence[str]) -> tuple[str, ...]:
    """A word is not named beside a pair that holds it, nor a pair that overlaps one already named."""
    kept: list[str] = []
    named: set[str] = set()
    for term in ranked:
        words = term.split()
        if named.isdisjoint(words):
            kept.append(term)
            named.update(words)
        if len(kept) == TERMS:
            break
    return tuple(kept)


def _counts(texts: Iterable[str]) -> Counter[str]:
    """How many of the texts have each term."""
    return Counter(chain.from_iterable(map(_terms, texts)))


@lru_cache(maxsize=1024)
def _terms(text: str) -> frozenset[str]:
    """The words of a text that may carry a cause, and pairs of neighbours among them. Kept, since one look explains
    many surges beside the same posts."""
    words = _words(text)
    found = {word for word in words if word not in STOP_WORDS}
    found.update(f"{word} {other}" for word, other in pairwise(words) if word in found and other in found)
    return frozenset(found)


def _representative(
    surge: Sequence[ScoredPost], now: Mapping[str, int], before: Counter[str], n_before: int, skip: Set[str]
) -> list[ScoredPost]:
    """Posts by different authors in different words. Each time the one that says most of what the others say, and
    usual posts do not, and was not yet quoted; at about the same, the more negative one."""
    # a word counts by how much more of the posts have it than of the usual ones, the post itself left out
    weight = {
        term: max(0.0, (n - 1) / len(surge) - before[term] / max(n_before, 1))
        for term, n in now.items()
        if _is_said(term, skip)
    }
    telling = frozenset(weight)
    words = {scored.post.post_id: _terms(scored.post.text) & telling for scored in surge}
    waiting = sorted(surge, key=lambda s: (-_negative(s), s.post.post_id))
    chosen: list[ScoredPost] = []
    quoted: frozenset[str] = frozenset()
    while waiting and len(chosen) < EXAMPLES:
        best = max(waiting, key=lambda s: _central(words[s.post.post_id] - quoted, weight) * _negative(s))
        chosen.append(best)
        quoted |= words[best.post.post_id]
        waiting = [scored for scored in waiting if not _is_alike(scored, best)]
    return chosen


def _central(words: Collection[str], weight: Mapping[str, float]) -> float:
    """How much of the surge a text speaks for: the weight of its words over the root of their number, as a cosine has
    it; a long text would else be central to everything. Never 0, so that the feeling still decides among texts that
    share nothing."""
    return 0.01 + sum(weight[word] for word in words) / math.sqrt(max(len(words), 1))


def _is_alike(one: ScoredPost, other: ScoredPost) -> bool:
    """The same post, author or wording."""
    same_author = one.post.author_key is not None and one.post.author_key == other.post.author_key
    same_words = (one.fingerprint or one.post.text) == (other.fingerprint or other.post.text)
    return same_author or same_words or one.post.post_id == other.post.post_id


def _negative(scored: ScoredPost) -> float:
    return scored.scores.sentiment_p[0] if scored.scores else 0.0


def _excerpt(text: str) -> str:
    """One line; handles and links are left out: an alert travels further than a dashboard."""
    line = " ".join(_LINK_OR_HANDLE.sub("…", text).split()).strip("… ")
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1].rstrip() + "…"
