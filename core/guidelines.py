"""What may be chosen as a label, and what each choice means: shown beside it, so that two people mean one thing by it.

A label that has no guideline cannot be chosen; a test holds that they are the labels of the shipped classifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import chain
from typing import Final

from core.intent_guidelines import INTENT_FAMILIES


class Task(StrEnum):
    """What people label; each is a head of the classifier."""

    TOPIC = "topic"
    SENTIMENT = "sentiment"
    EMOTION = "emotion"
    INTENT = "intent"


QUESTIONS: Final[Mapping[Task, str]] = {
    Task.TOPIC: "What is the post about, for somebody who watches the market? One topic: the one in its main clause.",
    Task.SENTIMENT: "Is what is said good or bad for whom it is about? Judge the words, not what you know besides.",
    Task.EMOTION: "What does the writer feel, as far as the words show it? Every emotion that is plain; neutral alone.",
    Task.INTENT: "What does the customer want from the firm? The one thing that an answer would have to settle.",
}
"""What is asked, a task."""

_TOPIC: Final = {
    "Analyst Update": "A named broker or analyst changes or repeats a rating, a target or an estimate.",
    "Fed | Central Banks": "A central bank: its rates, purchases, minutes, and what its people say.",
    "Company | Product News": "What one company does in its business: products, contracts, plants, partners.",
    "Treasuries | Corporate Debt": "Bonds and notes: yields, auctions, issues, ratings, default.",
    "Dividend": "A dividend is declared, raised, cut or paid; buybacks only beside one.",
    "Earnings": "Results of a period, guidance, and calls about them.",
    "Energy | Oil": "Oil, gas, power and who produces them, where the commodity or its supply is the news.",
    "Financials": "Banks, insurers and other finance firms as an industry; not a loan or bond of somebody else.",
    "Currencies": "Exchange rates and currencies, digital ones too.",
    "General News | Opinion": "News and views that belong to none of the others: weather, health, society.",
    "Gold | Metals | Materials": "Metals, mining and raw materials other than energy.",
    "IPO": "A company goes public, by listing, SPAC or direct placing, or is about to.",
    "Legal | Regulation": "Courts, lawsuits, fines, investigations, and rules made or applied by an authority.",
    "M&A | Investments": "A company or a stake is bought, sold, merged or funded.",
    "Macro": "The economy as a whole: prices, jobs, growth, trade, surveys.",
    "Markets": "Indices and the market as a whole, and the mood on it.",
    "Politics": "Governments, elections, parliaments and states, where no rule for firms is the point.",
    "Personnel Change": "Somebody takes or leaves a post that matters.",
    "Stock Commentary": "A view of one share or a few: charts, ideas, positions, options.",
    "Stock Movement": "One share or a few rise or fall, and the move itself is the news.",
}

_SENTIMENT: Final = {
    "negative": "Bad for whom it is about, or the writer is unhappy with them: a fall, a loss, a complaint.",
    "neutral": "Neither: a plain fact, a question without a complaint, or good and bad in balance.",
    "positive": "Good for whom it is about, or the writer is pleased with them: a rise, a gain, praise.",
}

_EMOTION: Final = {
    "admiration": "Thinks highly of somebody or of what they did.",
    "amusement": "Finds it funny.",
    "anger": "Strong and against somebody: fury, insult, threat. Mild: annoyance.",
    "annoyance": "Irritated or impatient, without fury.",
    "approval": "Agrees, or finds it right.",
    "caring": "Kind, concerned for somebody's good, offers help.",
    "confusion": "Does not understand, and says so.",
    "curiosity": "Wants to know more.",
    "desire": "Wishes for something.",
    "disappointment": "Had hoped for better.",
    "disapproval": "Disagrees, or finds it wrong.",
    "disgust": "Revolted: finds it foul.",
    "embarrassment": "Ashamed or awkward about oneself.",
    "excitement": "Eager, thrilled about what comes.",
    "fear": "Afraid that something bad happens or has happened.",
    "gratitude": "Thanks somebody.",
    "grief": "Mourns a death or a great loss.",
    "joy": "Glad, happy.",
    "love": "Warm affection for somebody or something.",
    "nervousness": "Uneasy, worried, tense; weaker than fear.",
    "optimism": "Believes that it will turn out well.",
    "pride": "Proud of oneself or of one's own.",
    "realization": "Has just understood or noticed something.",
    "relief": "A worry is gone.",
    "remorse": "Sorry for what one did oneself.",
    "sadness": "Unhappy, down. Over a hope not met: disappointment.",
    "surprise": "Did not expect it, good or bad.",
    "neutral": "No feeling that the words show. Stands alone.",
}

GUIDELINES: Final[Mapping[Task, Mapping[str, str]]] = {
    Task.TOPIC: _TOPIC,
    Task.SENTIMENT: _SENTIMENT,
    Task.EMOTION: _EMOTION,
    Task.INTENT: dict(chain.from_iterable(family.items() for family in INTENT_FAMILIES.values())),
}


def choices(task: Task) -> tuple[str, ...]:
    """Every label that may be chosen, in the order in which they are shown.

    >>> choices(Task.SENTIMENT)
    ('negative', 'neutral', 'positive')
    """
    return tuple(GUIDELINES[task])


def guideline(task: Task, label: str) -> str:
    """One or two sentences that say when a label is right; empty for a label that we do not know.

    >>> guideline(Task.EMOTION, "amusement")
    'Finds it funny.'
    """
    return GUIDELINES[task].get(label, "")


def families(task: Task) -> Mapping[str, tuple[str, ...]]:
    """The labels in groups that one can read at a glance; of a task without groups, one group without a name."""
    if task is Task.INTENT:
        return {name: tuple(labels) for name, labels in INTENT_FAMILIES.items()}
    return {"": choices(task)}
