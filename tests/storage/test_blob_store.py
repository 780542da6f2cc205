import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from backend.errors import BadSettings, Damaged, NotFound
from backend.storage.blob_store import BlobStore, write_durably


def test_a_file_that_the_account_may_not_read_is_a_sentence(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "files")
    sha256 = store.put(b"volume")
    store.path(sha256).chmod(0)
    euid = os.geteuid()
    if euid == 0:
        os.seteuid(65534)  # as a node under another account; the administrator may read all
    try:
        with pytest.raises(BadSettings, match="RADIOMICLENS_NODE_FILES"):
            store.read(sha256)
    finally:
        os.seteuid(euid)


def test_what_is_put_is_named_by_its_hash_and_read_back(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    data = os.urandom(5000)
    digest = files.put(data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert files.put(data) == digest
    assert files.read(digest) == data
    assert files.path(digest).read_bytes() == data
    assert list(files.hashes()) == [digest]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [digest]


def test_every_single_bit_flip_is_found(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    digest = files.put(os.urandom(300))
    path = files.path(digest)
    whole = path.read_bytes()
    for bit in np.random.default_rng(0).choice(300 * 8, 200, replace=False).tolist():
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(bytes(flipped))
        with pytest.raises(Damaged):
            files.read(digest)
        with pytest.raises(Damaged):
            files.path(digest)
    path.write_bytes(whole[:-1])
    with pytest.raises(Damaged):
        files.read(digest)


def test_what_is_put_again_heals_a_damaged_object(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    digest = files.put(b"voxels")
    path = files.path(digest)
    before = path.stat().st_ino
    assert files.put(b"voxels") == digest
    assert path.stat().st_ino == before, "a whole one is not written again"
    path.write_bytes(b"voxelS")
    assert files.put(b"voxels") == digest
    assert files.read(digest) == b"voxels"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "/etc/passwd"])
def test_only_hashes_name_files(tmp_path: Path, name: str) -> None:
    for ask in (BlobStore(tmp_path).read, BlobStore(tmp_path).has, BlobStore(tmp_path).path):
        with pytest.raises(NotFound):
            ask(name)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="restore the data folder"):
        BlobStore(tmp_path).read("0" * 64)


def test_derived_data_are_a_cache_that_may_go_or_rot(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    assert files.cached("ab12.T2") is None
    files.cache("ab12.T2", b"voxels")
    assert files.cached("ab12.T2") == b"voxels"
    stored = next(path for path in tmp_path.rglob("ab12.T2"))
    stored.write_bytes(stored.read_bytes()[:-1] + b"?")
    assert files.cached("ab12.T2") is None
    assert not stored.exists()
    files.cache("ab12.T2", b"voxels")
    shutil.rmtree(tmp_path / "derived")
    assert files.cached("ab12.T2") is None
    for key in ("../x", ".hidden", "a/b", ""):
        with pytest.raises(NotFound):
            files.cached(key)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    write_durably(path, b"old")

    def full(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
