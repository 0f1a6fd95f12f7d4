"""A student is drawn to its teacher's opinion, and nothing is left to learn where it shares it."""

from __future__ import annotations

import pytest
import torch

from models.data import Example
from models.encoder import load_encoder
from models.losses import TaskLoss, distances
from models.network import Network

torch.manual_seed(0)
OPINION = torch.randn(5, 4)


@pytest.mark.parametrize("task", ["topic", "emotion"])
def test_a_student_that_shares_the_opinion_is_at_distance_zero(task: str) -> None:
    torch.testing.assert_close(distances(task, OPINION.clone(), OPINION), torch.zeros(5), atol=1e-5, rtol=0)


@pytest.mark.parametrize("task", ["topic", "emotion"])
def test_any_other_is_further_away(task: str) -> None:
    assert (distances(task, -OPINION, OPINION) > 0.01).all()


def test_a_constant_added_to_all_logits_changes_no_opinion_on_a_single_label() -> None:
    torch.testing.assert_close(distances("topic", OPINION + 3, OPINION), torch.zeros(5), atol=1e-5, rtol=0)


def test_a_head_without_a_label_learns_from_the_teacher() -> None:
    network = Network(load_encoder(), {"topic": 2, "sentiment": 3}).eval()
    loss, pooled = TaskLoss(torch.ones(0)), torch.randn(1, 384)
    examples = [Example("twitter_financial_topic", "topic", "shares rise", (1,))]
    alone, means = loss(network, pooled, examples, {})
    taught, same = loss(network, pooled, examples, {"sentiment": ([0], torch.tensor([[9.0, 0.0, 0.0]]))})
    assert means == same
    assert taught > alone
    taught.backward()
    assert network.heads["sentiment"].out.weight.grad.abs().sum() > 0


def test_label_and_opinion_share_a_row_that_has_both() -> None:
    network = Network(load_encoder(), {"topic": 2}).eval()
    loss, pooled = TaskLoss(torch.ones(0)), torch.randn(1, 384)
    examples = [Example("twitter_financial_topic", "topic", "shares rise", (1,))]
    opinion = network.heads["topic"](pooled).detach()
    alone, _ = loss(network, pooled, examples, {})
    agreed, _ = loss(network, pooled, examples, {"topic": ([0], opinion)})
    torch.testing.assert_close(agreed, alone * (1 - 0.6))


def test_an_altered_copy_has_no_label_and_learns_from_the_teacher_alone() -> None:
    network = Network(load_encoder(), {"topic": 2}).eval()
    loss, pooled = TaskLoss(torch.ones(0), variant_weight=2.0), torch.randn(1, 384)
    copy = [Example("twitter_financial_topic", "topic", "share rises", (), variant=0)]
    assert loss(network, pooled, copy, {}) == (torch.zeros(()), {})
    opinion = torch.tensor([[9.0, 0.0]])
    taught, means = loss(network, pooled, copy, {"topic": ([0], opinion)})
    torch.testing.assert_close(taught, 2.0 * distances("topic", network.heads["topic"](pooled), opinion).sum())
    assert means == {}
