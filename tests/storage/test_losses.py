"""Files that rows name are asked for, and no changed byte of a backup is taken for good."""

import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from backend.errors import BadFile, Damaged, DiskFull
from backend.models import Case, Cohort, Embedding, Encoder, Job, TrainingEpoch
from backend.settings import Settings
from backend.storage.backup import write_backup
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from backend.storage.integrity_check import check_store
from backend.storage.restore import restore_backup
from tests.cli.running import called
from tests.jobs import tiny
from tests.storage.small_disk import small_disk


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two studies with their volumes, an encoder with weights, embeddings, a training's picture, pseudonyms."""
    made = Settings(data_dir=tmp_path / "data")
    upgrade(made)
    cohort_id = tiny.store_studies(made, 2)
    files, database = BlobStore(made.data_dir / "files"), Database(made)
    (made.data_dir / "pseudonyms.key").write_bytes(b"k" * 32)
    with database.write() as session:
        encoder = Encoder(
            cohort_id=cohort_id, name="weights", arch="tiny", sha256=files.put(b"w" * 700), stage="pre", cache_key="k"
        )
        table = Encoder(cohort_id=cohort_id, name="rows", arch="imported", sha256="0" * 64, stage="ft", cache_key="l")
        job = Job(kind="pretrain", title="Pre-train", lane="device", params={}, position=1)
        session.add_all([encoder, table, job])
        session.flush()
        session.add(TrainingEpoch(job_id=job.id, epoch=1, pictures={"T2": files.put(b"png")}))
        for case in session.scalars(select(Case)).all():
            values = np.arange(8, dtype=np.float32)
            session.add(Embedding(case_id=case.id, encoder_id=encoder.id, input_key="i", values=values))
    database.close()
    return made


def problems(settings: Settings) -> list[str]:
    database = Database(settings)
    try:
        return check_store(database, BlobStore(settings.data_dir / "files")).problems
    finally:
        database.close()


@pytest.mark.parametrize(
    ("query", "holder"),
    [
        ("SELECT sha256 FROM volumes LIMIT 1", "volumes of the cohort “tiny”"),
        ("SELECT sha256 FROM encoders WHERE name = 'weights'", "weights of the encoder “weights”"),
        ("SELECT json_extract(pictures, '$.T2') FROM training_epochs", "pictures of the job “Pre-train”"),
    ],
)
def test_a_deleted_file_is_missed_by_check_backup_and_restore(
    settings: Settings, tmp_path: Path, query: str, holder: str
) -> None:
    assert problems(settings) == []
    write_backup(settings, tmp_path / "whole.tar")
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as database, database:
        lost = database.execute(query).fetchone()[0]
    BlobStore(settings.data_dir / "files").path(lost).unlink()
    said = f"1 file of the {holder} is missing ({lost[:12]}); restore the data folder from a backup."
    assert problems(settings) == [said]
    done = called("db", "check", data_dir=settings.data_dir)
    assert (done.returncode, said in done.stdout) == (1, True)
    with pytest.raises(Damaged, match=r"No backup was written.*--incomplete") as refused:
        write_backup(settings, tmp_path / "b.tar")
    assert said in refused.value.sentence
    assert not (tmp_path / "b.tar").exists()
    assert write_backup(settings, tmp_path / "b.tar", incomplete=True).problems == [said]
    fresh = Settings(data_dir=tmp_path / "fresh")
    with pytest.raises(Damaged, match=r"nothing was restored.*missing"):
        restore_backup(fresh, tmp_path / "b.tar")
    assert not (fresh.data_dir / "radiomiclens.sqlite").exists()
    assert restore_backup(fresh, tmp_path / "b.tar", incomplete=True).problems == [said]
    assert restore_backup(Settings(data_dir=tmp_path / "all"), tmp_path / "whole.tar").problems == []


