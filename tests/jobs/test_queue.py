import multiprocessing
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.errors import Conflict, NotFound
from backend.jobs import queue
from backend.models import Case, Cohort, Job, JobLog, now
from backend.settings import Settings
from backend.storage.database import Database
from shared import schemas as s

TABLES = s.SynthTablesParams(cohort="sample", patients=30)


def make(session, settings, name="sample", after=(), key=None):
    request = s.JobSubmit(params=s.SynthTablesParams(cohort=name, patients=30), after=list(after))
    return queue.submit(session, settings, request, key=key)


def state(database: Database, job_id: str) -> tuple[str, str]:
    with database.read() as session:
        job = queue.get(session, job_id)
        return job.state, job.error


def test_a_submitted_job_waits_with_its_cohort_reserved(settings, database) -> None:
    with database.write() as session:
        job = make(session, settings)
        assert (job.state, job.lane, job.attempts) == ("queued", "cpu", 0)
        assert session.get_one(Cohort, job.result["cohort_id"]).name == "sample"


def test_the_same_key_gives_the_same_job_and_another_request_is_refused(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings, key="k")
        assert make(session, settings, key="k").id == first.id
        with pytest.raises(Conflict, match="idempotency key"):
            make(session, settings, name="other", key="k")


def test_an_impossible_request_is_refused_with_the_plan_s_sentence(settings, database) -> None:
    with database.write() as session:
        request = s.JobSubmit(params=s.ExtractParams(cohort_id="nope"))
        with pytest.raises(NotFound, match="There is no cohort 'nope'"):
            queue.submit(session, settings, request)
        assert session.scalars(select(Job)).all() == []


def test_a_lane_runs_one_job_at_a_time_in_order(settings, database) -> None:
    with database.write() as session:
        first, second = make(session, settings, "a"), make(session, settings, "b")
        assert queue.claim(session, "device", "w") is None
        claimed = queue.claim(session, "cpu", "w")
        assert claimed is not None
        assert (claimed.id, claimed.state, claimed.attempts, claimed.owner) == (first.id, "running", 1, "w")
        assert queue.claim(session, "cpu", "w") is None
        queue.finish(session, first.id, {"x": 1})
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
                queue.finish(session, job.id, {})
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


def test_a_failed_need_fails_what_waits_and_a_retry_brings_both_back(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings, "a")
        second = make(session, settings, "b", after=[first.id])
        third = make(session, settings, "c", after=[second.id])
        queue.claim(session, "cpu", "w")
        queue.fail(session, first.id, "Disk full.")
    assert state(database, first.id) == ("failed", "Disk full.")
    assert state(database, second.id)[0] == state(database, third.id)[0] == "failed"
    assert "sample tables a" in state(database, second.id)[1]
    with database.write() as session:
        with pytest.raises(Conflict, match="retry that one first"):
            queue.retry(session, second.id)
        queue.retry(session, first.id)
    assert [state(database, job.id) for job in (first, second, third)] == [("queued", "")] * 3


def add_case(session, job: Job) -> None:
    session.add(Case(cohort_id=job.result["cohort_id"], study_id=job.id, patient_id=job.id))
    session.flush()


def test_a_retry_fills_no_cohort_that_another_job_made_since(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings)
        queue.cancel(session, first.id)
        second = queue.submit(session, settings, s.JobSubmit(params=s.SynthParams(cohort="sample")))
        with pytest.raises(Conflict, match="being made by a job already"):
            queue.retry(session, first.id)
        queue.claim(session, "cpu", "w")
        add_case(session, second)
        with pytest.raises(Conflict, match="Another job has made the cohort 'sample' since"):
            queue.retry(session, first.id)
        queue.fail(session, second.id, "Disk full.")
        assert queue.retry(session, second.id).state == "queued"  # its own cases: it goes on after them


def test_a_retry_makes_the_cohort_of_its_own_kind_again(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings)
        queue.cancel(session, first.id)
        second = queue.submit(session, settings, s.JobSubmit(params=s.SynthParams(cohort="sample")))
        queue.cancel(session, second.id)
        cohort = session.get_one(Cohort, first.result["cohort_id"])
        assert cohort.kind == "images"
        queue.retry(session, first.id)
        assert cohort.kind == "tables"


def test_cancelling_a_queued_job_ends_it_at_once_and_a_running_one_is_asked(settings, database) -> None:
    with database.write() as session:
        first, second = make(session, settings, "a"), make(session, settings, "b")
        queue.claim(session, "cpu", "w")
        assert queue.cancel(session, second.id).state == "cancelled"
        assert queue.cancel(session, first.id).state == "cancelling"
        queue.cancelled(session, first.id)
        with pytest.raises(Conflict, match="nothing to cancel"):
            queue.cancel(session, first.id)
        with pytest.raises(NotFound):
            queue.cancel(session, "unknown")


def test_a_job_that_dies_without_saving_fails_after_its_attempts(settings, database) -> None:
    with database.write() as session:
        job = make(session, settings)
        for attempt in (1, 2, 3):
            assert queue.claim(session, "cpu", "w").attempts == attempt
            queue.died(session, job.id, 3, "was killed (SIGKILL)")
        assert job.state == "failed"
        assert "3 times without getting further" in job.error


def test_saving_something_starts_the_count_of_attempts_anew(settings, database) -> None:
    with database.write() as session:
        job = make(session, settings)
        for _ in range(6):
            queue.claim(session, "cpu", "w")
            queue.saved(session, job.id)
            queue.died(session, job.id, 3, "was killed (SIGKILL)")
            assert job.state == "queued"


def test_requeue_takes_back_own_and_stale_jobs_only(settings, database) -> None:
    with database.write() as session:
        jobs = [make(session, settings, name) for name in "abcd"]
        for job, owner, age in zip(jobs, ("me", "me", "other", "other"), (0, 0, 5, 300), strict=True):
            job.state, job.owner, job.heartbeat_at = "running", owner, now() - timedelta(seconds=age)
        session.flush()
        assert set(queue.requeue(session, "me", [jobs[0].id], 3)) == {jobs[1].id, jobs[3].id}
        assert [job.state for job in jobs] == ["running", "queued", "running", "queued"]


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
