from datetime import UTC, datetime

import pytest

from frontend.text import job_words
from shared import schemas as s


@pytest.mark.parametrize(
    ("kind", "seconds", "words"),
    [
        ("extract", 170.0, ", 3 min left"),
        ("analyze", 170.0, ", 3 min left in this step"),
        ("finetune", 7800.0, ", 2 h 10 min left in this step"),
        ("extract", None, ""),
    ],
)
def test_what_is_left_says_whether_the_whole_job_is_meant(kind: str, seconds: float | None, words: str) -> None:
    job = s.Job(
        id="0" * 16, kind=kind, title="A job", state="running", step="", done=1, total=4, attempts=1, error="",
        params={}, result={}, depends_on=[], created_at=datetime(2026, 11, 3, tzinfo=UTC), started_at=None,
        finished_at=None, seconds_left=seconds,
    )  # fmt: skip
    assert job_words.left(job) == words
