"""A backup made by somebody else, or written to a wrong place, neither harms the data nor brings a trap with it."""

import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from backend.errors import BadFile, Conflict, Damaged, RadiomicLensError
from backend.settings import Settings
from backend.storage.backup import write_backup
from backend.storage.blob_store import BlobStore
from backend.storage.database import upgrade
from backend.storage.restore import restore_backup
from tests.postgres.per_folder import sqlite_only

DATABASE = "radiomiclens.sqlite"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data")
    upgrade(made)
    BlobStore(made.data_dir / "files").put(b"volume")
    write_backup(made, tmp_path / "b.tar")
    return made


def rebuilt(source: Path, target: Path, change: Callable[[dict[str, bytes]], None], extra: tarfile.TarInfo) -> None:
    """The backup with changed contents, hashes to match, and one member more where `extra` has a name."""
    with tarfile.open(source) as archive:
        contents = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]  # all are files
    change(contents)
    with tarfile.open(target, "w") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        if extra.name:
            archive.addfile(extra, io.BytesIO(b"x" * extra.size))


def with_sql(folder: Path, *statements: str) -> Callable[[dict[str, bytes]], None]:
    def change(contents: dict[str, bytes]) -> None:
        path = folder / "changed.sqlite"
        path.write_bytes(contents[DATABASE])
        with closing(sqlite3.connect(path)) as database, database:
            for statement in statements:
                database.execute(statement)
        contents[DATABASE] = path.read_bytes()
        manifest = json.loads(contents["manifest.json"]) | {"database": sha256(contents[DATABASE]).hexdigest()}
        contents["manifest.json"] = json.dumps(manifest).encode()

    return change


def refused(tmp_path: Path, change: Callable[[dict[str, bytes]], None], name: str = "", kind: bytes = b"0") -> str:
    """The sentence with which a changed backup is refused; nothing of it may have appeared."""
    extra = tarfile.TarInfo(name)
    extra.type, extra.linkname, extra.size = kind, "/etc/passwd", 1 if kind == b"0" else 0
    rebuilt(tmp_path / "b.tar", tmp_path / "bad.tar", change, extra)
    fresh = Settings(data_dir=tmp_path / "fresh")
    with pytest.raises((BadFile, Damaged)) as caught:
        restore_backup(fresh, tmp_path / "bad.tar")
    assert {path.name for path in fresh.data_dir.iterdir()} <= {"worker.lock"}
    return caught.value.sentence


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
@pytest.mark.parametrize("name", ["x", "files/objects/" + "0" * 64, "../../out", "/out", f"./{DATABASE}"])
def test_a_member_that_is_no_file_is_refused(settings: Settings, tmp_path: Path, name: str, kind: bytes) -> None:
    assert "no file" in refused(tmp_path, lambda _: None, name, kind)


@pytest.mark.parametrize(
    "name", ["../out", "/out", "files/objects/../../../out", "files/derived/a", "signing.key", "a\n\x1b[31m", DATABASE]
)
def test_a_member_of_another_name_is_refused(settings: Settings, tmp_path: Path, name: str) -> None:
    sentence = refused(tmp_path, lambda _: None, name)
    assert sentence.isprintable()
    assert not any(path.name == "out" for path in tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "newer version"),
        ("UPDATE alembic_version SET version_num = 'x'", "none that RadiomicLens made"),
        ("DELETE FROM alembic_version", "none that RadiomicLens made"),
        ("DROP TABLE alembic_version", "none that RadiomicLens made"),
        ("CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM users; END", "none that RadiomicLens made"),
        ("CREATE VIEW v AS SELECT * FROM users", "none that RadiomicLens made"),
        ("DROP TABLE jobs", "not whole"),
    ],
)
def test_a_database_of_another_maker_or_version_is_refused(
    settings: Settings, tmp_path: Path, statement: str, words: str
) -> None:
    assert words in refused(tmp_path, with_sql(tmp_path, statement))


@pytest.mark.parametrize("manifest", [b"[" * 9000, b"[1]", b"{}", b"\xff", b'{"format": NaN}', b""])
def test_a_manifest_that_cannot_be_read_is_refused(settings: Settings, tmp_path: Path, manifest: bytes) -> None:
    assert "manifest" in refused(tmp_path, lambda contents: contents.update({"manifest.json": manifest}))


def test_a_backup_cut_anywhere_is_refused_or_whole(settings: Settings, tmp_path: Path) -> None:
    whole = (tmp_path / "b.tar").read_bytes()
    end = len(whole.rstrip(b"\0"))
    for number, at in enumerate((0, 1, 511, 512, 700, 1024, end // 2, end - 6, end - 1)):
        (tmp_path / "cut.tar").write_bytes(whole[:at])
        with pytest.raises((BadFile, Damaged)):
            restore_backup(Settings(data_dir=tmp_path / f"cut {number}"), tmp_path / "cut.tar")


@pytest.mark.parametrize("left", [f"{DATABASE}-journal", f"{DATABASE}-wal", "pseudonyms.key", "files", DATABASE])
def test_what_is_left_of_an_earlier_folder_is_not_mixed_in(settings: Settings, tmp_path: Path, left: str) -> None:
    fresh = Settings(data_dir=tmp_path / "fresh")
    for make in (lambda path: path.write_bytes(b"left"), lambda path: path.symlink_to(tmp_path / "nowhere")):
        fresh.data_dir.mkdir()
        make(fresh.data_dir / left)
        with pytest.raises(Conflict, match="not empty"):
            restore_backup(fresh, tmp_path / "b.tar")
        assert [path.name for path in fresh.data_dir.iterdir()] == [left]
        (fresh.data_dir / left).unlink()
        fresh.data_dir.rmdir()


@pytest.mark.parametrize("name", [DATABASE, f"{DATABASE}-wal", "files/b.tar", "pseudonyms.key", "logs/b.tar"])
def test_a_backup_is_not_written_over_the_data(settings: Settings, tmp_path: Path, name: str) -> None:
    before = {path: path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()}
    (tmp_path / "way").symlink_to(settings.data_dir)
    for folder in (settings.data_dir, tmp_path / "way", settings.data_dir / ".." / "data"):
        with pytest.raises(Conflict, match="part of the data folder"):
            write_backup(settings, folder / name)
    assert {path: path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()} == before
    assert write_backup(settings, settings.data_dir / "b.tar").files == 1, "beside the data it may lie"


@sqlite_only
def test_a_flipped_bit_is_refused_or_harmless(settings: Settings, tmp_path: Path) -> None:
    whole = (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "b.tar") as archive:
        original = archive.extractfile(DATABASE).read()  # type: ignore[union-attr]  # it is a file
    for number, at in enumerate(range(3, len(whole), len(whole) // 60)):
        (tmp_path / "bad.tar").write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        fresh = Settings(data_dir=tmp_path / f"fresh {number}")
        try:
            restore_backup(fresh, tmp_path / "bad.tar")
        except RadiomicLensError:
            assert {path.name for path in fresh.data_dir.iterdir()} <= {"worker.lock"}
        else:
            assert (fresh.data_dir / DATABASE).read_bytes() == original
