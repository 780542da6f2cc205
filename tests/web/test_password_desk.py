"""The desk where passwords are tried: one at a time, few wait, and others' failures lock no known browser out."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest

from backend.errors import NotSignedIn, TooMany
from backend.web.browser_words import browser_words
from backend.web.password_desk import FAILURES_OF_A_NAME, MOST_OF_AN_ADDRESS, MOST_WAITING, Line, PasswordDesk


def fail(desk: PasswordDesk, name: str, address: str, browser: str | None = None) -> type[BaseException]:
    """What a failing attempt ends with."""
    with pytest.raises((NotSignedIn, TooMany)) as caught, desk.attempt(name, address, browser):
        raise NotSignedIn("wrong")
    return caught.type


def test_a_name_is_guessed_so_often_from_an_address_and_from_all_addresses() -> None:
    desk = PasswordDesk(3)
    assert [fail(desk, "ann", "a") for _ in range(4)] == [NotSignedIn] * 3 + [TooMany]
    with pytest.raises(TooMany), desk.attempt("ann", "a", None):
        pytest.fail("no attempt for a name that failed too often from this address")
    with desk.attempt("ben", "a", None):  # the same address, another name
        pass
    spread = [fail(desk, "ann", f"address {n}") for n in range(FAILURES_OF_A_NAME)]
    assert spread.count(NotSignedIn) == FAILURES_OF_A_NAME - 3
    with pytest.raises(TooMany), desk.attempt("ann", "far away", None):
        pytest.fail("no attempt for a name that failed too often from everywhere")
    with desk.attempt("ann", "a", "ann's own browser"):
        pass


def test_failures_of_a_name_count_also_from_addresses_that_failed_with_others_before() -> None:
    """Else a crowd first fails with made-up names, and then guesses a real one without end."""
    desk = PasswordDesk(10)
    for n in range(FAILURES_OF_A_NAME // 10):
        assert [fail(desk, f"nobody {k}", f"address {n}") for k in range(10)] == [NotSignedIn] * 10
        assert [fail(desk, "ann", f"address {n}") for _ in range(10)] == [TooMany] * 10
    with pytest.raises(TooMany), desk.attempt("ann", "far away", None):
        pytest.fail("no attempt for a name that failed too often from everywhere")


def test_a_known_browser_has_failures_of_its_own() -> None:
    desk = PasswordDesk(3)
    assert [fail(desk, "ann", "a", "known") for _ in range(4)] == [NotSignedIn] * 3 + [TooMany]
    with desk.attempt("ann", "a", None):
        pass


@contextmanager
def waiting(line: Line, address: str, go: Event) -> Iterator[None]:
    """Somebody in the line until `go`."""
    entered = Event()

    def stand() -> None:
        entered.set()
        with line.turn(address):
            go.wait(10)

    thread = Thread(target=stand)
    thread.start()
    entered.wait(10)
    yield
    go.set()
    thread.join(10)


def test_few_wait_and_one_address_takes_not_all_places() -> None:
    line, go = Line(), Event()
    with ExitStack() as crowd:
        for _ in range(MOST_OF_AN_ADDRESS):
            crowd.enter_context(waiting(line, "a", go))
        settle(line, MOST_OF_AN_ADDRESS)
        with pytest.raises(TooMany), line.turn("a"):
            pytest.fail("this address waits often enough")
        for n in range(MOST_WAITING - MOST_OF_AN_ADDRESS):
            crowd.enter_context(waiting(line, f"other {n}", go))
        settle(line, MOST_WAITING)
        with pytest.raises(TooMany), line.turn("another"):
            pytest.fail("the line is full")
    with line.turn("a"):
        pass
    assert not line._waiting


def settle(line: Line, n: int) -> None:
    """Until so many are in the line."""
    pause = Event()
    for _ in range(1000):
        if line._waiting.total() == n:
            return
        pause.wait(0.01)
    pytest.fail(f"{line._waiting.total()} in the line, not {n}")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iOS"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on macOS"),
        ("python-httpx/0.28", "a program"),
        ("<script>", "a program"),
    ],
)
def test_a_browser_is_named_in_words_of_ours(header: str, words: str) -> None:
    assert browser_words(header) == words
