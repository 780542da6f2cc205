"""Stored files in a real object store: what one host puts another reads, and no byte that changed is answered."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.errors import BadSettings, Damaged, NotFound, Unavailable
from backend.settings import Settings
from backend.storage import bucket
from backend.storage.blob_store import BlobStore
from backend.storage.shared_files import move_files, open_files, refuse_unmoved, refuse_unusable
from tests.storage.object_stores import BUCKET, URL, file_system, key_of, s3_server, shared
from tests.storage.small_disk import small_disk

DATA = os.urandom(3000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with s3_server(monkeypatch) as address:
        yield address


def copies(settings: Settings) -> list[Path]:
    return sorted(path for path in (settings.data_dir / "files" / "fetched").rglob("*") if path.is_file())


def test_what_one_host_puts_another_reads(server: str, tmp_path: Path) -> None:
    here, there = open_files(shared(tmp_path / "a")), open_files(shared(tmp_path / "b"))
    assert here.put(DATA) == SHA256
    assert file_system().cat_file(key_of(SHA256)) == DATA
    assert (there.read(SHA256), there.has(SHA256), there.is_whole(SHA256)) == (DATA, True, True)
    assert there.path(SHA256).read_bytes() == DATA
    assert list(there.hashes()) == [SHA256]
    assert not (tmp_path / "b" / "files" / "objects").exists()


def test_a_copy_is_read_again_without_the_store_and_healed_where_it_rots(server: str, tmp_path: Path) -> None:
    settings = shared(tmp_path / "a")
    files = open_files(settings)
    files.put(DATA)
    (copy,) = copies(settings)
    copy.write_bytes(DATA[:-1] + b"?")
    assert files.read(SHA256) == DATA
    assert copy.read_bytes() == DATA
    copy.write_bytes(b"?")
    assert files.path(SHA256).read_bytes() == DATA
    file_system().rm_file(key_of(SHA256))
    assert files.read(SHA256) == DATA, "the copy was not used"
    copy.unlink()
    with pytest.raises(NotFound, match="not in the object store"):
        files.read(SHA256)
    with pytest.raises(NotFound, match="not in the object store"):
        files.path(SHA256)
    assert (files.has(SHA256), files.is_whole(SHA256), list(files.hashes())) == (False, False, [])


def test_a_changed_byte_in_the_bucket_is_found_and_a_put_heals_it(server: str, tmp_path: Path) -> None:
    settings = shared(tmp_path / "a")
    files = open_files(settings)
    files.put(DATA)
    file_system().pipe_file(key_of(SHA256), DATA[:-1] + b"?")
    assert not files.is_whole(SHA256), "the copy of this host hid it"
    for copy in copies(settings):
        copy.unlink()
    for ask in (files.read, files.path):
        with pytest.raises(Damaged):
            ask(SHA256)
    assert copies(settings) == []
    files.put(DATA)
    assert files.is_whole(SHA256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "/etc/passwd"])
def test_only_hashes_name_files(tmp_path: Path, name: str) -> None:
    files = open_files(shared(tmp_path))
    for ask in (files.read, files.has, files.path, files.is_whole):
        with pytest.raises(NotFound):
            ask(name)


def test_copies_stay_below_their_limit_and_the_used_ones_stay(server: str, tmp_path: Path) -> None:
    settings = shared(tmp_path / "a", files_cache_mb=64)
    files = open_files(settings)
    parts = [bytes([number]) * 16 * 2**20 for number in range(6)]
    hashes = [files.put(part) for part in parts[:4]]
    assert files.read(hashes[0]) == parts[0]
    hashes += [files.put(part) for part in parts[4:]]
    kept = {path.name for path in copies(settings)}
    assert sum(path.stat().st_size for path in copies(settings)) <= 64 * 2**20
    assert {hashes[0], hashes[5]} <= kept
    assert hashes[1] not in kept
    assert files.path(hashes[1]).stat().st_size == 16 * 2**20


def test_a_store_that_cannot_be_used_is_one_sentence(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = open_files(Settings(data_dir=tmp_path / "a", files_url="s3://nobody-made-this"))
    for ask in (nowhere.read, nowhere.has, nowhere.is_whole):
        with pytest.raises(BadSettings, match="no bucket nobody-made-this"):
            ask(SHA256)
    with pytest.raises(BadSettings, match="no bucket"):
        nowhere.put(DATA)
    with pytest.raises(BadSettings, match="no bucket"):
        list(nowhere.hashes())
    with pytest.raises(BadSettings, match="no bucket"):
        refuse_unusable(Settings(data_dir=tmp_path / "a", files_url="s3://nobody-made-this"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(bucket, "TRIES", 1)
    file_system()
    gone = open_files(shared(tmp_path / "b"))
    with pytest.raises(Unavailable, match="does not answer") as refused:
        gone.put(DATA)
    assert not {"127.0.0.1", BUCKET} & set(refused.value.sentence.split())
    with pytest.raises(Unavailable, match="the server's log says why") as refused:
        gone.require_reachable()
    refuse_unusable(shared(tmp_path / "b"))


def test_without_s3fs_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(BadSettings, match=r"install radiomiclens\[objects\]"):
        open_files(shared(tmp_path)).read(SHA256)


@pytest.mark.parametrize("url", ["s3://", "s3://key:secret@bucket", "http://host/bucket", "s3://bucket/../other"])
def test_addresses_that_are_none_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(data_dir=tmp_path, files_url=url)


def test_a_folder_of_a_shared_disk(tmp_path: Path) -> None:
    mounted = Settings(data_dir=tmp_path / "a", files_url=f"file://{tmp_path}/mounted")
    with pytest.raises(BadSettings, match="mount its disk"):
        refuse_unusable(mounted)
    (tmp_path / "mounted").mkdir()
    refuse_unusable(mounted)
    assert open_files(mounted).put(DATA) == SHA256
    assert (tmp_path / "mounted" / "objects" / SHA256[:2] / SHA256).read_bytes() == DATA
    assert open_files(mounted.model_copy(update={"data_dir": tmp_path / "b"})).read(SHA256) == DATA


@pytest.mark.parametrize("where", ["s3", "file"])
def test_files_of_before_are_moved_and_never_left_behind(server: str, tmp_path: Path, where: str) -> None:
    own = BlobStore(tmp_path / "data" / "files")
    hashes = sorted([own.put(DATA), own.put(b"weights")])
    settings = Settings(data_dir=tmp_path / "data", files_url=URL if where == "s3" else f"file://{tmp_path}/disk")
    with pytest.raises(BadSettings, match="db move-files"):
        refuse_unmoved(settings)
    assert move_files(settings) == 2
    refuse_unmoved(settings)
    assert (list(own.hashes()), list(open_files(settings).hashes())) == ([], hashes)
    assert move_files(settings) == 0
    with pytest.raises(BadSettings, match="names no store"):
        move_files(Settings(data_dir=tmp_path / "data"))


def test_a_damaged_file_is_not_moved(server: str, tmp_path: Path) -> None:
    own = BlobStore(tmp_path / "data" / "files")
    own.path(own.put(DATA)).write_bytes(b"?")
    with pytest.raises(Damaged):
        move_files(shared(tmp_path / "data"))
    assert own.has(SHA256)


def test_a_file_that_arrives_damaged_is_still_here(server: str, tmp_path: Path, monkeypatch) -> None:
    own = BlobStore(tmp_path / "data" / "files")
    sha256 = own.put(b"voxels")
    whole_put = bucket.Bucket.put_file

    def damaging(self: bucket.Bucket, named: str, file: Path) -> None:
        whole_put(self, named, file)
        self.put(named, b"voxelz")

    monkeypatch.setattr(bucket.Bucket, "put_file", damaging)
    with pytest.raises(Damaged, match="arrived damaged"):
        move_files(shared(tmp_path / "data"))
    assert own.read(sha256) == b"voxels"


def test_a_host_without_room_for_copies_reads_and_writes(server: str, tmp_path: Path) -> None:
    data = os.urandom(3 * 2**20)
    with small_disk(tmp_path / "disk", 1) as disk:
        files = open_files(shared(disk / "data"))
        sha256 = files.put(data)
        assert files.read(sha256) == data
        assert copies(shared(disk / "data")) == []


def test_readiness_asks_the_bucket_once_in_a_while(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = bucket.Bucket.has
    monkeypatch.setattr(bucket.Bucket, "has", lambda self, sha256: asked.append(sha256) or real(self, sha256))
    files = open_files(shared(tmp_path))
    for _ in range(20):
        files.require_reachable()
    assert len(asked) == 1
