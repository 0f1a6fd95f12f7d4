"""A low-rank update of a causal language model: put on for training, read off, merged for use.

It is stored as PEFT stores one, so that PEFT's users can load it too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.errors import ModelUnusable

ADAPTED: Final = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Names of a Llama layer's linear parts; all of them are adapted, in the upper half of the layers: below the first
adapted layer nothing is kept for the backward pass, which saves a third of a step."""
PREFIX: Final = "base_model.model."
WEIGHTS: Final = "adapter_model.safetensors"
CONFIG: Final = "adapter_config.json"


class LowRank(nn.Module):
    """A frozen linear layer plus a low-rank update in float32: W x + s B A x.

    Source: Hu et al. 2021, LoRA, sec. 4.1.
    """

    def __init__(self, base: nn.Linear, rank: int, scale: float) -> None:
        super().__init__()
        self.base = base
        self.scale = scale
        self.down = nn.Parameter(torch.empty(rank, base.in_features))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        low = functional.linear(functional.linear(x, self.down.to(x.dtype)), self.up.to(x.dtype))
        out: Tensor = self.base(x) + self.scale * low
        return out


def adapt(model: nn.Module, rank: int, scale: float) -> list[nn.Parameter]:
    """Freeze a model and give the linear parts of its upper layers a low-rank update, in place.

    Returns:
        What is to be trained.
    """
    model.requires_grad_(False)
    layers = list(model.model.layers)  # type: ignore[union-attr, arg-type]
    for layer in layers[len(layers) // 2 :]:
        for parent in list(layer.modules()):
            for name, child in list(parent.named_children()):
                if name in ADAPTED and isinstance(child, nn.Linear):
                    setattr(parent, name, LowRank(child, rank, scale))
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def adapter_of(model: nn.Module) -> dict[str, Tensor]:
    """The updates alone, by PEFT's names, in float16."""
    found: dict[str, Tensor] = {}
    for name, module in model.named_modules():
        if isinstance(module, LowRank):
            found[f"{PREFIX}{name}.lora_A.weight"] = module.down.detach().half().contiguous()
            found[f"{PREFIX}{name}.lora_B.weight"] = module.up.detach().half().contiguous()
    return found


def save(folder: Path, adapter: Mapping[str, Tensor], rank: int, scale: float, base: str) -> None:
    """Write the two files of an adapter."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(adapter), folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes 0600: whoever else runs the installed package could not read
    config = {
        "base_model_name_or_path": base,
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": scale * rank,
        "target_modules": list(ADAPTED),
        "layers_to_transform": sorted({int(name.split(".layers.")[1].split(".")[0]) for name in adapter}),
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def merge(model: nn.Module, folder: Path) -> None:
    """Add the stored updates to a plain model's weights, in place: no cost is left at inference.

    Raises:
        ModelUnusable: the folder has no adapter, or one of another model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        scale = float(config["lora_alpha"]) / float(config["r"])
        adapter = load_file(folder / WEIGHTS)
        layers = dict(model.named_modules())
        with torch.no_grad():
            for key in [key for key in adapter if ".lora_A." in key]:
                layer = layers[key.removeprefix(PREFIX).rsplit(".lora_A", 1)[0]]
                assert isinstance(layer, nn.Linear)
                change = scale * (adapter[key.replace("lora_A", "lora_B")].float() @ adapter[key].float())
                layer.weight += change.to(layer.weight)
    except (OSError, ValueError, KeyError, RuntimeError, AssertionError, SafetensorError) as exc:
        reason = str(exc).splitlines()[0][:160] if str(exc) else type(exc).__name__
        raise ModelUnusable(f"the writer's adapter in {folder} cannot be used: {reason}") from exc
