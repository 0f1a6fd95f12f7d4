"""An artefact goes into bytes and comes back, and nothing else does."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from core.errors import ModelUnusable
from models import packing
from models.packing import pack, unpack
from tests.light_models import make_artefact


def archive(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, link, len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_is_unpacked_is_what_was_packed(tmp_path: Path) -> None:
    folder = make_artefact(tmp_path / "a", "a")
    packed = pack(folder)
    unpack(packed, tmp_path / "b" / "deep", hashlib.sha256(packed).hexdigest())
    assert contents(tmp_path / "b" / "deep") == contents(folder)
    assert pack(tmp_path / "b" / "deep") == packed


def test_the_bytes_do_not_depend_on_when_where_or_by_whom_it_was_packed(tmp_path: Path) -> None:
    one, other = make_artefact(tmp_path / "a", "same"), make_artefact(tmp_path / "z" / "b", "same")
    for path in other.iterdir():
        os.utime(path, (0, 1_000_000))
        path.chmod(0o600)
    assert pack(one) == pack(other)


def test_what_lies_beside_an_artefact_stays_there(tmp_path: Path) -> None:
    folder = make_artefact(tmp_path / "a", "a")
    packed = pack(folder)
    (folder / "checkpoint.pt").write_bytes(b"x")
    (folder / "logs").mkdir()
    (folder / "logs" / "events").write_bytes(b"x")
    assert pack(folder) == packed


def test_a_folder_that_is_no_artefact_is_not_packed(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="no such folder"):
        pack(tmp_path / "none")
    with pytest.raises(ModelUnusable, match="it has none of"):
        pack(tmp_path)


def test_what_is_too_large_is_neither_packed_nor_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_artefact(tmp_path / "a", "a")
    packed = pack(folder)
    monkeypatch.setattr(packing, "MOST_BYTES", 100)
    with pytest.raises(ModelUnusable, match="at most 100"):
        pack(folder)
    with pytest.raises(ModelUnusable, match="more than 100"):
        unpack(packed, tmp_path / "b")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "not an archive"),
        (b"no archive at all" * 100, "not an archive"),
        (archive(("../heads.safetensors", b"x")), "which is no file of a model"),
        (archive(("/etc/passwd", b"x")), "which is no file of a model"),
        (archive(("labels.json", b"{}"), ("a/labels.json", b"{}")), "which is no file of a model"),
        (archive(("labels.json", b""), kind=tarfile.SYMTYPE, link="/etc/passwd"), "which is no file of a model"),
        (archive(("labels.json", b""), kind=tarfile.LNKTYPE, link="../x"), "which is no file of a model"),
        (archive(("labels.json", b""), kind=tarfile.DIRTYPE), "which is no file of a model"),
        (archive(("labels.json", b""), kind=tarfile.CHRTYPE), "which is no file of a model"),
    ],
)
def test_nothing_is_written_of_what_is_no_artefact(data: bytes, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=fault):
        unpack(data, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_changed_or_break_off_are_noticed(tmp_path: Path) -> None:
    packed = pack(make_artefact(tmp_path / "a", "a"))
    digest = hashlib.sha256(packed).hexdigest()
    for wrong in (packed[:-1], packed[: len(packed) // 2], b"\0" + packed[1:]):
        with pytest.raises(ModelUnusable, match="not those that were stored"):
            unpack(wrong, tmp_path / "b", digest)
    with pytest.raises(ModelUnusable, match="not an archive"):
        unpack(packed[:3_000], tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelUnusable, match="cannot be written"):
        unpack(pack(make_artefact(tmp_path / "a", "a")), tmp_path / "file")
