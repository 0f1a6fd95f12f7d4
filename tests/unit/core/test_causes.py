"""What a surge is said to be about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alerting import First
from core.causes import EXAMPLES, EXCERPT_CHARS, explain, scored_terms, telling_terms
from tests.builders import NOON, make_duplicate, make_scored, make_scores

PAYDAY = [f"The app is down on payday and my wages are stuck, case {n}" for n in "abcdefghij"]
USUAL = [f"The branch queue was slow and the staff unhelpful, visit {n}" for n in "abcdefghijklmnopqrst"]


def test_words_that_are_new_are_named_before_words_that_are_usual() -> None:
    terms = telling_terms(PAYDAY + USUAL[:4], USUAL)

    assert "payday" in " ".join(terms)
    assert not any("branch" in term or "queue" in term for term in terms)


def test_a_text_without_a_word_breaks_nothing_and_says_nothing() -> None:
    bare = ["https://t.co/x", "$AAPL @desk", "📉📉", ""]

    assert "payday" in " ".join(telling_terms(PAYDAY + bare, USUAL + bare))
    assert telling_terms(bare, bare) == ()


def test_a_word_that_is_always_common_explains_nothing() -> None:
    always = [f"{text} app" for text in USUAL]

    assert not any(term == "app" for term in telling_terms([f"payday app {n}" for n in "abcdef"] * 2, always))


def test_a_word_in_two_posts_is_not_a_cause() -> None:
    assert "zebra" not in " ".join(telling_terms([*PAYDAY, "zebra crossing", "zebra finch"], USUAL))


def test_one_post_that_repeats_a_word_counts_once() -> None:
    assert "spam" not in " ".join(telling_terms([*PAYDAY, "spam spam spam spam spam spam"], USUAL))


def test_pairs_of_words_stand_in_for_their_parts() -> None:
    terms = telling_terms(PAYDAY, USUAL)
    words = [word for term in terms for word in term.split()]

    assert len(words) == len(set(words))


def test_without_usual_posts_the_most_used_words_are_named() -> None:
    assert "payday" in " ".join(telling_terms(PAYDAY, []))


def test_the_entity_itself_is_not_its_cause() -> None:
    cause = explain([make_scored(str(n), text=f"HBNK app down {n}") for n in range(9)], [], about="HBNK")

    assert not any("hbnk" in term for term in cause.terms)


def test_the_firm_s_name_is_not_its_cause_though_no_table_knows_it() -> None:
    surge = [make_scored(str(n), text=f"the Harborline app is down {n}") for n in range(9)]

    assert explain(surge, [], about="HRBL").terms == ("app", "down")


def test_the_firm_s_name_in_small_letters_is_not_its_cause_either() -> None:
    usual = [make_scored(f"u{n}", text=f"harborline branch visit {n}", entities=("HRBL",)) for n in range(8)]
    others = [make_scored(f"o{n}", text=f"another bank altogether {n}", entities=("CBRK",)) for n in range(40)]
    surge = [make_scored(str(n), text=f"harborline app is down {n}", entities=("HRBL",)) for n in range(9)]

    assert explain(surge, [*usual, *others], about="HRBL").terms == ("app", "down")


def test_a_word_that_is_usual_and_now_in_every_post_is_still_named() -> None:
    usual = [
        make_scored(f"u{n}", text=f"{'app' if n % 5 < 2 else 'queue'} slow {n}", entities=("HRBL",)) for n in range(20)
    ]
    surge = [make_scored(str(n), text=f"app frozen {n}", entities=("HRBL",)) for n in range(9)]

    assert "app frozen" in explain(surge, usual, about="HRBL").terms


def test_examples_are_by_different_authors_in_different_words() -> None:
    first = make_scored("1", author_key="one", text="Harbor Bank app is down and I cannot pay rent")
    same_author = make_scored("2", author_key="one", text="Harbor Bank app still down, are you serious today")
    same_words = make_duplicate(first, "3")
    other = make_scored("4", author_key="two", text="My wages are stuck because the app is down")

    cause = explain([first, same_author, same_words, other], [], about="HBNK")

    assert len(cause.post_ids) == 2
    assert other.post.post_id in cause.post_ids


def test_the_most_negative_posts_stand_for_the_rest() -> None:
    mild = [make_scored(str(n), make_scores(sentiment_p=(0.6, 0.3, 0.1)), text=f"slow app again {n}") for n in range(5)]
    harsh = make_scored("9", make_scores(sentiment_p=(0.99, 0.01, 0.0)), text="slow app again, awful")

    assert explain([*mild, harsh], [], about="HBNK").post_ids[0] == harsh.post.post_id


def test_an_example_names_nobody_and_fits_a_line() -> None:
    text = "@someone look at https://example.com/x\n" + "the app is down " * 30

    (excerpt,) = explain([make_scored("1", text=text)], [], about="HBNK").excerpts

    assert "@someone" not in excerpt
    assert "https" not in excerpt
    assert "\n" not in excerpt
    assert len(excerpt) <= EXCERPT_CHARS


def test_no_posts_have_no_cause() -> None:
    cause = explain([], [], about="HBNK")

    assert (cause.post_ids, cause.excerpts, cause.terms) == ((), (), ())


def test_there_are_three_examples_at_most() -> None:
    surge = [make_scored(str(n), text=f"app down and wages stuck {n} {n}x") for n in range(9)]

    assert len(explain(surge, [], about="HBNK").post_ids) == EXAMPLES


def test_handles_links_and_cashtags_are_not_words() -> None:
    surge = [f"$QLNC @someone{n} app down, see https://example.com/outage www.example.com $brk.b" for n in range(9)]

    assert {word for term in telling_terms(surge, []) for word in term.split()} == {"app", "down"}


def test_an_example_says_what_is_new_and_not_what_everybody_always_says() -> None:
    usual = [make_scored(f"u{n}", text=f"hate this bank, worst bank of all, visit {n}") for n in range(20)]
    vague = make_scored("v", make_scores(sentiment_p=(0.99, 0.01, 0.0)), text="hate this bank, worst bank of all")
    surge = [make_scored(str(n), text=f"card declined at the till, number {n}x") for n in range(9)]

    cause = explain([vague, *surge], usual, about="HBNK")

    assert "card declined" in cause.excerpts[0]


def test_an_example_has_the_address_of_its_post() -> None:
    linked = make_scored("1", text="the app is down on payday", url="https://example.com/1")
    bare = make_scored("2", text="my wages are stuck somewhere")

    cause = explain([linked, bare], [], about="HBNK")

    assert dict(zip(cause.post_ids, cause.links, strict=True)) == {
        linked.post.post_id: "https://example.com/1", bare.post.post_id: "",
    }  # fmt: skip


def test_what_moved_is_named_with_its_share_before_and_now() -> None:
    usual = [make_scored(f"u{n}", make_scores(topic="Macro" if n % 2 else "Earnings")) for n in range(20)]
    surge = [make_scored(str(n), make_scores(topic="Payments"), entities=("HBNK", "CBRK")) for n in range(10)]

    found = {(thing.dimension, thing.key): (thing.now, thing.usual) for thing in explain(surge, usual, "HBNK").moved}

    assert found == {("topic", "Payments"): (1.0, 0.0), ("entity", "CBRK"): (1.0, 0.0)}


def test_where_it_was_seen_first_is_named() -> None:
    late = make_scored("1", published_at=NOON)
    early = make_scored("2", published_at=NOON - timedelta(minutes=3), source="forum", url="https://example.com/2")

    first = explain([late, early], [], about="HBNK").first

    assert first == First(early.post.post_id, "forum", NOON - timedelta(minutes=3), "https://example.com/2")


def test_the_z_score_is_that_of_the_paper() -> None:
    """Ten of ten texts now, one of fifty before, with a prior of fifty posts worded as those fifty: worked out by hand.

    a = 10 + 1 * 50/50 + 0.5 = 11.5, b = 1 + 1.5 = 2.5; log-odds ln(11.5/49.5) - ln(2.5/98.5) = 2.2142;
    variance 1/11.5 + 1/2.5 = 0.48696; z = 3.173.
    """
    usual = ["frozen solid", *(f"quiet {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(49))]

    (z,) = [z for z, term in scored_terms(["frozen"] * 10, usual) if term == "frozen"]

    assert z == pytest.approx(3.173, abs=0.001)
