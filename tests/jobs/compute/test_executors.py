import os
import subprocess
import sys
import time

import pytest

from backend.errors import RadiomicLensError
from backend.jobs.compute.executors import CaseExecutor, InlineExecutor, LocalExecutor
from backend.jobs.compute.subprocess_pool import Limits
from tests.jobs.compute import fatal_calls

ENOUGH_MB = 2000


def test_results_and_exceptions_come_back_inline() -> None:
    with InlineExecutor() as executor:
        assert executor.submit(fatal_calls.square, 3).result() == 9
        with pytest.raises(ValueError, match="Mustermann"):
            executor.submit(fatal_calls.fail_with_a_name, 0).result()


def test_a_case_that_kills_its_child_is_alone_in_failing() -> None:
    with LocalExecutor(1, Limits(ENOUGH_MB, 60)) as executor:
        futures = [
            executor.submit(f, n) for n, f in enumerate((fatal_calls.square, fatal_calls.die, fatal_calls.square))
        ]
        assert futures[0].result() == 0
        with pytest.raises(RadiomicLensError, match="SIGKILL"):
            futures[1].result()
        assert futures[2].result() == 4


def test_limits_of_time_and_memory_and_silence_about_names() -> None:
    with LocalExecutor(1, Limits(ENOUGH_MB, 3)) as executor:
        slow = executor.submit(fatal_calls.sleep, 60.0)
        with pytest.raises(RadiomicLensError, match="longer than 3 s"):
            slow.result()
    with LocalExecutor(1, Limits(ENOUGH_MB, 60)) as executor:
        large = executor.submit(fatal_calls.fill_memory, 2 * ENOUGH_MB)
        with pytest.raises(RadiomicLensError, match="more memory"):
            large.result()
        named = executor.submit(fatal_calls.fail_with_a_name, 0)
        with pytest.raises(RadiomicLensError, match=r"^Its computation failed \(ValueError\)\.$"):
            named.result()


def test_the_window_slides_and_nothing_is_lost() -> None:
    asked: list[int] = []

    def call(n: int):
        asked.append(n)
        return fatal_calls.square, (n,)

    finished = []
    for n, future in CaseExecutor(InlineExecutor(), lambda: 2).sliding(range(12), call):
        assert len(asked) - len(finished) <= 4
        finished.append((n, future.result()))
    assert sorted(finished) == [(n, n * n) for n in range(12)]


def test_children_die_with_the_process_that_started_them() -> None:
    script = (
        "import time\n"
        "from backend.jobs.compute.subprocess_pool import Limits\n"
        "from backend.jobs.compute.executors import LocalExecutor\n"
        "from tests.jobs.compute import fatal_calls\n"
        "if __name__ == '__main__':\n"
        "    executor = LocalExecutor(1, Limits(2000, 60))\n"
        "    print(executor.submit(fatal_calls.process_id, 0).result(), flush=True)\n"
        "    executor.submit(fatal_calls.sleep, 60.0)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 20
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_this_process_is_no_child_of_an_executor() -> None:
    with LocalExecutor(1, Limits(ENOUGH_MB, 60)) as executor:
        assert executor.submit(fatal_calls.process_id, 0).result() != os.getpid()
