"""Whose job is next: compared with a plain simulation of the rule, and what it promises."""

from random import Random

import pytest
from sqlalchemy import func, select

from backend.jobs import queue, submission, transitions
from backend.models import Job, Project
from shared import schemas as s


def submitted(session, settings, user: str, name: str, priority: s.Priority = "normal", after=()) -> Job:
    params = s.SynthTablesParams(cohort=name, patients=30)
    return submission.submit(
        session, settings, s.JobSubmit(params=params, after=list(after), priority=priority), user=user
    )


def began(session, end=transitions.finish) -> str:
    """The user and cohort of the next job, which ends at once."""
    job = queue.claim(session, "cpu", "w")
    assert job is not None
    if end is transitions.finish:
        transitions.finish(session, job.id, {})
    return f"{job.submitted_by}{job.params['cohort']}"


def test_who_comes_later_waits_for_one_job_of_the_other_and_not_for_all(settings, database) -> None:
    with database.write() as session:
        for n in range(4):
            submitted(session, settings, "ann", str(n))
        assert began(session) == "ann0"
        submitted(session, settings, "ben", "a")
        submitted(session, settings, "ben", "b")
        assert [began(session) for _ in range(5)] == ["bena", "ann1", "benb", "ann2", "ann3"]


def test_one_users_jobs_keep_their_order(settings, database) -> None:
    with database.write() as session:
        for n in range(3):
            submitted(session, settings, "ann", str(n))
        assert [began(session) for _ in range(3)] == ["ann0", "ann1", "ann2"]


def test_high_goes_first_and_low_waits_for_everybody(settings, database) -> None:
    with database.write() as session:
        submitted(session, settings, "ann", "low", "low")
        submitted(session, settings, "ben", "1")
        submitted(session, settings, "ben", "2")
        submitted(session, settings, "ben", "high", "high")
        assert [began(session) for _ in range(4)] == ["benhigh", "ben1", "ben2", "annlow"]


def test_a_turn_in_the_other_lane_does_not_count(settings, database) -> None:
    with database.write() as session:
        tuned = submitted(session, settings, "ann", "tuned")
        tuned.lane = "device"
        assert queue.claim(session, "device", "w") is not None
        submitted(session, settings, "ann", "1")
        submitted(session, settings, "ben", "2")
        assert [began(session) for _ in range(2)] == ["ann1", "ben2"]


def test_a_job_that_lost_its_worker_goes_on_before_those_of_others(settings, database) -> None:
    with database.write() as session:
        first = submitted(session, settings, "ann", "1")
        submitted(session, settings, "ben", "2")
        assert queue.claim(session, "cpu", "w").id == first.id
        transitions.release(session, first.id)
        assert [began(session) for _ in range(2)] == ["ann1", "ben2"]


def test_a_job_that_waits_for_another_does_not_hold_up_its_users_next(settings, database) -> None:
    with database.write() as session:
        first = submitted(session, settings, "ann", "1")
        first.lane = "device"
        submitted(session, settings, "ann", "2", after=[first.id])
        submitted(session, settings, "ann", "3")
        assert began(session) == "ann3"


def test_projects_take_turns_and_within_each_its_users(settings, database) -> None:
    with database.write() as session:
        session.add(Project(id="p2", name="second"))
        for name in ("a0", "a1", "b0", "b1", "e0", "e1", "e2"):
            job = submitted(session, settings, {"a": "ann", "b": "ben", "e": "eve"}[name[0]], name)
            job.project_id = "p2" if name[0] == "e" else "default"
    with database.write() as session:  # the worker's own sees every project
        assert [began(session)[-2:] for _ in range(7)] == ["a0", "e0", "b0", "e1", "a1", "e2", "b1"]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_is_that_of_a_plain_simulation(settings, database, seed: int) -> None:
    chance = Random(seed)
    waiting: list[tuple[str, int, str]] = []
    last: dict[str, int] = {}
    with database.write() as session:
        for turn in range(30):
            for _ in range(chance.randrange(3)):
                user, priority = chance.choice("abcd"), chance.choice(["low", "normal", "normal", "high"])
                row = submitted(session, settings, user, f"{seed}-{turn}-{len(waiting)}", priority)
                waiting.append((user, {"low": -1, "normal": 0, "high": 1}[priority], row.id))
            if not waiting:
                continue
            best = min(range(len(waiting)), key=lambda i: (-waiting[i][1], last.get(waiting[i][0], -1), i))
            user, _, expected = waiting.pop(best)
            last[user] = turn
            claimed = queue.claim(session, "cpu", "w")
            assert claimed is not None
            assert claimed.id == expected
            transitions.finish(session, claimed.id, {})
        assert session.scalar(select(func.count()).select_from(Job).where(Job.state == "queued")) == len(waiting)
