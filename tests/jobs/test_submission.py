import pytest
from sqlalchemy import select

from backend.errors import Conflict, NotFound
from backend.jobs import submission
from backend.models import Cohort, Job
from shared import schemas as s
from tests.jobs.sample_jobs import make


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
            submission.submit(session, settings, request)
        assert session.scalars(select(Job)).all() == []
