import stat
import tarfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.errors import BadFile, Conflict, Damaged, NotFound
from backend.models import Case, Cohort, Draft, Job, MailChoice, Note, Notification, Quota, SavedView, Star, star_id
from backend.models.columns import now
from backend.models.uploads import Upload
from backend.settings import Settings
from backend.storage.backup import write_backup
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from backend.storage.restore import restore_backup
from backend.storage.upload_sweep import sweep


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data")
    upgrade(made)
    database = Database(made)
    with database.write() as session:
        session.add(Cohort(name="kept", kind="images"))
    database.close()
    files = BlobStore(made.data_dir / "files")
    files.put(b"volume")
    files.put(b"weights")
    return made


def names(settings: Settings) -> list[str]:
    with closing(Database(settings)) as database, database.read() as session:
        return list(session.scalars(select(Cohort.name).order_by(Cohort.name)))


def test_a_backup_brings_everything_back(settings: Settings, tmp_path: Path) -> None:
    assert write_backup(settings, tmp_path / "b.tar").files == 2
    fresh = Settings(data_dir=tmp_path / "fresh")
    assert restore_backup(fresh, tmp_path / "b.tar").files == 2
    assert names(fresh) == ["kept"]
    assert list(BlobStore(fresh.data_dir / "files").hashes()) == list(BlobStore(settings.data_dir / "files").hashes())
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_backup_keeps_notes_stars_and_saved_views(settings: Settings, tmp_path: Path) -> None:
    database = Database(settings)
    with database.write() as session:
        cohort = session.scalars(select(Cohort)).one()
        case = Case(cohort_id=cohort.id, study_id="s", patient_id="p")
        session.add(case)
        session.flush()
        session.add(Note(case_id=case.id, text="look here", by="ann"))
        session.add(Star(id=star_id("ann", None, None, case.id), case_id=case.id, by="ann"))
        session.add(SavedView(name="large", page="cases", query={"text": "s"}, by="ann"))
        session.add(Draft(by="ann", name="tables", fields={"folds": 5}))
        session.add(MailChoice(by="ann", address="ann@lab.example", about="failed"))
        session.add(Quota(kind="user", name="ann", open_jobs=3))
        session.add(Job(id="j", kind="x", title="x", lane="cpu", params={}, position=1, priority=-1))
        fields = {"kind": "x", "title": "x", "state": "done", "page": "jobs", "query": {"job": "j"}}
        session.add(Notification(job_id="j", by="ann", **fields))
    database.close()
    write_backup(settings, tmp_path / "b.tar")
    fresh = Settings(data_dir=tmp_path / "fresh")
    restore_backup(fresh, tmp_path / "b.tar")
    restored = Database(fresh)
    with restored.read() as session:
        note, star, view = (session.scalars(select(model)).one() for model in (Note, Star, SavedView))
        assert (note.text, note.by, note.case_id) == ("look here", "ann", star.case_id)
        assert star.id == star_id("ann", None, None, star.case_id)
        assert (view.name, view.page, view.query, view.by) == ("large", "cases", {"text": "s"}, "ann")
        draft, told = (session.scalars(select(model)).one() for model in (Draft, Notification))
        mail, quota = (session.scalars(select(model)).one() for model in (MailChoice, Quota))
        assert (mail.by, mail.address, mail.about) == ("ann", "ann@lab.example", "failed")
        assert (quota.name, quota.open_jobs, quota.disk_mb) == ("ann", 3, None)
        assert session.scalars(select(Job.priority).where(Job.id == "j")).one() == -1
        assert (draft.by, draft.fields, told.by, told.query) == ("ann", {"folds": 5}, "ann", {"job": "j"})
    restored.close()


