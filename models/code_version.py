"""Names the code that trains, so that a model can be told from one that other code made of the same data."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


@cache
def code_version() -> str:
    """Names the code that trains: the package's version, and a digest of the sources that decide what is computed.

    The digest is of the files as they are, so that a change that nobody committed is another version too.
    """
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "core").glob("*.py"), *(ROOT / "models").glob("*.py")]):
        digest.update(f"{path.parent.name}/{path.name}\n".encode())
        digest.update(path.read_bytes())
    return f"{version_of('groundswell')}+{digest.hexdigest()[:12]}"
