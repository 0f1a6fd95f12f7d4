"""One post whole, as HTML: its text, what each head says of it, the words that moved the label, and its reach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from dashboard import pieces, wording
from dashboard.pieces import Row, safe
from dashboard.tables import table
from dashboard.words import name_of, say
from models.explaining_apart import Explained, Word

TASKS: Final = ("sentiment", "topic", "emotion", "intent")
LEVELS: Final = (0.02, 0.08, 0.2, 0.4)
"""Of a label's probability that is lost without a word: from here on it is marked, ever stronger."""
STRONGEST: Final = 5
MOST_EMOTIONS: Final = 5


def header(row: Row, now: datetime, zone: tzinfo) -> str:
    """Where and when it was said, about whom, and what was done to it before it was stored."""
    chips = "".join(f'<span class="gw-chip">{safe(name)}</span>' for name in row["entities"][:8])
    facts = [name_of("channel", row["channel"]), row["language"]]
    facts.append(say("post.masked", n=row["masked"]) if row["masked"] else None)
    words = " · ".join(safe(fact) for fact in facts if fact)
    address = f'<div class="gw-muted gw-address">{safe(row["url"])}</div>' if row["url"] else ""
    return (
        f'<div class="gw-post-head"><header>{chips}'
        f"<time>{wording.clock(row['published_at'], zone, now, seconds=True)}</time></header>"
        f'<div class="gw-muted">{words}</div>{address}</div>'
    )


def whole(text: str) -> str:
    """All of a text; a long one in a frame of its own that can be scrolled, also by keyboard."""
    if not text.strip():
        return f'<div class="gw-muted">{say("post.empty")}</div>'
    return (
        f'<div class="gw-text gw-whole" tabindex="0" role="region" aria-label="{say("post.text")}">{safe(text)}</div>'
    )


def verdict(row: Row, task: str) -> str:
    """What one head said when the post was scored, with how sure it was."""
    match task:
        case "sentiment":
            feelings = sorted(pieces.SIGN, key=lambda name: -row[f"p_{name}"])
            labels = [(f"{pieces.SIGN[name]} {name_of(task, name)}", row[f"p_{name}"]) for name in feelings]
        case "emotion":
            labels = [(name_of(task, str(name)), float(p)) for name, p in row["emotions"][:MOST_EMOTIONS]]
        case _:
            labels = [(name_of(task, row[task]), row[f"{task}_p"])]
    return _head(say(f"post.{task}"), labels, say("post.no_emotion"))


def _head(title: str, labels: Sequence[tuple[str, float]], none: str) -> str:
    """One head's labels with bars, the first one its verdict."""
    lines = "".join(
        f'<li class="{"gw-first" if number == 0 else ""}"><span>{safe(name)}</span>'
        f'<i style="width:{100 * max(0.0, min(1.0, p)):.0f}%"></i><b>{wording.share(p)}</b></li>'
        for number, (name, p) in enumerate(labels)
    )
    body = f'<ul class="gw-probabilities">{lines}</ul>' if lines else f'<p class="gw-muted">{none}</p>'
    return f'<section class="gw-head"><h3>{title}</h3>{body}</section>'


def moved(explained: Explained, task: str) -> str:
    """The text as the model read it, each word marked by what it did to the label, and the strongest in figures."""
    head = explained.heads[task]
    if not head.words:
        return f'<p class="gw-muted">{say("post.no_words")}</p>'
    label = name_of(task, head.labels[0][0])
    text = " ".join(_word(word) for word in head.words)
    order = sorted(head.words, key=lambda word: -abs(word.weight))
    strongest = [word for word in order if abs(word.weight) >= LEVELS[0]][:STRONGEST]
    lines = "".join(
        f'<tr><td>{safe(word.word)}</td><td class="gw-num">{100 * word.weight:+.0f}</td>'
        f"<td>{say('post.for') if word.weight > 0 else say('post.against')}</td></tr>"
        for word in strongest
    )
    figures = table(("word", "points", ""), lines) if lines else ""
    none = "" if lines else f'<p class="gw-muted">{say("post.no_single_word")}</p>'
    return (
        f'<p class="gw-muted">{say("post.moved", label=safe(label), p=wording.share(head.labels[0][1]))}</p>'
        f'<div class="gw-text gw-moved"><bdi dir="auto">{text}</bdi></div>{none}{figures}'
    )


def _word(word: Word) -> str:
    level = sum(abs(word.weight) >= least for least in LEVELS)
    if not level:
        return safe(word.word)
    side = "for" if word.weight > 0 else "against"
    return f'<mark class="gw-{side}-{level}">{safe(word.word)}</mark>'


def toward(explained: Explained) -> str:
    """What is felt toward each entity that the post names."""
    lines = []
    for name, row in explained.entities.items():
        p, feeling = max(zip(row, ("negative", "neutral", "positive"), strict=True))
        lines.append(
            f'<tr><td>{safe(name)}</td><td class="gw-{feeling}-word">{pieces.SIGN[feeling]} '
            f'{name_of("sentiment", feeling)}</td><td class="gw-num">{wording.share(p)}</td></tr>'
        )
    return table(("about", "toward", ""), "".join(lines))


def reach(row: Row) -> str:
    """How often a text was repeated, by how many, where, and for how long."""
    cards = [
        (say("post.repeats"), wording.count(row["repeats"]) + ("+" if row["is_more"] else "")),
        (say("post.voices"), wording.count(row["voices"])),
        (say("post.sources"), wording.count(row["sources"])),
        (say("post.lasted"), wording.span((row["last_at"] - row["first_at"]).total_seconds())),
    ]
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in cards)
    return f'<dl class="gw-facts-list">{facts}</dl>'


def repeats(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    """The newest reposts, in a table."""
    lines = "".join(
        f"<tr><td>{wording.clock(row['published_at'], zone, now, seconds=True)}</td><td>{safe(row['source'])}</td>"
        f"<td>{safe(name_of('channel', row['channel']))}</td></tr>"
        for row in rows
    )
    return table(("time", "source", "channel"), lines)