def test_a_backup_leaves_the_bytes_of_uploads_out(settings: Settings, tmp_path: Path) -> None:
    later = now() + timedelta(days=3)
    upload = Upload(name="a.csv", n_bytes=3, n_received=3, state="ready", kind="table", by="ann", expires_at=later)
    database = Database(settings)
    with database.write() as session:
        session.add(upload)
    (settings.data_dir / "uploads" / upload.id / "file").mkdir(parents=True)
    (settings.data_dir / "uploads" / upload.id / "file" / "a.csv").write_bytes(b"CANARY")
    assert sweep(database, settings, now()) == 0
    database.close()
    write_backup(settings, tmp_path / "b.tar")
    assert b"CANARY" not in (tmp_path / "b.tar").read_bytes()
    fresh = Settings(data_dir=tmp_path / "fresh")
    restore_backup(fresh, tmp_path / "b.tar")
    restored = Database(fresh)
    assert not (fresh.data_dir / "uploads").exists()
    assert sweep(restored, fresh, now()) == 1
    with restored.read() as session:
        assert session.scalars(select(Upload)).all() == []
    restored.close()


def test_a_patient_keeps_the_pseudonym_and_only_the_owner_reads(settings: Settings, tmp_path: Path) -> None:
    (settings.data_dir / "pseudonyms.key").write_bytes(b"k" * 32)
    assert write_backup(settings, tmp_path / "b.tar").files == 2
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600
    fresh = Settings(data_dir=tmp_path / "fresh")
    assert restore_backup(fresh, tmp_path / "b.tar").files == 2
    key = fresh.data_dir / "pseudonyms.key"
    assert (key.read_bytes(), stat.S_IMODE(key.stat().st_mode)) == (b"k" * 32, 0o600)


def test_a_backup_during_writes_is_whole(settings: Settings, tmp_path: Path) -> None:
    database = Database(settings)
    for round_ in range(3):
        with database.write() as session:
            session.add(Cohort(name=f"open {round_}", kind="images"))
            session.flush()
            write_backup(settings, tmp_path / f"{round_}.tar")
        fresh = Settings(data_dir=tmp_path / f"fresh {round_}")
        restore_backup(fresh, tmp_path / f"{round_}.tar")
        assert names(fresh) == ["kept", *(f"open {earlier}" for earlier in range(round_))]
    database.close()


def test_a_folder_in_use_is_not_overwritten(settings: Settings, tmp_path: Path) -> None:
    write_backup(settings, tmp_path / "b.tar")
    with pytest.raises(Conflict, match="not empty"):
        restore_backup(settings, tmp_path / "b.tar")
    assert names(settings) == ["kept"]


def test_damage_is_found_before_anything_appears(settings: Settings, tmp_path: Path) -> None:
    write_backup(settings, tmp_path / "b.tar")
    whole = (tmp_path / "b.tar").read_bytes()
    at = whole.index(b"weights")
    for number, bad in enumerate((whole[:at] + b"W" + whole[at + 1 :], whole[: at + 3], b"no archive")):
        (tmp_path / "bad.tar").write_bytes(bad)
        fresh = Settings(data_dir=tmp_path / f"fresh {number}")
        with pytest.raises((Damaged, BadFile)):
            restore_backup(fresh, tmp_path / "bad.tar")
        assert not (fresh.data_dir / "radiomiclens.sqlite").exists()
        assert not (fresh.data_dir / "files").exists()


def test_names_in_an_archive_lead_nowhere(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    for name in ("../outside", "/outside", "files/objects/../../outside"):
        with tarfile.open(tmp_path / "bad.tar", "w") as archive:
            archive.add(tmp_path / "x", name)
        with pytest.raises((BadFile, Damaged)):
            restore_backup(Settings(data_dir=tmp_path / "fresh"), tmp_path / "bad.tar")
    assert not (tmp_path / "outside").exists()


def test_nothing_to_back_up_and_nothing_to_restore_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no(thing in the)? database"):
        write_backup(Settings(data_dir=tmp_path / "none"), tmp_path / "b.tar")
    with pytest.raises(NotFound, match="no file"):
        restore_backup(Settings(data_dir=tmp_path / "none"), tmp_path / "b.tar")
