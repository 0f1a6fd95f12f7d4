"""The shipped weights say what a person would of texts that leave no doubt, and refuse to load when damaged."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from pathlib import Path

import pytest
import torch

from core.errors import ModelUnusable, SetupError
from core.posts import MAX_TEXT_CHARS
from core.scoring import EmotionFamily, Sentiment
from groundswell.commands.model import Task, evaluate
from models.artefact import ADAPTER, CALIBRATION, HEADS, LABELS
from models.behaviours import SHIFT_HEADS, Swap, load_cases, pass_rates, swaps
from models.classifier import TransformerClassifier, load_classifier
from models.data import TASKS
from models.encoder import load_encoder
from models.explaining import explain

WEIGHTS = Path(__file__).parents[2] / "models" / "weights"
MAX_SHIPPED_BYTES = 8_000_000
MAX_WRITER_BYTES = 10_000_000

TEXTS = (
    "Harbor Bank shares plunge after profit warning and dividend cut",
    "ACME stock soars to record high as earnings beat estimates",
    "Fed raises interest rates by 25 basis points, Powell says more hikes to come",
    "JPMorgan upgrades Harbor Bank to overweight, lifts price target",
    "Oil prices slide as OPEC output rises",
    "I am absolutely furious, your app has been down all day and nobody answers!",
    "Thank you so much, you solved my problem in two minutes, I love this bank",
    "My new card still has not arrived, when will it get here?",
    "I forgot my passcode and cannot log in",
    "I am so scared that I will lose my house, I do not know what to do",
)


@pytest.fixture(scope="module")
def classifier() -> TransformerClassifier:
    return load_classifier(WEIGHTS, device="cpu")


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [(TEXTS[0], Sentiment.NEGATIVE), (TEXTS[1], Sentiment.POSITIVE), (TEXTS[3], Sentiment.POSITIVE)],
)
def test_the_direction_of_plain_news_is_seen(
    classifier: TransformerClassifier, text: str, sentiment: Sentiment
) -> None:
    assert classifier.classify([text])[0].sentiment is sentiment


@pytest.mark.parametrize(("text", "topic"), [(TEXTS[2], "Fed | Central Banks"), (TEXTS[3], "Analyst Update")])
def test_the_topic_of_plain_news_is_seen(classifier: TransformerClassifier, text: str, topic: str) -> None:
    assert classifier.classify([text])[0].topic == topic


@pytest.mark.parametrize(
    ("text", "family"),
    [(TEXTS[5], EmotionFamily.ANGER), (TEXTS[6], EmotionFamily.CARE), (TEXTS[9], EmotionFamily.FEAR)],
)
def test_the_feeling_of_a_plain_message_is_seen(
    classifier: TransformerClassifier, text: str, family: EmotionFamily
) -> None:
    assert classifier.classify([text])[0].family is family


@pytest.mark.parametrize(("text", "intent"), [(TEXTS[7], "card_arrival"), (TEXTS[8], "passcode_forgotten")])
def test_what_a_customer_wants_is_seen(classifier: TransformerClassifier, text: str, intent: str) -> None:
    assert classifier.classify([text])[0].intent == intent


def test_two_entities_of_one_headline_may_differ(classifier: TransformerClassifier) -> None:
    headline = "Gold shines on seasonal demand; Silver dull"
    found = classifier.classify_entities([headline, headline], ["Gold", "Silver"])
    assert [sentiment for sentiment, _ in found] == [Sentiment.POSITIVE, Sentiment.NEGATIVE]


def test_no_texts_have_no_scores(classifier: TransformerClassifier) -> None:
    assert classifier.classify([]) == []
    assert classifier.classify_entities([], []) == []


def test_scores_are_in_the_order_of_the_texts_however_long_each_is(classifier: TransformerClassifier) -> None:
    texts = [text * (1 + n % 3) for n, text in enumerate(TEXTS)] * 20
    together = classifier.classify(texts)
    alone = [classifier.classify([text])[0] for text in texts[: len(TEXTS)]]
    assert [score.topic for score in together[: len(TEXTS)]] == [score.topic for score in alone]
    for one, same in zip(together, together[len(TEXTS) :], strict=False):
        assert one.sentiment is same.sentiment


def test_probabilities_are_probabilities(classifier: TransformerClassifier) -> None:
    for scores in classifier.classify(TEXTS):
        assert sum(scores.sentiment_p) == pytest.approx(1.0)
        listed = [p for _, p in scores.emotions]
        assert listed == sorted(listed, reverse=True)
        assert all(0.0 <= p <= 1.0 for p in (*listed, scores.topic_p, scores.intent_p))


@pytest.mark.parametrize("text", ["", " ", "https://t.co/x", "\U0001f621", "word " * (MAX_TEXT_CHARS // 5), "日本語"])
def test_an_odd_text_is_scored_without_an_error(classifier: TransformerClassifier, text: str) -> None:
    assert len(classifier.classify([text, TEXTS[0]])) == 2


def test_bfloat16_and_float32_name_the_same_labels(classifier: TransformerClassifier) -> None:
    exact = load_classifier(WEIGHTS, device="cpu", dtype="float32")
    half = load_classifier(WEIGHTS, device="cpu", dtype="bfloat16")
    for task in ("topic", "sentiment"):
        labels = exact.probabilities(task, TEXTS).argmax(axis=1), half.probabilities(task, TEXTS).argmax(axis=1)
        assert (labels[0] == labels[1]).all()


def _bytes_in(folder: Path) -> int:
    """Of the files right in it: the writer's adapter is another artefact."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def test_what_ships_is_small_and_names_every_label() -> None:
    assert _bytes_in(WEIGHTS) <= MAX_SHIPPED_BYTES
    assert 0 < _bytes_in(WEIGHTS / "writer") <= MAX_WRITER_BYTES
    labels = json.loads((WEIGHTS / LABELS).read_text())
    assert {task: len(labels[task]) for task in TASKS} == {
        "topic": 20,
        "sentiment": 3,
        "emotion": 28,
        "intent": 77,
        "entity": 3,
    }


