"""How many jobs a user may have open, by the settings and by a quota."""

import pytest

from backend.errors import Conflict
from backend.jobs import queue, transitions
from backend.jobs.fairness.open_jobs import count_open, limit_of
from backend.jobs.planning import chains
from backend.models import Job, Quota
from backend.settings import Settings
from shared import schemas as s
from tests.jobs.fairness.test_turns import submitted


@pytest.fixture
def strict(settings: Settings) -> Settings:
    return settings.model_copy(update={"jobs_per_user": 2})


def test_one_job_too_many_is_refused_until_another_has_ended(strict, database) -> None:
    with database.write() as session:
        first = submitted(session, strict, "ann", "1")
        submitted(session, strict, "ann", "2")
        with pytest.raises(Conflict, match="You may have 2 jobs waiting or running at once"):
            submitted(session, strict, "ann", "3")
        submitted(session, strict, "ben", "3")  # the others are not concerned
        queue.claim(session, "cpu", "w")
        with pytest.raises(Conflict):
            submitted(session, strict, "ann", "4")
        transitions.finish(session, first.id, {})
        submitted(session, strict, "ann", "4")
        assert (count_open(session, "ann"), count_open(session, "ben")) == (2, 1)


def test_an_administrator_allows_a_user_another_number(strict, database) -> None:
    with database.write() as session:
        session.add(Quota(kind="user", name="ann", open_jobs=1))
        session.add(Quota(kind="user", name="ben", disk_mb=5))
        session.flush()
        assert [limit_of(session, strict, user) for user in ("ann", "ben", "eve")] == [1, 2, 2]
        submitted(session, strict, "ann", "1")
        with pytest.raises(Conflict, match="1 job waiting"):
            submitted(session, strict, "ann", "2")


def test_a_chain_that_would_be_too_many_leaves_nothing(strict, database) -> None:
    steps = [s.ChainStep(name=n, params=s.SynthTablesParams(cohort=n, patients=30)) for n in "abc"]
    with pytest.raises(Conflict, match="You may have 2 jobs"), database.write() as session:
        chains.submit_chain(session, strict, s.JobChain(steps=steps), user="ann")
    with database.read() as session:
        assert count_open(session, "ann") == 0


def test_a_request_that_was_made_before_and_what_follows_by_itself_are_free(strict, database) -> None:
    from backend.jobs.fairness.open_jobs import check_open_jobs
    from backend.jobs.submission import submit

    with database.write() as session:
        request = s.JobSubmit(params=s.SynthTablesParams(cohort="1", patients=30))
        first = submit(session, strict, request, user="ann", key="k")
        submitted(session, strict, "ann", "2")
        assert submit(session, strict, request, user="ann", key="k").id == first.id
        check_open_jobs(session, strict, "ann", "selfcheck", {"analysis_id": "a"}, "power of a")
        for params, key in (({}, None), ({"analysis_id": "a"}, "power of b"), ({"analysis_id": None}, "power of None")):
            with pytest.raises(Conflict, match="You may have 2 jobs"):  # asked for by somebody
                check_open_jobs(session, strict, "ann", "selfcheck", params, key)
        fields = {"kind": "selfcheck", "title": "t", "lane": "cpu", "position": 99, "submitted_by": "eve"}
        session.add(Job(params={"analysis_id": "a"}, idempotency_key="eve\npower of a", **fields))
        session.add(Job(params={"analysis_id": None}, **fields))
        session.flush()
        assert count_open(session, "eve") == 1


def test_whoever_sits_at_the_machine_is_not_limited(strict, database) -> None:
    from backend.jobs.submission import submit

    with database.write() as session:
        for n in range(4):
            params = s.SynthTablesParams(cohort=str(n), patients=30)
            submit(session, strict, s.JobSubmit(params=params), user="owner", local=True)
