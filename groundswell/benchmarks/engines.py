"""`groundswell bench engines`: the same passes by torch in three formats, ONNX Runtime and OpenVINO, on a CPU."""

from __future__ import annotations

import copy
import os
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from groundswell.benchmarks.timing import Spread, in_turns, ratios

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from models.batches import Encoded
    from models.data import Example
    from models.network import Network

    Logits = dict[str, NDArray[np.float32]]
    Batch = Callable[[torch.Tensor, torch.Tensor], Sequence[NDArray[np.float32]]]
    """Token ids and mask to each head's logits."""

HEADS: Final = ("topic", "sentiment", "emotion", "intent")
REFERENCE: Final = "torch, float32"
OURS: Final = "torch, bfloat16"
TORCH_INT8: Final = "torch, dynamic int8"
ONNX: Final = "ONNX Runtime, float32"
ONNX_INT8: Final = "ONNX Runtime, dynamic int8"
OPENVINO: Final = "OpenVINO, bfloat16 where it pays"
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    ONNX: ("onnx", "onnxscript", "onnxruntime"),
    ONNX_INT8: ("onnx", "onnxscript", "onnxruntime"),
    OPENVINO: ("onnx", "onnxscript", "openvino"),
}
"""Packages that an engine asks for; `pip install "groundswell[engines]"`."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What one engine was measured at."""

    posts_per_s: Spread
    ratio: Spread
    """Its rate over that of torch in float32, round by round."""
    agreement: dict[str, float]
    """By head, the share of texts whose most probable label is that of torch in float32."""
    macro_f1: dict[str, float]
    """By head with one label, on its development rows."""


def missing() -> dict[str, list[str]]:
    """By engine, the packages that it lacks here; no entry where it lacks none."""
    found = {name: [part for part in parts if find_spec(part) is None] for name, parts in NEEDED.items()}
    return {name: parts for name, parts in found.items() if parts}


def measure(
    weights: Path, data_folder: Path, texts: int, repeats: int, say: Callable[[str], None]
) -> dict[str, Engine]:
    """Time each engine on development texts, in turns, and compare its labels with float32's.

    Every engine computes the same padded batches, one a core at a time, each on one thread.

    Args:
        weights: artefact folder.
        data_folder: the training data, whose development part is read.
        texts: how many of the topic head's development rows are timed.
        repeats: rounds.
        say: told what is being done.

    Raises:
        SetupError: the data are missing, or the artefact was trained on others.
        ModelUnusable: the weights cannot be loaded.
    """
    import torch

    from models import artefact
    from models.batches import encode
    from models.encoder import choose_attention, load_tokenizer
    from models.produce import data_of

    description = artefact.read_description(weights)
    data = data_of(weights, data_folder)
    network = artefact.load_network(weights, description)
    choose_attention(network.encoder, "cpu")
    tokenizer = load_tokenizer(description.max_tokens, description.encoder)
    torch.set_num_threads(1)
    rows = {task: [e for e in data.development if e.task == task] for task in HEADS}
    encoded = {task: encode(tokenizer, [e.text for e in examples]) for task, examples in rows.items()}
    timed = encoded["topic"][:texts]
    with tempfile.TemporaryDirectory() as folder:
        engines = _engines(network, Path(folder), say)
        logits = {}
        for name, engine in engines.items():
            say(f"{name}: {sum(map(len, encoded.values())):,} development texts")
            logits[name] = {task: _run(engine, encoded[task])[task] for task in HEADS}
        say("timing in turns")
        work = {name: lambda engine=engine: len(_run(engine, timed)["topic"]) for name, engine in engines.items()}
        rates = in_turns(work, repeats)
    return {
        name: Engine(
            Spread.of(rates[name]), ratios(rates, name, REFERENCE),
            {task: float((found.argmax(1) == logits[REFERENCE][task].argmax(1)).mean()) for task, found in of.items()},
            _macro_f1(rows, of),
        )
        for name, of in logits.items()
    }  # fmt: skip


