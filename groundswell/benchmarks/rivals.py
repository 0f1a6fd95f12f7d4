"""What a user would pick instead of our engine: `transformers` pipelines, one a task.

Their weights are random: the arithmetic is that of trained ones, and no model hub is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from transformers import BertConfig

BATCH_SIZE: Final = 8
"""Of the rivals: on a CPU the pipelines' documentation advises against batches, which pad without sorting; 1 and 8 are
both timed, and the faster one is compared with."""
Pipelines = list[Any]


def bert_base_pipelines(label_counts: Sequence[int], max_tokens: int) -> Pipelines:
    """A pipeline a task of BERT-base's shape: 12 layers of 768, 110 M parameters."""
    from transformers import BertConfig

    return [_pipeline(BertConfig(num_labels=count), max_tokens) for count in label_counts]


def same_encoder_pipelines(label_counts: Sequence[int], max_tokens: int) -> Pipelines:
    """A pipeline a task of our own encoder's shape."""
    from transformers import BertConfig

    from models.encoder import encoder_folder

    shape = BertConfig.from_json_file(str(encoder_folder() / "config.json")).to_dict()
    return [_pipeline(BertConfig.from_dict(shape, num_labels=count), max_tokens) for count in label_counts]


def run(pipelines: Pipelines, texts: Sequence[str], batch_size: int) -> int:
    """Every text through every pipeline; how many texts that were."""
    for pipeline in pipelines:
        for _ in pipeline(list(texts), batch_size=batch_size, truncation=True):
            pass
    return len(texts)


def _pipeline(config: BertConfig, max_tokens: int) -> Any:
    import torch
    from transformers import BertForSequenceClassification, PreTrainedTokenizerFast, TextClassificationPipeline

    from models.encoder import encoder_folder

    torch.manual_seed(0)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(encoder_folder() / "tokenizer.json"), model_max_length=max_tokens, pad_token="[PAD]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )  # fmt: skip
    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    model = BertForSequenceClassification(config).eval()
    return TextClassificationPipeline(model=model, tokenizer=tokenizer, device=device)
