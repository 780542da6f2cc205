import threading

from frontend.state import turns


def test_only_a_few_runs_go_on_at_a_time() -> None:
    inside, most, lock = [0], [0], threading.Lock()
    begun = threading.Barrier(turns.AT_ONCE)

    def run(first: bool) -> None:
        with turns.turn():
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            if first:
                begun.wait(20)  # so many are inside together
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=run, args=(n < turns.AT_ONCE,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [turns.AT_ONCE]


def test_a_long_run_stops_nobody_and_a_failed_one_gives_its_place_back(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(turns, "LONGEST_WAIT_S", 0.01)
    for _ in range(3):
        try:
            with turns.turn():
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    held = [turns.turn() for _ in range(turns.AT_ONCE)]
    for one in held:
        one.__enter__()
    with turns.turn():
        pass  # beside the others
    for one in held:
        one.__exit__(None, None, None)
    assert all(turns._places.acquire(blocking=False) for _ in range(turns.AT_ONCE))
    for _ in range(turns.AT_ONCE):
        turns._places.release()