def _engines(network: Network, folder: Path, say: Callable[[str], None]) -> dict[str, Batch]:
    import torch

    engines = {
        REFERENCE: _torch(network),
        OURS: _torch(copy.deepcopy(network).to(torch.bfloat16)),
        TORCH_INT8: _torch(_quantized(network)),
    }
    lacking = missing()
    if len(lacking) < len(NEEDED):
        say("exporting to ONNX")
        exported = _export(network, folder / "network.onnx")
    for name, start in ((ONNX, _onnx), (ONNX_INT8, _onnx_int8), (OPENVINO, _openvino)):
        if name not in lacking:
            engines[name] = start(exported)
    return engines


def _run(engine: Batch, encoded: Sequence[Encoded]) -> Logits:
    """Every text's logits by head, rows in the order of `encoded`."""
    import numpy as np

    from models.batches import by_tokens, pad
    from models.classifier import CPU_BATCH_TOKENS

    def one(batch: list[int]) -> tuple[list[int], Sequence[NDArray[np.float32]]]:
        ids, mask, _ = pad([encoded[index] for index in batch])
        return batch, engine(ids, mask)

    found: Logits = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for batch, logits in pool.map(one, by_tokens([len(item) for item in encoded], CPU_BATCH_TOKENS)):
            for task, rows in zip(HEADS, logits, strict=True):
                found.setdefault(task, np.zeros((len(encoded), rows.shape[1]), dtype=np.float32))[batch] = rows
    return found


def _torch(network: Network) -> Batch:
    import torch

    def run(ids: torch.Tensor, mask: torch.Tensor) -> Sequence[NDArray[np.float32]]:
        torch.set_num_threads(1)  # a thread's own
        with torch.inference_mode():
            pooled = network.pool(ids, mask)
            return [network.heads[task](pooled).float().numpy() for task in HEADS]

    return run


def _quantized(network: Network) -> Network:
    import torch
    from torch.ao.quantization import quantize_dynamic

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch wants it done by another package; what it computes is the same
        return quantize_dynamic(copy.deepcopy(network), {torch.nn.Linear}, dtype=torch.qint8)


def _export(network: Network, path: Path) -> Path:
    import torch

    class Passed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
            pooled = self.network.pool(ids, mask)
            return tuple(self.network.heads[task](pooled) for task in HEADS)

    ids = torch.ones((3, 7), dtype=torch.int64)
    axes = {0: torch.export.Dim("texts", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names for the axes that it does not need
        torch.onnx.export(
            Passed().eval(), (ids, torch.ones_like(ids)), str(path), input_names=["ids", "mask"],
            output_names=list(HEADS), dynamic_shapes={"ids": axes, "mask": axes}, dynamo=True, verbose=False,
        )  # fmt: skip
    return path


def _onnx(path: Path) -> Batch:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda ids, mask: session.run(list(HEADS), {"ids": ids.numpy(), "mask": mask.numpy()})


def _onnx_int8(path: Path) -> Batch:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = path.with_name("int8.onnx")
    quantize_dynamic(path, small, weight_type=QuantType.QInt8, per_channel=True)
    return _onnx(small)


def _openvino(path: Path) -> Batch:
    import openvino

    core = openvino.Core()
    threads = os.cpu_count() or 1
    compiled = core.compile_model(
        core.read_model(path), "CPU", {"NUM_STREAMS": str(threads), "INFERENCE_NUM_THREADS": threads}
    )
    own = threading.local()

    def run(ids: torch.Tensor, mask: torch.Tensor) -> Sequence[NDArray[np.float32]]:
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        found: Any = own.request.infer({"ids": ids.numpy(), "mask": mask.numpy()})
        return [found[task].copy() for task in HEADS]

    return run


def _macro_f1(rows: Mapping[str, Sequence[Example]], logits: Logits) -> dict[str, float]:
    from sklearn.metrics import f1_score

    return {
        task: float(f1_score([e.labels[0] for e in examples], logits[task].argmax(1), average="macro"))
        for task, examples in rows.items()
        if task != "emotion"
    }
