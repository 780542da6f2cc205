"""Archives as an attacker packs them: nothing is written outside the target, and no bomb goes off."""

import io
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadFile
from backend.ingest.sandbox import unpack as unpacking
from backend.ingest.sandbox.unpack import safe_parts, unpack
from backend.ingest.sandbox.upload_look import look

MIB = 2**20


def zipped(path: Path, *entries: tuple[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path


def tarred(path: Path, *entries: tuple[str, bytes], change: Callable[[tarfile.TarInfo], None] | None = None) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            if change:
                change(entry)
            archive.addfile(entry, io.BytesIO(content))
    return path


def everything(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["a.zip", "a.tar", "a.tgz"])
def test_what_was_packed_comes_out(tmp_path: Path, kind: str) -> None:
    entries = [
        ("d/a.csv", b"1"),
        ("d/e/ä 数.nii", b"2" * 100_000),
        ("./b.bin", b""),
        ("d/.DS_Store", b"x"),
        ("._b", b"x"),
    ]
    archive = (zipped if kind == "a.zip" else tarred)(tmp_path / kind, *entries)
    found = unpack(archive, tmp_path / "out", MIB, 0)
    assert everything(tmp_path / "out") == {"d/a.csv": b"1", "d/e/ä 数.nii": b"2" * 100_000, "b.bin": b""}
    assert (found.n_files, found.n_bytes, found.kinds) == (3, 100_001, {"table": 1, "image": 1, "checkpoint": 1})
    assert {path.stat().st_mode & 0o077 for path in [tmp_path / "out", *(tmp_path / "out").rglob("*")]} == {0}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("../evil", "outside its own folder"),
        ("a/../../evil", "outside its own folder"),
        ("..\\evil", "outside its own folder"),
        ("/etc/evil", "root of a disk"),
        ("\\evil", "root of a disk"),
        ("C:\\evil", "root of a disk"),
        ("a\nb", "no name has"),
        ("a\u202eb", "no name has"),
        ("/".join("d" * 30), "24 folders"),
        ("n" * 300, "255 bytes"),
        ("/".join(["n" * 200] * 5), "900 bytes"),
    ],
)
@pytest.mark.parametrize("kind", ["a.zip", "a.tar"])
def test_names_that_lead_elsewhere_refuse_the_archive(tmp_path: Path, name: str, word: str, kind: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    archive = (zipped if kind == "a.zip" else tarred)(folder / kind, ("good.csv", b"1"), (name, b"evil"))
    with pytest.raises(BadFile, match=word):
        unpack(archive, folder / "out", MIB, 0)
    assert {path.name for path in tmp_path.rglob("*")} <= {"in", kind, "out", "good.csv"}


def test_a_nul_in_a_zips_name_is_seen(tmp_path: Path) -> None:
    content = zipped(tmp_path / "a.zip", ("evilX.csv", b"1")).read_bytes().replace(b"evilX", b"evil\0")
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(BadFile, match="NUL"):
        unpack(tmp_path / "a.zip", tmp_path / "out", MIB, 0)


@pytest.mark.parametrize(
    "twice", [("a.csv", "a.csv"), ("a.csv", "A.CSV"), ("é.csv", "e\u0301.csv"), ("a", "./a"), ("a", "a/b")]
)
def test_two_files_of_one_name_refuse_the_archive(tmp_path: Path, twice: tuple[str, str]) -> None:
    archive = tarred(tmp_path / "a.tar", (twice[0], b"1"), (twice[1], b"2"))
    with pytest.raises(BadFile, match="same name"):
        unpack(archive, tmp_path / "out", MIB, 0)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, b"S"])
def test_links_and_devices_refuse_the_archive(tmp_path: Path, kind: bytes) -> None:
    def change(entry: tarfile.TarInfo) -> None:
        entry.type, entry.linkname = kind, "/etc/passwd"

    with pytest.raises(BadFile, match=r"link or a device|damaged"):
        unpack(tarred(tmp_path / "a.tar", ("l", b""), change=change), tmp_path / "out", MIB, 0)
    assert everything(tmp_path / "out") == {}


