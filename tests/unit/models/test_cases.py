"""Training cases teach both directions alike, and none of them is a behaviour test in disguise."""

from __future__ import annotations

import string
from collections import Counter
from itertools import pairwise

from models.behaviours import load_cases
from models.cases import cases, templates
from models.grouping import group, words_of

MOST_ALIKE = 0.4
"""Jaccard similarity of word pairs; `models.grouping` calls two texts one from 0.6."""


def behaviour_texts() -> list[str]:
    content = load_cases()
    texts = [text for name, rows in content.items() if name != "fairness" for text, _ in rows]
    for lists in content["fairness"].values():
        texts += [template.format(word) for template in lists["templates"] for word in lists["words"]]
    return texts


INTENTS = (
    "balance_not_updated_after_bank_transfer",
    "card_arrival",
    "transfer_not_received_by_recipient",
)


def pairs_of(text: str) -> set[tuple[str, str]]:
    return set(pairwise(words_of(text)))


def alike(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> float:
    return len(one & other) / max(len(one | other), 1)


def test_the_same_seed_gives_the_same_cases_and_another_gives_others() -> None:
    assert cases(3) == cases(3)
    assert cases(3) != cases(4)


def test_no_text_stands_twice_with_two_labels() -> None:
    labels: dict[str, set[tuple[int, ...]]] = {}
    for example in cases(0):
        labels.setdefault(example.text, set()).add(example.labels)
    assert all(len(found) == 1 for found in labels.values())


def test_no_label_is_rare() -> None:
    counts = Counter(example.labels[0] for example in cases(0))
    assert 600 <= sum(counts.values()) <= 2_000
    assert min(counts[label] for label in range(3)) >= 150


def test_every_slot_is_filled() -> None:
    assert not any("{" in example.text for example in cases(0))


def test_all_cases_are_for_training_only() -> None:
    assert not any(example.development for example in cases(0))


def test_no_case_is_a_near_duplicate_of_a_behaviour_text() -> None:
    taught, asked = [example.text for example in cases(0, INTENTS)], behaviour_texts()
    names = group([*taught, *asked])
    assert not set(names[: len(taught)]) & set(names[len(taught) :])


def test_no_case_or_template_shares_many_word_pairs_with_a_behaviour_text() -> None:
    bare = ["".join(part for part, *_ in string.Formatter().parse(template)) for template in templates()]
    taught = [(text, pairs_of(text)) for text in {*bare, *(example.text for example in cases(0, INTENTS))}]
    for asked in behaviour_texts():
        pairs = pairs_of(asked)
        closest, text = max((alike(pairs, other), text) for text, other in taught)
        assert closest <= MOST_ALIKE, (asked, text)


def test_the_firms_of_the_cases_are_not_those_of_the_behaviours() -> None:
    taught = " ".join(example.text for example in cases(0)).lower()
    for name in ("acme", "harbor bank", "hbnk"):
        assert name in " ".join(behaviour_texts()).lower()
        assert name not in taught


def test_intents_are_taught_by_the_ids_of_the_data_and_left_out_where_it_lacks_them() -> None:
    taught = [example for example in cases(0, INTENTS) if example.task == "intent"]
    assert {INTENTS[example.labels[0]] for example in taught} == set(INTENTS)
    assert all(example.labels == (0,) for example in taught if "salary" in example.text)
    assert not any(example.task == "intent" for example in cases(0, ("lost_card",)))


def test_only_texts_that_differ_in_who_speaks_are_twins() -> None:
    twins = Counter(example.twin for example in cases(0) if example.twin)
    assert min(twins.values()) >= 10
    assert all("{name}" in twin or "{person}" in twin for twin in twins)