@pytest.mark.parametrize("name", [ADAPTER, HEADS, CALIBRATION, LABELS])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(WEIGHTS, tmp_path / "weights")
    whole = (copy / name).read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"\x00" * 64):
        (copy / name).write_bytes(damaged)
        with pytest.raises(ModelUnusable, match=name):
            load_classifier(copy, device="cpu")
    (copy / name).unlink()
    with pytest.raises(ModelUnusable, match=name):
        load_classifier(copy, device="cpu")


def test_missing_weights_are_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="groundswell train"):
        load_classifier(tmp_path / "none")


def test_a_gpu_that_is_not_there_is_said_so() -> None:
    if not torch.cuda.is_available():
        with pytest.raises(ModelUnusable, match="GPU"):
            load_classifier(WEIGHTS, device="cuda")


def test_an_explanation_has_one_weight_a_word(classifier: TransformerClassifier) -> None:
    found = explain(classifier, TEXTS[0], "sentiment")
    assert [word.word for word in found.words] == TEXTS[0].split()
    assert found.label == "negative"
    assert found.strongest(1)[0].weight == max(word.weight for word in found.words)


def faithfulness_texts() -> list[str]:
    """At least 200 different texts, all written for this project."""
    cases = [text for group, rows in load_cases().items() if group != "fairness" for text, _ in rows]
    firms = ("Harbor Bank", "ACME", "Northwind Energy", "Bluefin Airlines", "Tessel Robotics")
    events = (
        "posts a surprise loss and suspends its dividend",
        "wins a record order and lifts its outlook",
        "faces a fraud probe by the regulator",
        "shares jump after strong quarterly profit",
        "cuts 2,000 jobs as demand weakens",
        "opens a new office in Madrid on Monday",
        "to present at a conference in June",
        "is fined for misleading its customers",
        "beats estimates and buys back shares",
        "recalls a product after complaints",
        "warns that margins will shrink",
        "is upgraded to buy by two brokers",
        "delays its annual report again",
        "repays its debt ahead of plan",
        "names a new head of finance",
        "loses its largest customer",
        "sees bookings rise for the summer",
        "halts trading after a cyber attack",
        "raises prices without losing customers",
        "appoints an auditor",
    )
    return cases + [f"{firm} {event}" for firm, event in itertools.product(firms, events)]