def test_a_link_in_a_zip_refuses_it(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("l", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777)
    with pytest.raises(BadFile, match="link or a device"):
        unpack(archive, tmp_path / "out", MIB, 0)


def test_a_bomb_stops_at_the_limit_whatever_its_header_says(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("zeros", bytes(64 * MIB)))
    assert archive.stat().st_size < MIB
    with pytest.raises(BadFile, match=r"more than the 2 MiB"):
        unpack(archive, tmp_path / "out", 2 * MIB, 0)
    assert sum(len(content) for content in everything(tmp_path / "out").values()) <= 2 * MIB
    lying = archive.read_bytes().replace((64 * MIB).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    (tmp_path / "b.zip").write_bytes(lying)
    with pytest.raises(BadFile, match="damaged"):
        unpack(tmp_path / "b.zip", tmp_path / "out-b", 2 * MIB, 0)
    packed = tarred(tmp_path / "c.tgz", ("zeros", bytes(64 * MIB)))
    with pytest.raises(BadFile, match=r"more than the 2 MiB"):
        unpack(packed, tmp_path / "out-c", 2 * MIB, 0)


def test_the_process_that_unpacks_has_limits_of_its_own(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", *((f"z{n}", bytes(MIB)) for n in range(4)))
    with pytest.raises(BadFile, match="more than the 3 MiB"):
        look(archive, tmp_path / "out" / "a", most_bytes=3 * MIB, keep_free=0)
    with pytest.raises(BadFile, match="no room"):
        look(archive, tmp_path / "full" / "a", most_bytes=9 * MIB, keep_free=10**18)
    assert look(archive, tmp_path / "fine" / "a", most_bytes=9 * MIB, keep_free=0).n_files == 4


def test_its_limits_hold_for_the_process_and_no_core_is_written() -> None:
    command = "import resource as r; from backend.ingest.sandbox.upload_main import _limit; _limit(9 * 2**20, 7)"
    asked = "print(*(r.getrlimit(what) for what in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE)))"
    said = subprocess.check_output([sys.executable, "-c", f"{command}; {asked}"], text=True)
    assert said.strip() == " ".join(f"({most}, {most})" for most in (2**31, 7, 9 * MIB + 1, 0))


def test_ten_thousand_tiny_files_are_fine_and_too_many_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped(tmp_path / "a.zip", *((f"d{n // 100}/{n}.dcm", b"x") for n in range(10_000)))
    found = look(archive, tmp_path / "out" / "a", most_bytes=MIB, keep_free=0)
    assert (found.n_files, found.n_bytes, len(found.files)) == (10_000, 10_000, 200)
    monkeypatch.setattr(unpacking, "MOST_ENTRIES", 9_999)
    with pytest.raises(BadFile, match="more than 9,999 files"):
        unpack(archive, tmp_path / "more", MIB, 0)


@pytest.mark.parametrize("kind", ["a.zip", "a.tar", "a.tgz"])
def test_a_cut_or_changed_archive_is_refused(tmp_path: Path, kind: str) -> None:
    entries = [("a.bin", bytes(range(256)) * 400), ("b.bin", b"2" * 5000)]
    whole = (zipped if kind == "a.zip" else tarred)(tmp_path / kind, *entries).read_bytes()
    for cut in (600, len(whole) // 2, len(whole) - 30):
        path = tmp_path / f"{cut}-{kind}"
        path.write_bytes(whole[:cut])
        if kind == "a.tar" and cut == len(whole) - 30:
            continue  # the end of a plain tar file is zeros that nobody misses
        with pytest.raises(BadFile, match="damaged"):
            unpack(path, tmp_path / f"out-{cut}", MIB, 0)


def test_a_tar_file_that_ends_as_a_zip_is_a_tar_file(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", ("evil.csv", b"evil")).read_bytes()
    found = unpack(tarred(tmp_path / "a.tar", ("a.csv", b"1"), ("z.zip", inner)), tmp_path / "out", MIB, 0)
    assert everything(tmp_path / "out") == {"a.csv": b"1", "z.zip": inner}
    assert found.kinds == {"table": 1, "archive": 1}


def test_no_room_at_all_is_still_answered(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b")
    assert look(tmp_path / "a.csv", tmp_path / "out" / "a", most_bytes=0, keep_free=0).kind == "table"


def test_a_password_and_an_empty_archive_are_said(tmp_path: Path) -> None:
    content = bytearray(zipped(tmp_path / "a.zip", ("a.csv", b"1")).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(BadFile, match="password"):
        unpack(tmp_path / "a.zip", tmp_path / "out", MIB, 0)
    with pytest.raises(BadFile, match="no file"):
        unpack(zipped(tmp_path / "e.zip"), tmp_path / "none", MIB, 0)


@given(st.text(max_size=40))
def test_no_name_leads_out(name: str) -> None:
    try:
        parts = safe_parts(name)
    except (BadFile, UnicodeEncodeError):
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "in"
        assert root.joinpath(*parts).resolve().is_relative_to(root)
        assert root.joinpath(*parts).resolve() != root