def test_a_damaged_row_stops_backup_and_restore(settings: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as database, database:
        database.execute("UPDATE cases SET study_id = 'another' WHERE rowid = 1")
        database.execute('UPDATE embeddings SET "values" = zeroblob(80) WHERE rowid = 1')
    with pytest.raises(Damaged, match="1 stored value of the table cases") as refused:
        write_backup(settings, tmp_path / "b.tar")
    assert "table embeddings" in refused.value.sentence
    assert len(write_backup(settings, tmp_path / "b.tar", incomplete=True).problems) == 2
    with pytest.raises(Damaged, match="table cases"):
        restore_backup(Settings(data_dir=tmp_path / "fresh"), tmp_path / "b.tar")


def test_a_check_names_the_table_and_the_id_of_every_damaged_row(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as database, database:
        (case,) = database.execute("SELECT id FROM cases WHERE rowid = 1").fetchone()
        key = database.execute(
            "SELECT case_id, encoder_id, input_key, layer FROM embeddings WHERE rowid = 1"
        ).fetchone()
        database.execute("UPDATE cases SET study_id = 'another' WHERE rowid = 1")
        database.execute('UPDATE embeddings SET "values" = zeroblob(80) WHERE rowid = 1')
    found = problems(settings)
    assert len(found) == 2
    for said in (f"cases {case}: A stored row", f"embeddings {' / '.join(part[:60] for part in key)}: A stored array"):
        assert sum(one.startswith(said) for one in found) == 1
    done = called("db", "check", data_dir=settings.data_dir)
    assert (done.returncode, f"cases {case}: " in done.stdout) == (1, True)


def regions(archive: Path) -> dict[str, range]:
    """Byte positions by what is stored there."""
    found: dict[str, range] = {}
    with tarfile.open(archive) as opened:
        members = opened.getmembers()
    for number, member in enumerate(members):
        kind = "file" if member.name.startswith("files/") else member.name
        found[f"{number} header"] = range(member.offset, member.offset_data)
        found[f"{number} {kind}"] = range(member.offset_data, member.offset_data + member.size)
        end = -(-(member.offset_data + member.size) // 512) * 512
        found[f"{number} padding"] = range(member.offset_data + member.size, end)
    found["end"] = range(end, archive.stat().st_size)
    return {name: places for name, places in found.items() if len(places)}


def contents(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """Every restored file, and the database as SQL."""
    stored = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with closing(sqlite3.connect(folder / "radiomiclens.sqlite")) as database, database:
        rows = list(database.iterdump())
    return {name: data for name, data in stored.items() if not name.startswith(("radiomiclens.", "worker."))}, rows


def test_a_flipped_bit_anywhere_in_a_backup_is_found_or_harmless(settings: Settings, tmp_path: Path) -> None:
    archive, bad = tmp_path / "b.tar", tmp_path / "bad.tar"
    write_backup(settings, archive)
    restore_backup(Settings(data_dir=tmp_path / "good"), archive)
    good, whole, rng = contents(tmp_path / "good"), archive.read_bytes(), np.random.default_rng(0)
    places = [int(place) for part in regions(archive).values() for place in rng.choice(np.asarray(part), 4)]
    places += rng.choice(len(whole), max(0, 200 - len(places))).tolist()
    counts = {"found": 0, "harmless": 0}
    for number, place in enumerate(places):
        bad.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << int(rng.integers(8))]) + whole[place + 1 :])
        fresh = Settings(data_dir=tmp_path / f"fresh {number}")
        try:
            restore_backup(fresh, bad)
        except (Damaged, BadFile):
            assert not (fresh.data_dir / "radiomiclens.sqlite").exists()
            counts["found"] += 1
        else:
            assert contents(fresh.data_dir) == good, f"byte {place} changed and nothing was said"
            counts["harmless"] += 1
    print(counts)
    assert counts["found"] > 100


def without_manifest(source: Path, target: Path, change: bytes = b"", to: bytes = b"") -> None:
    """The same backup as versions without a manifest wrote it, with some bytes of it changed."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers()[1:]:
            new.addfile(member, old.extractfile(member))
    content = target.read_bytes()
    assert change in content
    target.write_bytes(content.replace(change, to))


def test_a_backup_without_a_manifest_is_restored_and_its_rows_are_checked(settings: Settings, tmp_path: Path) -> None:
    write_backup(settings, tmp_path / "b.tar")
    without_manifest(tmp_path / "b.tar", tmp_path / "old.tar")
    done = called("restore", tmp_path / "old.tar", data_dir=tmp_path / "fresh")
    assert (done.returncode, "older version" in done.stderr) == (0, True), done.stderr
    assert problems(Settings(data_dir=tmp_path / "fresh")) == []
    without_manifest(tmp_path / "b.tar", tmp_path / "bad.tar", b"001_5000", b"001_5009")
    with pytest.raises(Damaged):
        restore_backup(Settings(data_dir=tmp_path / "other"), tmp_path / "bad.tar")


def test_a_backup_cut_between_two_files_is_found(settings: Settings, tmp_path: Path) -> None:
    write_backup(settings, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar") as opened:
        last = opened.getmembers()[-1].offset
    (tmp_path / "cut.tar").write_bytes((tmp_path / "b.tar").read_bytes()[:last])
    with pytest.raises(Damaged, match="cut off"):
        restore_backup(Settings(data_dir=tmp_path / "fresh"), tmp_path / "cut.tar")


def test_a_backup_onto_a_full_disk_is_one_sentence_and_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        (disk / "filler").write_bytes(b"x" * 900_000)
        with pytest.raises(DiskFull, match=r"no space left where b\.tar"):
            write_backup(settings, disk / "b.tar")
        assert [path.name for path in disk.iterdir()] == ["filler"]
        command = [sys.executable, "-m", "backend.cli.main", "backup", str(disk / "b.tar")]
        done = subprocess.run([*command, "--data-dir", str(settings.data_dir)], capture_output=True, text=True)
        assert (done.returncode, done.stderr.count("\n"), "make room" in done.stderr) == (1, 1, True), done.stderr


def test_a_name_stays_readable_when_its_cohort_is_damaged(settings: Settings, tmp_path: Path) -> None:
    database = Database(settings)
    with database.write() as session:
        session.scalars(select(Cohort)).one().name = "tin\u00fd"
    database.close()
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as raw, raw:
        raw.execute("UPDATE cohorts SET name = CAST(x'ff41' AS TEXT)")
    assert any("cannot be read" in sentence for sentence in problems(settings))
    with pytest.raises(Damaged, match="cannot be read"):
        write_backup(settings, tmp_path / "b.tar")
