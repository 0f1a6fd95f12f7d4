"""What a draft says, and what it never says."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from core.alerting import Cause, Incident, IncidentState
from core.posts import Channel
from core.replies import Draft, DraftState
from core.scoring import EmotionFamily, ScoredPost, Scores, Sentiment, Unjudged, unscored
from core.writing import SOCIAL_CHARS, forbidden, tone_of, write
from tests.builders import NOON, make_post, make_scored, make_scores
from tests.playbook import PLAYBOOK

ARRIVAL = make_scores(intent="card_arrival", intent_p=0.9)

OUTAGE = Incident(
    incident_id="a" * 32,
    dimension="entity",
    key="HBNK",
    state=IncidentState.FIRING,
    opened_at=NOON,
    updated_at=NOON,
    severity=7,
    observed=40,
    expected=1.0,
    p_value=1e-20,
    authors=30,
    summary="HBNK: 40 negative posts",
    cause=Cause(("1",), ("The app is down again on payday",), ("payday", "app down")),
)


def customer(text: str, scores: Scores = ARRIVAL, native_id: str = "1") -> ScoredPost:
    return make_scored(native_id, scores, channel=Channel.CUSTOMER, text=text, entities=("HBNK",))


def draft(scored: ScoredPost, *incidents: Incident, previous: str = "") -> Draft:
    return write(scored, incidents, PLAYBOOK, NOON, previous)


def test_a_draft_acknowledges_then_helps_then_asks() -> None:
    written = draft(customer("Two weeks and my card is still not here, this is a joke"))

    assert written.state is DraftState.READY
    assert written.reason == "playbook entry card_delivery, tone anger"
    assert "sorry" in written.text
    assert "the card that has not arrived" in written.text
    assert "?" in written.text
    assert written.text.index("sorry") < written.text.index("?")


def test_the_same_post_has_the_same_draft() -> None:
    scored = customer("my card is still not here")

    assert draft(scored) == draft(scored)


def test_no_two_drafts_in_a_row_begin_alike() -> None:
    texts = []
    for n in range(60):
        texts.append(draft(customer("my card is still not here", native_id=str(n)), previous=(texts or [""])[-1]).text)

    assert all(one.split(". ")[:2] != other.split(". ")[:2] for one, other in pairwise(texts))
    assert len(set(texts)) > 12


@pytest.mark.parametrize(
    ("scores", "tone"),
    [
        (make_scores(family=EmotionFamily.ANGER), "anger"),
        (make_scores(family=EmotionFamily.FEAR), "fear"),
        (make_scores(family=EmotionFamily.SADNESS), "sadness"),
        (make_scores(family=EmotionFamily.SURPRISE), "surprise"),
        (make_scores(family=EmotionFamily.NEUTRAL), "negative"),
        (make_scores(family=EmotionFamily.JOY), "negative"),
        (make_scores(Sentiment.NEUTRAL, family=EmotionFamily.SURPRISE), "neutral"),
        (make_scores(Sentiment.POSITIVE, family=EmotionFamily.ANGER), "neutral"),
    ],
)
def test_the_tone_follows_the_feeling(scores: Scores, tone: str) -> None:
    assert tone_of(scores) == tone


def test_a_plain_question_is_informed_and_not_pitied() -> None:
    calm = make_scores(Sentiment.NEUTRAL, family=EmotionFamily.NEUTRAL, intent="atm_support", intent_p=0.9)
    misread = replace(calm, sentiment=Sentiment.NEGATIVE)

    for scores in (calm, misread):
        text = draft(customer("Which cash machines can I use", scores)).text
        assert "sorry" not in text
        assert "help section" in text


def test_a_fact_is_stated_only_while_an_incident_about_it_is_open() -> None:
    post = customer("The app is down and I cannot get my wages")
    resolved = replace(OUTAGE, state=IncidentState.RESOLVED)

    assert "the team on duty" in draft(post, OUTAGE).text
    assert draft(post, OUTAGE).reason.endswith("with the open incident")
    assert "the team on duty" not in draft(post, resolved).text
    assert "the team on duty" not in draft(post).text


def test_an_incident_about_something_else_or_someone_else_is_not_mentioned() -> None:
    lost = customer("I lost my card yesterday", make_scores(intent="lost_or_stolen_card", intent_p=0.9))
    elsewhere = make_scored("1", ARRIVAL, channel=Channel.CUSTOMER, text="The app is down", entities=("NWTR",))

    assert "the team on duty" not in draft(lost, OUTAGE).text
    assert "the team on duty" not in draft(elsewhere, OUTAGE).text


def test_a_calm_question_during_an_incident_is_not_told_about_it() -> None:
    calm = make_scores(Sentiment.NEUTRAL, emotions=(), family=EmotionFamily.NEUTRAL)

    text = draft(customer("How do I download my statement in the app? Payday tomorrow", calm), OUTAGE).text

    assert "the team on duty" not in text


def test_while_an_incident_is_open_nobody_is_asked_to_check_their_phone() -> None:
    post = customer("The app is down and I cannot get my wages")

    assert "something with your sign-in" in draft(post).text
    assert "something with your sign-in" not in draft(post, OUTAGE).text


def test_a_public_draft_fits_a_post_and_moves_to_a_private_message() -> None:
    for number, entry in enumerate(PLAYBOOK.entry):
        scores = make_scores(intent=entry.intents[0] if entry.intents else "none", intent_p=0.99)
        for n in range(12):
            post = make_scored(f"{number}-{n}", scores, text="@bank the app is down", entities=("HBNK",))
            text = write(post, [OUTAGE], PLAYBOOK, NOON).text
            assert len(text) <= SOCIAL_CHARS
            assert "privately" in text or "private message" in text or "in public" in text


def test_a_long_message_is_not_asked_what_it_has_told() -> None:
    story = "My card has not arrived. " + "I ordered it on Monday and called twice about where it is. " * 10

    text = draft(customer(story, make_scores(intent="card_arrival", intent_p=0.99))).text

    assert "When did you order" not in text
    assert any(question in text for question in PLAYBOOK.told)


def test_someone_in_danger_is_pointed_to_help_and_spared_the_rest() -> None:
    text = draft(customer("I want to end my life, the app is down and my wages are gone"), OUTAGE).text

    assert "emergency number" in text
    assert "app" not in text
    assert "team on duty" not in text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("You will get a refund.", "refund"),
        ("We guarantee it.", "guarantee"),
        ("You will be compensated.", "compensated"),
        ("It works again within two hours.", "within two hours"),
        ("We owe you $50.", "$"),
        ("Wait 3 days.", "3"),
        ("It will be fixed soon.", "will be fixed"),
        ("This was our mistake.", "our mistake"),
    ],
)
def test_the_guard_stops_numbers_and_promises(text: str, what: str) -> None:
    fault = forbidden(text, PLAYBOOK.named["card_delivery"], PLAYBOOK)

    assert fault is not None
    assert what in fault


def test_the_guard_lets_pass_what_the_entry_itself_says() -> None:
    entry = PLAYBOOK.named["card_delivery"].model_copy(update={"step": ("It takes 5 days, and you get a refund.",)})

    assert forbidden("It takes 5 days, and you get a refund.", entry, PLAYBOOK) is None


def test_a_draft_that_breaks_the_guard_is_not_shown() -> None:
    broken = PLAYBOOK.model_copy(update={"close": ("Everything will be fixed tomorrow.",)})

    written = write(customer("my card is still not here"), [], broken, NOON)

    assert (written.state, written.text) == (DraftState.ABSTAINED, "")
    assert "will be fixed" in written.reason


def test_the_writer_abstains_with_a_reason_where_nothing_fits() -> None:
    unsure = draft(customer("hm", make_scores(intent="card_arrival", intent_p=0.1)))
    unjudged = draft(unscored(make_post(text=""), Unjudged.EMPTY))

    assert (unsure.state, unsure.text) == (DraftState.ABSTAINED, "")
    assert unsure.reason == "no playbook entry fits (intent card_arrival, 0.10)"
    assert unjudged.reason == "the post has no score"
