"""One post whole: whatever it holds is shown as text, probabilities and reasons in words and figures."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest

from core.labels import Label, Task
from dashboard import labelling, palette, postcard, session, wording
from dashboard.words import name_of
from models.explaining_apart import Explained, Head, Word
from tests.builders import NOON
from tests.unit.dashboard.test_pieces import HOSTILE, OURS, Tags, a_post

ME = session.Viewer(NOON, UTC, palette.LIGHT)


def whole_post(**changes: Any) -> dict[str, Any]:
    row = a_post(
        language="en", url=None, masked=0, duplicate_of=None, unjudged=None, topic_p=0.7, intent_p=0.6,
        emotions=[["anger", 0.8], ["fear", 0.3]], model_version="m1",
    )  # fmt: skip
    return row | changes


def explained(*words: Word, label: str = "negative") -> Explained:
    return Explained("m1", {"sentiment": Head(((label, 0.9),), words)}, {})


def tags_of(html: str) -> Tags:
    return Tags(html)


OF_THIS_PAGE = OURS | {"dl", "dt", "dd", "mark", "section"}


@pytest.mark.parametrize(
    "html",
    [
        postcard.header(whole_post(source=HOSTILE, entities=[HOSTILE], url=HOSTILE, language=HOSTILE), NOON, UTC),
        postcard.whole(HOSTILE),
        postcard.whole("W" * 10_000 + HOSTILE),
        postcard.verdict(whole_post(topic=HOSTILE), "topic"),
        postcard.verdict(whole_post(emotions=[[HOSTILE, 0.5]]), "emotion"),
        postcard.moved(explained(Word(HOSTILE, 0.5, "negative"), Word(HOSTILE, 0.0, "x"), label=HOSTILE), "sentiment"),
        postcard.toward(Explained("m", {}, {HOSTILE: (0.1, 0.2, 0.7)})),
        postcard.repeats([{"published_at": NOON, "source": HOSTILE, "channel": HOSTILE}], NOON, UTC),
        labelling.line(Label(1, "0" * 32, Task.TOPIC, (HOSTILE,), HOSTILE, NOON, (HOSTILE,), "m", NOON, HOSTILE), ME),
    ],
)  # fmt: skip
def test_whatever_a_post_holds_is_text(html: str) -> None:
    found = tags_of(html)
    assert found.tags <= OF_THIS_PAGE
    assert not {name for name in found.attributes if name.startswith("on")}
    assert "<script>alert(1)</script>" in found.words


def test_ten_thousand_characters_are_all_there_and_can_be_scrolled_by_keyboard() -> None:
    text = "word " * 2_000
    found = tags_of(postcard.whole(text))
    assert text.strip() in found.words
    assert {"tabindex", "role", "aria-label"} <= found.attributes


def test_a_head_says_its_label_first_with_its_probability() -> None:
    sentiment = tags_of(postcard.verdict(whole_post(p_negative=0.2, p_neutral=0.7, p_positive=0.1), "sentiment")).words
    assert sentiment.index("neutral") < sentiment.index("negative") < sentiment.index("positive")
    assert "70%" in sentiment
    assert "80%" in postcard.verdict(whole_post(), "emotion")
    assert "card not working" in postcard.verdict(whole_post(), "intent")
    assert "No emotion is probable enough" in postcard.verdict(whole_post(emotions=[]), "emotion")


def test_words_are_marked_by_what_they_did_and_told_in_figures() -> None:
    html = postcard.moved(
        explained(Word("down", 0.41, "negative"), Word("thanks", -0.09, "positive"), Word("the", 0.001, "negative")),
        "sentiment",
    )
    assert '<mark class="gw-for-4">' in html
    assert '<mark class="gw-against-2">' in html
    assert html.count("<mark") == 2
    for figure in ("+41", "-9", "speaks for it", "speaks against it", "90%"):
        assert figure in html
    assert "+0" not in html


def test_a_label_that_hangs_on_no_single_word_is_said_so() -> None:
    assert "No single word decides" in postcard.moved(explained(Word("app", 0.001, "negative")), "sentiment")
    assert "Nothing is left of this text" in postcard.moved(explained(), "sentiment")


def test_reach_is_told_with_its_length() -> None:
    row = {
        "repeats": 10_000, "voices": 9, "sources": 2, "first_at": NOON - timedelta(hours=3), "last_at": NOON,
        "is_more": True,
    }  # fmt: skip
    html = postcard.reach(row)
    assert "10,000+" in html
    assert "3 h" in html


def test_a_label_says_who_chose_it_in_place_of_what() -> None:
    label = Label(1, "0" * 32, Task.SENTIMENT, ("neutral",), "Ada", NOON, ("negative",), "m1")
    html = labelling.line(label, ME)
    assert "Sentiment: " in html
    assert "in place of" in html
    assert "Ada" in html
    assert "taken back" not in html
    undone = labelling.line(Label(1, "0" * 32, Task.SENTIMENT, ("neutral",), "Ada", NOON, (), "m1", NOON, "Ben"), ME)
    assert "taken back by" in undone
    assert "gw-undone" in undone
    same = Label(1, "0" * 32, Task.SENTIMENT, ("negative",), "Ada", NOON, ("negative",), "m1")
    assert "as the model said" in labelling.line(same, ME)


def test_what_the_model_said_becomes_a_label_s_value() -> None:
    row = whole_post(emotions=[["joy", 0.4], ["anger", 0.9], ["of tomorrow", 0.5]])
    assert labelling.said_of(row, Task.EMOTION) == ("anger", "joy")
    assert labelling.said_of(row, Task.SENTIMENT) == ("negative",)
    assert labelling.said_of(whole_post(sentiment=None), Task.TOPIC) == ()


def test_a_choice_that_is_searched_by_typing_says_what_it_means() -> None:
    assert labelling.explained(Task.EMOTION, "amusement") == f"{name_of('emotion', 'amusement')}: Finds it funny."
    assert labelling.named(Task.TOPIC, "M&A | Investments") == wording.plain("M&A | Investments")
