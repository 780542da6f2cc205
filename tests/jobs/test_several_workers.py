"""Workers of several hosts on one database: whose job is whose, and what a host does that was cut off."""

import fcntl
import subprocess
import sys

import pytest
from sqlalchemy import select, text

from backend.errors import Conflict, LostClaim, NotFound
from backend.jobs import queue, run, transitions
from backend.jobs.hosts.claims import Claim, held
from backend.jobs.hosts.heartbeats import LONGEST_BREAK, SECONDS_OF_SILENCE, HeartbeatWatch
from backend.jobs.worker import Worker, _Running
from backend.models import JobLog
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from backend.storage.folder_lock import worker_lock, worker_runs
from tests.cli.running import called
from tests.jobs.sample_jobs import make

LIVES_LONG = [sys.executable, "-c", "import time; time.sleep(600)"]


def looks(watch: HeartbeatWatch, beats: dict[str, str | None], *times: float) -> set[str]:
    """What the last of several looks says."""
    found: set[str] = set()
    for at in times:
        found = watch.silent(beats, at)
    return found


def test_only_a_heartbeat_that_stays_the_same_for_a_minute_is_silence() -> None:
    watch, every = HeartbeatWatch(), [5.0 * n for n in range(12)]
    assert looks(watch, {"a": "then", "b": None}, *every) == set()
    assert watch.silent({"a": "now", "b": None}, SECONDS_OF_SILENCE) == {"b"}
    assert looks(watch, {"a": "now"}, *(SECONDS_OF_SILENCE + at for at in every)) == set()
    assert watch.silent({"a": "now"}, 2 * SECONDS_OF_SILENCE) == {"a"}


def test_who_could_not_look_watches_anew() -> None:
    """The database was away for everybody: on its return every heartbeat is old, and nobody is dead."""
    watch = HeartbeatWatch()
    looks(watch, {"a": "then"}, 0.0, 5.0)
    back = 5.0 + LONGEST_BREAK + 100.0
    assert looks(watch, {"a": "then"}, back, back + SECONDS_OF_SILENCE - 1) == set()


def test_each_worker_has_lanes_of_its_own(settings: Settings, database: Database) -> None:
    with database.write() as session:
        first, second, third = (make(session, settings, name) for name in "abc")
        assert queue.claim(session, "cpu", "one").id == first.id
        assert queue.claim(session, "cpu", "one") is None
        assert queue.claim(session, "cpu", "two").id == second.id
        transitions.finish(session, first.id, {})
        assert queue.claim(session, "cpu", "one").id == third.id


def claimed(database: Database, settings: Settings, owner: str = "one") -> Claim:
    with database.write() as session:
        make(session, settings)
        return Claim.of(session, queue.claim(session, "cpu", owner).id)


def given_away(database: Database, job_id: str) -> None:
    """Another host saw no heartbeat, and took the job over."""
    with database.write() as session:
        transitions.requeue_or_fail(session, job_id, 3, "lost its worker")
        assert queue.claim(session, "cpu", "two") is not None


def test_a_claim_ends_when_the_job_is_queued_again_or_taken(settings: Settings, database: Database) -> None:
    claim = claimed(database, settings)
    with database.write() as session:
        claim.require(session)
        transitions.requeue_or_fail(session, claim.job_id, 3, "lost its worker")
        with pytest.raises(LostClaim):
            claim.require(session)
        queue.claim(session, "cpu", "one")  # the same worker again: another start
        with pytest.raises(LostClaim):
            claim.require(session)
        assert held(session, [claim]) == set()
        with pytest.raises(NotFound):
            Claim.of(session, "none")


def test_a_process_that_lost_its_job_writes_nothing(settings: Settings, database: Database) -> None:
    claim = claimed(database, settings)
    given_away(database, claim.job_id)
    with database.read() as session:
        before = session.scalars(select(JobLog.line)).all()
    run.execute(settings, claim.job_id, claim)
    with database.read() as session:
        job = queue.get(session, claim.job_id)
        assert (job.state, job.owner, job.done) == ("running", "two", 0)
        assert session.scalars(select(JobLog.line)).all() == before


def test_a_worker_kills_what_it_lost_and_leaves_the_row_alone(settings: Settings, database: Database) -> None:
    claim = claimed(database, settings)
    worker = Worker(settings)
    process = subprocess.Popen(LIVES_LONG, start_new_session=True)
    worker._running[claim.job_id] = _Running(claim, process)
    worker._kill_lost(worker._beat(database, "one"))
    assert process.poll() is None
    given_away(database, claim.job_id)
    worker._kill_lost(worker._beat(database, "one"))
    assert process.poll() is not None
    assert worker._running == {}
    with database.read() as session:
        assert queue.get(session, claim.job_id).owner == "two"


@pytest.mark.parametrize("end", ["dead", "cancelled", "released"])
def test_what_ends_at_a_worker_that_lost_it_goes_on_elsewhere(settings: Settings, database: Database, end: str) -> None:
    claim = claimed(database, settings)
    worker = Worker(settings)
    process = subprocess.Popen([sys.executable, "-c", ""] if end == "dead" else LIVES_LONG, start_new_session=True)
    worker._running[claim.job_id] = _Running(claim, process)
    given_away(database, claim.job_id)
    if end == "dead":
        process.wait(60)
        worker._collect(database)
    elif end == "cancelled":
        with database.write() as session:
            transitions.cancel(session, claim.job_id)
        worker._kill_cancelled(database)
    else:
        worker._release_all(database)
    assert (process.poll() is not None, worker._running) == (True, {})
    with database.read() as session:
        job = queue.get(session, claim.job_id)
        assert (job.state, job.owner) == ("cancelling" if end == "cancelled" else "running", "two")


def test_workers_that_share_a_folder_have_a_place_each(settings: Settings) -> None:
    folder = settings.data_dir
    with worker_lock(folder, 2) as first:
        with worker_lock(folder, 2) as second:
            assert first != second
            with pytest.raises(Conflict), worker_lock(folder, 2):
                pass
        assert worker_runs(folder)
        with worker_lock(folder, 2) as again:
            assert again == second, "who gets a place takes up the jobs of its last holder"
    assert not worker_runs(folder)


def test_a_damaged_row_is_asked_for_its_claim_too(settings: Settings, database: Database) -> None:
    claim = claimed(database, settings)
    with database.write() as session:
        session.execute(text("UPDATE jobs SET finished_at = 'never'"))
    with database.write() as session:
        assert held(session, [claim]) == {claim.job_id}


def test_files_are_not_moved_while_any_worker_runs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOMICLENS_FILES_URL", f"file://{settings.data_dir / 'shared'}")
    sha256 = BlobStore(settings.data_dir / "files").put(b"voxels")
    with worker_lock(settings.data_dir, 2), worker_lock(settings.data_dir, 2) as second:
        pass
    with (settings.data_dir / "worker-2.lock").open("r+") as lock:  # the first of two has ended
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert lock.read() == second
        done = called("db", "move-files", data_dir=settings.data_dir)
    assert (done.returncode, "A worker runs on this data folder" in done.stderr) == (1, True), done.stderr
    assert BlobStore(settings.data_dir / "files").has(sha256)
    done = called("db", "move-files", data_dir=settings.data_dir)
    assert (done.returncode, done.stdout) == (0, "1 files are in the shared store.\n"), done.stderr
