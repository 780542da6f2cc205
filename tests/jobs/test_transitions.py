from datetime import timedelta

import pytest

from backend.errors import Conflict, NotFound
from backend.jobs import queue, submission, transitions
from backend.models import Case, Cohort, Job, now
from shared import schemas as s
from tests.jobs.sample_jobs import make, state


def test_a_failed_need_fails_what_waits_and_a_retry_brings_both_back(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings, "a")
        second = make(session, settings, "b", after=[first.id])
        third = make(session, settings, "c", after=[second.id])
        queue.claim(session, "cpu", "w")
        transitions.fail(session, first.id, "Disk full.")
    assert state(database, first.id) == ("failed", "Disk full.")
    assert state(database, second.id)[0] == state(database, third.id)[0] == "failed"
    assert "sample tables a of 30 patients” failed, and this job needs what it makes" in state(database, second.id)[1]
    with database.write() as session:
        with pytest.raises(Conflict, match="retry that one first"):
            transitions.retry(session, second.id)
        transitions.retry(session, first.id)
    assert [state(database, job.id) for job in (first, second, third)] == [("queued", "")] * 3


def add_case(session, job: Job) -> None:
    session.add(Case(cohort_id=job.result["cohort_id"], study_id=job.id, patient_id=job.id))
    session.flush()


def test_a_retry_fills_no_cohort_that_another_job_made_since(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings)
        transitions.cancel(session, first.id)
        second = submission.submit(session, settings, s.JobSubmit(params=s.SynthParams(cohort="sample")))
        with pytest.raises(Conflict, match="being made by a job already"):
            transitions.retry(session, first.id)
        queue.claim(session, "cpu", "w")
        add_case(session, second)
        with pytest.raises(Conflict, match="Another job has made the cohort 'sample' since"):
            transitions.retry(session, first.id)
        transitions.fail(session, second.id, "Disk full.")
        assert transitions.retry(session, second.id).state == "queued"  # its own cases: it goes on after them


def test_a_retry_makes_the_cohort_of_its_own_kind_again(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings)
        transitions.cancel(session, first.id)
        second = submission.submit(session, settings, s.JobSubmit(params=s.SynthParams(cohort="sample")))
        transitions.cancel(session, second.id)
        cohort = session.get_one(Cohort, first.result["cohort_id"])
        assert cohort.kind == "images"
        transitions.retry(session, first.id)
        assert cohort.kind == "tables"


def test_cancelling_a_queued_job_ends_it_at_once_and_a_running_one_is_asked(settings, database) -> None:
    with database.write() as session:
        first, second = make(session, settings, "a"), make(session, settings, "b")
        queue.claim(session, "cpu", "w")
        assert transitions.cancel(session, second.id).state == "cancelled"
        assert transitions.cancel(session, first.id).state == "cancelling"
        transitions.mark_cancelled(session, first.id)
        with pytest.raises(Conflict, match="nothing to cancel"):
            transitions.cancel(session, first.id)
        with pytest.raises(NotFound):
            transitions.cancel(session, "unknown")


def test_what_waits_for_a_cancelled_job_is_told_so(settings, database) -> None:
    with database.write() as session:
        first = make(session, settings, "a")
        second = make(session, settings, "b", after=[first.id])
        transitions.cancel(session, first.id)
    assert "sample tables a of 30 patients” was cancelled, and this job" in state(database, second.id)[1]


def test_a_job_that_dies_without_saving_fails_after_its_attempts(settings, database) -> None:
    with database.write() as session:
        job = make(session, settings)
        for attempt in (1, 2, 3):
            assert queue.claim(session, "cpu", "w").attempts == attempt
            transitions.requeue_or_fail(session, job.id, 3, "was killed (SIGKILL)")
        assert job.state == "failed"
        assert "3 times without getting further" in job.error


def test_saving_something_starts_the_count_of_attempts_anew(settings, database) -> None:
    with database.write() as session:
        job = make(session, settings)
        for _ in range(6):
            queue.claim(session, "cpu", "w")
            queue.saved(session, job.id)
            transitions.requeue_or_fail(session, job.id, 3, "was killed (SIGKILL)")
            assert job.state == "queued"


def test_requeue_takes_back_own_and_stale_jobs_only(settings, database) -> None:
    with database.write() as session:
        jobs = [make(session, settings, name) for name in "abcd"]
        for job, owner, age in zip(jobs, ("me", "me", "other", "other"), (0, 0, 5, 300), strict=True):
            job.state, job.owner, job.heartbeat_at = "running", owner, now() - timedelta(seconds=age)
        session.flush()
        silent = {jobs[0].id, jobs[3].id}  # one's own is alive whatever its heartbeat says
        lost = transitions.requeue_lost(session, "me", [jobs[0].id], 3, silent.intersection)
        assert set(lost) == {jobs[1].id, jobs[3].id}
        assert [job.state for job in jobs] == ["running", "queued", "running", "queued"]
