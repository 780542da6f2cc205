import subprocess
import sys

import pytest

from backend.jobs.compute.priority import AUTOGROUP
from backend.settings import Settings

SAYS = """
import os, sys
from backend.jobs.compute.priority import AUTOGROUP, give_way
give_way(int(sys.argv[1]))
words = AUTOGROUP.read_text().split() if AUTOGROUP.exists() else []
group = words[-1] if words else "none"  # a process outside every group reads an empty file
print(os.getpriority(os.PRIO_PROCESS, 0), group)
"""


def said(nice: int, *, own_session: bool) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", SAYS, str(nice)],
        check=True,
        capture_output=True,
        text=True,
        start_new_session=own_session,
    )
    number, group = done.stdout.split()
    return int(number), group


def test_a_job_gives_way_as_far_as_the_settings_say() -> None:
    assert said(10, own_session=True)[0] == 10
    assert said(19, own_session=True)[0] == 19
    assert Settings().job_nice == 10


def test_a_job_is_never_preferred() -> None:
    assert said(0, own_session=True)[0] >= 0


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this kernel has no autogroup")
def test_its_session_gives_way_too_and_no_other_one() -> None:
    assert said(7, own_session=True)[1] == "7"
    before = AUTOGROUP.read_text()
    said(9, own_session=False)
    assert AUTOGROUP.read_text() == before
