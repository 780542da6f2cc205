import threading

import pytest

from backend.science.compute.concurrent_steps import ConcurrentSteps


@pytest.mark.parametrize("threads", [1, 2])
def test_every_step_gives_its_result_whatever_the_number_of_threads(threads):
    with ConcurrentSteps(threads) as steps:
        started = [steps.start(lambda number=number: number**2) for number in range(5)]
        assert [one.result() for one in started] == [0, 1, 4, 9, 16]


def test_one_thread_works_in_the_callers_order_and_thread():
    heard = []
    with ConcurrentSteps(1) as steps:
        for number in range(3):
            steps.start(lambda number=number: heard.append((number, threading.current_thread())))
    assert heard == [(number, threading.current_thread()) for number in range(3)]


def test_two_threads_work_at_the_same_time():
    both = threading.Barrier(2, timeout=20)
    with ConcurrentSteps(2) as steps:
        started = [steps.start(both.wait) for _ in range(2)]
        assert sorted(one.result() for one in started) == [0, 1]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_a_step_raises_comes_out_and_drops_what_has_not_begun(threads):
    begun = []

    def fails():
        raise ValueError("no")

    def work():
        with ConcurrentSteps(threads) as steps:
            steps.start(fails).result()
            steps.start(lambda: begun.append(1))

    with pytest.raises(ValueError, match="no"):
        work()
    assert begun == []
