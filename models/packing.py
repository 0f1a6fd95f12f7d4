"""Packs an artefact folder into bytes, the same ones every time, and unpacks them into a folder again."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.errors import ModelUnusable
from models.artefact import ADAPTER, ADAPTER_CONFIG, CALIBRATION, HEADS, LABELS, RECORD

FILES: Final = tuple(sorted((ADAPTER, ADAPTER_CONFIG, CALIBRATION, HEADS, LABELS, RECORD, "README.md")))
"""What belongs to an artefact; logs and checkpoints that lie beside it do not."""
MOST_BYTES: Final = 64_000_000
"""Of an artefact, unpacked. The one that ships has 8 MB; what is much larger holds something else than an update."""


def pack(folder: Path) -> bytes:
    """A tar archive of the artefact's files that are there.

    Nothing in it depends on when, where or by whom it was packed, so that the same weights have the same checksum. It
    is not compressed: weights do not get smaller.

    Raises:
        ModelUnusable: there is no such folder, none of the files is in it, or they are too large.
    """
    if not folder.is_dir():
        raise ModelUnusable(f"there is no model in {folder}: no such folder")
    found = [folder / name for name in FILES if (folder / name).is_file()]
    if not found:
        raise ModelUnusable(f"there is no model in {folder}: it has none of {', '.join(FILES)}")
    if (size := sum(path.stat().st_size for path in found)) > MOST_BYTES:
        raise ModelUnusable(f"the model in {folder} has {size:,} bytes; the registry takes at most {MOST_BYTES:,}")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in found:
            content = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def unpack(data: bytes, folder: Path, sha256: str | None = None) -> None:
    """Write an artefact's files into a folder, which is made if need be.

    Nothing is written unless all of it is as it must be.

    Args:
        data: as `pack` made it.
        folder: where the files go; ones of the same name are written over.
        sha256: what the checksum of `data` must be, in hexadecimal digits; `None` does not ask.

    Raises:
        ModelUnusable: the checksum is another one, it is no archive, it holds anything but an artefact's files, or too
            many bytes; or the folder cannot be written.
    """
    if sha256 is not None and (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise ModelUnusable(
            f"its bytes are not those that were stored: their SHA-256 begins with {found[:12]}, not {sha256[:12]}"
        )
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            files = dict(_members(archive))
    except tarfile.TarError as exc:
        raise ModelUnusable(f"it is not an archive of a model: {exc}") from exc
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as exc:
        raise ModelUnusable(f"a model cannot be written to {folder}: {exc.strerror}") from exc


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    """Names come from the list above only, so that no path leads out of the folder."""
    size = 0
    for member in archive:
        if not member.isreg() or member.name not in FILES:
            raise ModelUnusable(f"its archive holds {member.name[:80]!r}, which is no file of a model")
        size += member.size
        if size > MOST_BYTES:
            raise ModelUnusable(f"its archive holds more than {MOST_BYTES:,} bytes")
        content = archive.extractfile(member)
        assert content is not None  # a regular file
        yield member.name, content.read()
