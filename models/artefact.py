"""The artefact folder of a trained model: weights, labels, calibration and record, written and read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.calibration import Calibration
from core.errors import ModelUnusable
from models.data import TASKS

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from models.network import Network

ADAPTER: Final = "adapter_model.safetensors"
ADAPTER_CONFIG: Final = "adapter_config.json"
HEADS: Final = "heads.safetensors"
LABELS: Final = "labels.json"
CALIBRATION: Final = "calibration.json"
RECORD: Final = "training_record.json"
BASE: Final = "base_model_name_or_path"
PUBLISHED: Final = "sentence-transformers/all-MiniLM-L6-v2"
"""The installed package's encoder, by the name that PEFT would look for."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the small files of an artefact say."""

    version: str
    max_tokens: int
    seed: int
    labels: dict[str, tuple[str, ...]]
    calibration: Calibration
    encoder: Path | None = None
    """Folder of the encoder, where it is not the installed package's."""


def save_weights(network: Network, update: Mapping[str, Tensor], folder: Path, encoder: Path | None = None) -> None:
    """Write the low-rank update, in PEFT's form, and the heads, as float16 safetensors."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    rank = next(iter(update.values())).shape[0]
    config = {
        "peft_type": "LORA",
        "task_type": "FEATURE_EXTRACTION",
        BASE: PUBLISHED if encoder is None else str(encoder.resolve()),
        "r": rank,
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({name.split(".")[-3] for name in update}),
        "inference_mode": True,
    }
    save_file({name: tensor.cpu() for name, tensor in update.items()}, folder / ADAPTER)
    write_json(folder / ADAPTER_CONFIG, config)
    save_file(_halves(network.heads.state_dict()), folder / HEADS)
    for name in (ADAPTER, HEADS):
        (folder / name).chmod(0o644)  # safetensors writes 0600: whoever else runs the installed package could not read


def _halves(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().half().contiguous() for name, tensor in tensors.items()}


def save_description(
    folder: Path, labels: Mapping[str, tuple[str, ...]], calibration: Calibration, record: Mapping[str, Any]
) -> None:
    """Write labels, calibration and training record."""
    write_json(folder / LABELS, {task: list(names) for task, names in labels.items()})
    write_json(folder / CALIBRATION, asdict(calibration))
    write_json(folder / RECORD, record)


def write_json(path: Path, content: Any) -> None:
    """Indented and newline-terminated, so that a diff of two artefacts can be read."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_description(folder: Path) -> Description:
    """The labels, calibration, version and tokens of an artefact.

    The version is the first twelve digits of SHA-256 over the weights, so that no two models share one.

    Raises:
        ModelUnusable: a file is missing, is not JSON, or does not fit the others.
    """
    if not folder.is_dir():
        raise ModelUnusable(f"there are no weights in {folder}: no such folder; run `groundswell train` to make them")
    raw_labels, raw = read_json(folder, LABELS), read_json(folder, CALIBRATION)
    record = read_json(folder, RECORD)
    try:
        labels = {task: tuple(raw_labels[task]) for task in record["settings"].get("tasks", TASKS)}
        calibration = Calibration(
            temperatures={task: float(value) for task, value in raw["temperatures"].items()},
            slopes=tuple(raw["slopes"]),
            shifts=tuple(raw["shifts"]),
            thresholds=tuple(raw["thresholds"]),
        )
        max_tokens, seed = int(record["settings"]["max_tokens"]), int(record["settings"]["seed"])
        base = str(read_json(folder, ADAPTER_CONFIG)[BASE])
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise ModelUnusable(f"labels, calibration or record in {folder} lack {exc}") from exc
    per_emotion = {len(calibration.slopes), len(calibration.shifts), len(calibration.thresholds)}
    if per_emotion != {len(labels.get("emotion", ()))} or set(calibration.temperatures) != set(labels) - {"emotion"}:
        raise ModelUnusable(f"{CALIBRATION} in {folder} does not fit {LABELS}")
    encoder = None if base == PUBLISHED else Path(base)
    return Description(_version(folder), max_tokens, seed, labels, calibration, encoder)


def read_json(folder: Path, name: str) -> Any:
    """One JSON file of an artefact. Raises ModelUnusable."""
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise ModelUnusable(f"the weights in {folder} lack {name}") from exc
    except (OSError, ValueError) as exc:
        raise ModelUnusable(f"{name} in {folder} is damaged: {str(exc)[:120]}") from exc


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (ADAPTER, HEADS, CALIBRATION):
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def load_network(folder: Path, description: Description) -> Network:
    """The network with its adapter merged, in float32 and evaluation mode, on the CPU.

    Raises:
        ModelUnusable: a weight file is missing, damaged, or of another shape.
    """
    from models.encoder import load_encoder
    from models.network import Network, merge

    counts = {task: len(names) for task, names in description.labels.items()}
    network = Network(load_encoder(description.encoder), counts)
    try:
        adapter = _tensors(folder, ADAPTER)
        config = read_json(folder, ADAPTER_CONFIG)
        merge(network.encoder, adapter, float(config["lora_alpha"]) / float(config["r"]))
        network.heads.load_state_dict(_tensors(folder, HEADS))
    except (KeyError, TypeError, ValueError, RuntimeError) as exc:
        raise ModelUnusable(
            f"the weights in {folder} do not fit the encoder: {str(exc).splitlines()[0][:160]}"
        ) from exc
    return network.float().eval()


def continue_from(folder: Path, network: Network) -> None:
    """Load an artefact's adapter and heads into a network that is about to be trained.

    Where low-rank layers are to be trained, they take the adapter as their start; else it is merged.

    Raises:
        ModelUnusable: they are missing, damaged, or of another rank.
    """
    from models.network import LoraLinear, merge

    adapter = _tensors(folder, ADAPTER)
    try:
        network.heads.load_state_dict(_tensors(folder, HEADS))
        if any(isinstance(module, LoraLinear) for module in network.encoder.modules()):
            state = {key.removeprefix("base_model.model.").removesuffix(".weight"): v for key, v in adapter.items()}
            unexpected = network.encoder.load_state_dict(state, strict=False).unexpected_keys
            if unexpected:
                raise KeyError(unexpected[0])
        else:
            merge(network.encoder, adapter, scale=1.0)
    except (KeyError, ValueError, RuntimeError) as exc:
        raise ModelUnusable(f"the weights in {folder} are of another shape: {str(exc).splitlines()[-1][:160]}") from exc


def _tensors(folder: Path, name: str) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not (folder / name).is_file():
        raise ModelUnusable(f"the weights in {folder} lack {name}; run `groundswell train` to make them")
    try:
        return {key: tensor.float() for key, tensor in load_file(folder / name).items()}
    except (SafetensorError, OSError, ValueError) as exc:
        raise ModelUnusable(f"{name} in {folder} is damaged: {str(exc)[:120]}") from exc
