import multiprocessing
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.jobs import queue, transitions
from backend.models import Job, JobLog
from backend.settings import Settings
from backend.storage.database import Database
from tests.jobs.sample_jobs import make


def test_a_lane_runs_one_job_at_a_time_in_order(settings, database) -> None:
    with database.write() as session:
        first, second = make(session, settings, "a"), make(session, settings, "b")
        assert queue.claim(session, "device", "w") is None
        claimed = queue.claim(session, "cpu", "w")
        assert claimed is not None
        assert (claimed.id, claimed.state, claimed.attempts, claimed.owner) == (first.id, "running", 1, "w")
        assert queue.claim(session, "cpu", "w") is None
        transitions.finish(session, first.id, {"x": 1})
        assert first.result["x"] == 1
        assert "cohort_id" in first.result
        claimed = queue.claim(session, "cpu", "w")
        assert claimed is not None
        assert claimed.id == second.id


def test_a_job_waits_for_what_it_needs(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings, "a")
        make(session, settings, "b", after=[first.id])
        third = make(session, settings, "c")
        assert queue.claim(session, "cpu", "w").id == first.id
        session.get_one(Job, first.id).state = "cancelling"
        assert queue.claim(session, "cpu", "w") is None
        session.get_one(Job, first.id).state = "queued"
        session.get_one(Job, first.id).lane = "device"
        assert queue.claim(session, "cpu", "w").id == third.id


def claim_all(settings: Settings, owner: str, found) -> None:
    database = Database(settings)
    mine = []
    for _ in range(400):
        with database.write() as session:
            job = queue.claim(session, "cpu", owner)
            if job is not None:
                mine.append(job.id)
                transitions.finish(session, job.id, {})
            elif not queue.claimable(session, "cpu"):
                break
    found.put(mine)


def test_four_processes_claim_every_job_exactly_once(settings, database) -> None:
    with database.write() as session:
        jobs = [make(session, settings, f"c{i}").id for i in range(24)]
    context = multiprocessing.get_context("fork")  # nothing to import again
    found = context.Queue()
    workers = [context.Process(target=claim_all, args=(settings, f"w{i}", found)) for i in range(4)]
    for worker in workers:
        worker.start()
    claimed = [job for _ in workers for job in found.get(timeout=120)]
    for worker in workers:
        worker.join()
    assert sorted(claimed) == sorted(jobs)


def test_the_pace_of_a_step_tells_the_time_left(settings, database) -> None:
    with database.write() as session:
        job = make(session, settings)
        queue.claim(session, "cpu", "w")
        queue.progress(session, job.id, "extracting", 10, 30)
        assert queue.seconds_left(job) is None
        queue.progress(session, job.id, "extracting", 15, 30)
        assert job.step_from == 10
        assert queue.seconds_left(job, job.step_at + timedelta(seconds=20)) == pytest.approx(60.0)


def test_log_lines_stay_in_order(settings, database) -> None:
    with database.write() as session:
        job = make(session, settings)
        for line in ("one", "two"):
            queue.log(session, job.id, line)
    with database.read() as session:
        assert session.scalars(select(JobLog.line).order_by(JobLog.id)).all() == ["one", "two"]
