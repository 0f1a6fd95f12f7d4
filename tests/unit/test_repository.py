"""What the repository must not hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LARGEST_BYTES = 1_000_000
WEIGHTS_BYTES = 8_000_000


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def test_no_file_is_over_1_mb_but_model_weights() -> None:
    weights = ROOT / "models" / "weights"
    large = {path.name: size for path in tracked() if (size := path.stat().st_size) > LARGEST_BYTES}
    assert not [name for name in large if not (weights / name).exists()], large
    assert sum(path.stat().st_size for path in weights.iterdir()) <= WEIGHTS_BYTES


def test_the_lock_holds_hashes_and_no_host() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = [line for line in lines if line and line[0].isalpha()]
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert not [line for line in lines if "://" in line or line.startswith("--")]


def test_the_commit_hooks_are_readable() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    for hook in hooks:
        assert hook["entry"].startswith(".venv/bin/"), hook["id"]
