"""The time a job still takes, in words: of the whole job where that is known, until a time with its zone."""

from datetime import UTC, datetime

import pytest

from frontend.text import job_words
from shared import schemas as s

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def job(**fields: object) -> s.Job:
    known = dict.fromkeys(("id", "kind", "title", "step", "error"), "x") | dict.fromkeys(("done", "total"), 1)
    known |= {"state": "running", "attempts": 1, "params": {}, "result": {}, "depends_on": [], "created_at": NOON}
    known |= dict.fromkeys(("started_at", "finished_at", "seconds_left"), None)
    return s.Job.model_validate(known | fields)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ""),
        ({"seconds_left": 170.0}, ", about 3 min left in this step"),
        ({"seconds_left_in_all": 20.0, "seconds_left": 10.0}, ", about 20 s left in all"),
        ({"seconds_left_in_all": 600.0}, ", about 10 min left in all, done about 12:10 UTC"),
        ({"seconds_left_in_all": 86400.0}, ", about 24 h left in all, done about 1 Dec, 12:00 UTC"),
    ],
)
def test_the_whole_job_is_meant_where_that_is_known(fields: dict[str, float], words: str) -> None:
    assert job_words.left(job(**fields), NOON) == words
