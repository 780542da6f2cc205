"""A job on a full disk waits, says so, and goes on when there is room; a real small disk."""

import shutil
import threading
import time
from pathlib import Path

from sqlalchemy import select, update

from backend.jobs.resume import disk_wait
from backend.jobs.run import execute
from backend.models import Job, JobLog
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny
from tests.postgres.per_folder import copy_database
from tests.storage.small_disk import small_disk


def test_a_job_waits_for_room_and_goes_on(migrated: Path, tmp_path: Path, monkeypatch) -> None:
    with small_disk(tmp_path / "disk", 20) as disk:
        folder = disk / "data"
        folder.mkdir()
        copy_database(migrated, folder)
        settings = Settings(data_dir=folder, executor="inline", threads=1, workers=1)
        job = tiny.submit(settings, s.SynthTablesParams(cohort="full", patients=30))
        database = Database(settings)
        with database.write() as session:
            session.execute(update(Job).where(Job.id == job.id).values(state="running", owner="test"))
        free = shutil.disk_usage(disk).free
        (disk / "filler").write_bytes(b"x" * (free - 120_000))
        monkeypatch.setattr(disk_wait, "PAUSE_SECONDS", 0.1)
        run_task = disk_wait.run_with_room

        def with_a_file(context, task, params):
            def store_first(context, params):
                context.files.put(b"v" * 1_000_000)  # as an import stores a volume
                return task(context, params)

            return run_task(context, store_first, params)

        monkeypatch.setattr("backend.jobs.run.run_with_room", with_a_file)
        runner = threading.Thread(target=execute, args=(settings, job.id))
        runner.start()
        end = time.monotonic() + 60
        while tiny.read(settings, job.id).step != disk_wait.STEP and time.monotonic() < end:
            time.sleep(0.1)
        waiting = tiny.read(settings, job.id)
        (disk / "filler").unlink()
        runner.join(120)
        assert (waiting.state, waiting.step) == ("running", "waiting for disk space")
        done = tiny.read(settings, job.id)
        assert (done.state, done.error) == ("done", "")
        with database.read() as session:
            lines = session.scalars(select(JobLog.line).where(JobLog.job_id == job.id)).all()
        database.close()
        assert [line for line in lines if "disk" in line] == [
            "The disk is full. The job waits and goes on when there is room.",
            "There is room on the disk again; the job goes on from what is stored.",
        ]
        assert len(list(BlobStore(folder / "files").hashes())) == 1
