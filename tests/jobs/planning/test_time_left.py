"""The time a job still takes in all: its steps to come count, by an earlier job or by its plan."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.jobs import queue
from backend.jobs.planning.time_left import lasting, seconds_left_in_all
from backend.models import Job

START = datetime(2026, 11, 30, 12, tzinfo=UTC)


def job(session, position: int, **fields) -> Job:
    row = Job(kind="finetune", title="t", lane="device", params={}, position=position, started_at=START, **fields)
    session.add(row)
    session.flush()
    return row


def running(session, step: str, steps: list, done: int, total: int, begun: float, **fields) -> Job:
    at = START + timedelta(seconds=begun)
    counts = {"done": done, "total": total, "step": step, "steps": steps, "step_at": at}
    return job(session, 9, state="running", **counts, **fields)


def earlier(session, position: int = 1) -> Job:
    """10 s of reading, 100 s of epochs, 40 s of embedding."""
    steps = [["reading", 0.0], ["epochs", 10.0], ["embedding", 110.0]]
    return job(session, position, state="done", steps=steps, finished_at=START + timedelta(seconds=150))


def test_steps_to_come_take_as_long_as_in_the_latest_such_job_at_this_jobs_pace(database) -> None:
    with database.write() as session:
        assert lasting(earlier(session)) == [("reading", 10.0), ("epochs", 100.0), ("embedding", 40.0)]
        now = running(session, "epochs", [["reading", 0.0], ["epochs", 20.0]], 5, 10, 20.0)
        at = START + timedelta(seconds=20 + 100)  # five epochs took 100 s: 100 s more, twice as slow as before
        assert queue.seconds_left(now, at) == pytest.approx(100)
        assert seconds_left_in_all(session, now, at) == pytest.approx(100 + 2 * 40)


def test_a_step_without_a_pace_is_taken_as_it_was(database) -> None:
    with database.write() as session:
        earlier(session)
        now = running(session, "reading", [["reading", 0.0]], 0, 0, 0.0)
        assert seconds_left_in_all(session, now, START + timedelta(seconds=4)) == pytest.approx(6 + 100 + 40)
        assert seconds_left_in_all(session, now, START + timedelta(seconds=40)) == pytest.approx(140)


def test_a_step_that_comes_again_is_counted_by_its_turn(database) -> None:
    with database.write() as session:
        steps = [["embedding", 0.0], ["epochs", 10.0], ["embedding", 30.0]]
        job(session, 1, state="done", steps=steps, finished_at=START + timedelta(seconds=70))
        first = running(session, "embedding", steps[:1], 1, 2, 0.0)
        assert seconds_left_in_all(session, first, START + timedelta(seconds=5)) == pytest.approx(5 + 60)
        first.steps, first.step_at = steps, START + timedelta(seconds=30)
        assert seconds_left_in_all(session, first, START + timedelta(seconds=50)) == pytest.approx(20)


def test_without_such_a_job_the_plan_tells_and_else_nothing(database) -> None:
    with database.write() as session:
        now = running(session, "epochs", [["epochs", 0.0]], 1, 10, 0.0, expected_seconds=500.0)
        at = START + timedelta(seconds=20)
        assert seconds_left_in_all(session, now, at) == pytest.approx(480)
        assert seconds_left_in_all(session, now, START + timedelta(seconds=100)) == pytest.approx(900)
        now.expected_seconds = None
        assert seconds_left_in_all(session, now, at) is None
        now.state = "done"
        assert seconds_left_in_all(session, now, at) is None


def test_progress_remembers_when_each_step_began(database) -> None:
    with database.write() as session:
        row = job(session, 1, state="running", steps=[])
        for step, done in (("reading", 0), ("reading", 1), ("epochs", 0), ("epochs", 1)):
            queue.progress(session, row.id, step, done, 2)
        assert [name for name, _ in row.steps] == ["reading", "epochs"]
        assert row.steps[0][1] <= row.steps[1][1]