def test_deleting_the_named_words_costs_more_than_deleting_as_many_at_random(
    classifier: TransformerClassifier,
) -> None:
    texts, rng = faithfulness_texts(), random.Random(0)
    assert len(texts) >= 200
    original, without_named, without_random = [], [], []
    for text in texts:
        found = explain(classifier, text, "sentiment")
        words = [word.word for word in found.words]
        named = sorted(range(len(words)), key=lambda i: -found.words[i].weight)[:2]
        drawn = rng.sample(range(len(words)), 2)
        for places, kept in ((named, without_named), (drawn, without_random)):
            kept.append(" ".join(word for i, word in enumerate(words) if i not in places))
        original.append(classifier.labels["sentiment"].index(found.label))
    rows = range(len(texts))
    after_named = classifier.probabilities("sentiment", without_named)[rows, original].mean()
    after_random = classifier.probabilities("sentiment", without_random)[rows, original].mean()
    assert after_named < after_random - 0.1


def test_every_behaviour_is_measured_on_at_least_twenty_texts(classifier: TransformerClassifier) -> None:
    assert all(rate.cases >= 20 and 0 <= rate.passed <= rate.cases for rate in pass_rates(classifier))


MISSED = {("genders", "emotion"): "0.080"}
"""Where the shipped weights move more than the aim, and by how much."""


@pytest.fixture(scope="module")
def moved(classifier: TransformerClassifier) -> dict[str, Swap]:
    return {swap.group: swap for swap in swaps(classifier)}


@pytest.mark.parametrize(
    ("group", "head"),
    [
        pytest.param(
            group,
            head,
            marks=[pytest.mark.xfail(reason=MISSED[group, head], strict=True)] if (group, head) in MISSED else [],
        )
        for group in load_cases()["fairness"]
        for head in SHIFT_HEADS
    ],
)
def test_who_complains_hardly_matters(moved: dict[str, Swap], group: str, head: str) -> None:
    assert moved[group].pairs >= 20
    assert moved[group].medians[head] <= 0.05, moved[group]


def test_evaluate_writes_figures_with_intervals_and_a_picture(tmp_path: Path) -> None:
    data, figures, picture = tmp_path / "mine.csv", tmp_path / "figures.json", tmp_path / "confusions.png"
    data.write_text(
        "Satz,Urteil\nShares soar as profit beats estimates,up\nShares plunge after profit warning,down\n"
        "ACME to hold its annual meeting on Monday,flat\nUnreadable,unsure\n",
        encoding="utf-8",
    )
    label_map = tmp_path / "map.json"
    label_map.write_text('{"up": "positive", "down": "negative", "flat": "neutral", "unsure": null}')
    evaluate(
        Task.SENTIMENT,
        data,
        text_column="Satz",
        label_column="Urteil",
        label_map=str(label_map),
        json_file=figures,
        plot=picture,
        weights=WEIGHTS,
    )
    found = json.loads(figures.read_text())
    names = ("accuracy", "macro_f1", "weighted_f1", "ece")
    assert set(found) == {"n", *names, *(f"{name}_ci" for name in names)}
    assert found["n"] == 3
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_evaluate_measures_entities_and_those_in_conflict(tmp_path: Path) -> None:
    data, figures = tmp_path / "entities.csv", tmp_path / "figures.json"
    data.write_text("Title,Decisions\nGold shines; Silver dull,\"{'Gold': 'positive', 'Silver': 'negative'}\"\n")
    evaluate(Task.ENTITY, data, json_file=figures, weights=WEIGHTS)
    found = json.loads(figures.read_text())
    assert (found["n"], found["conflict"]["n"]) == (2, 2)


def test_a_folder_that_is_not_there_is_said_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no folder"):
        evaluate(Task.TOPIC, tmp_path / "never-read.csv", json_file=tmp_path / "none" / "figures.json")


def test_the_table_needs_data_and_a_place(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="--development"):
        evaluate(table=True)
    with pytest.raises(SetupError, match="no file"):
        evaluate(table=True, development=tmp_path, into=tmp_path / "none.md")


def test_evaluate_without_a_file_says_what_is_missing() -> None:
    with pytest.raises(SetupError, match="--task and --data"):
        evaluate()


def test_peft_opens_the_shipped_adapter_and_merges_it_to_the_same_weights(classifier: TransformerClassifier) -> None:
    from peft import PeftModel

    merged = PeftModel.from_pretrained(load_encoder(), str(WEIGHTS)).merge_and_unload()
    ours = load_classifier(WEIGHTS, device="cpu", dtype="float32")._network.encoder
    theirs = merged.state_dict()
    for name, weight in ours.state_dict().items():
        torch.testing.assert_close(weight, theirs[name], atol=1e-5, rtol=1e-4)
