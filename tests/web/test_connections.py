"""Connections of an address are counted, answers keep their order, and bad requests cannot flood the log."""

import logging
import time
from contextlib import ExitStack, closing

import pytest

from backend.web import http_limits
from backend.web.connection_limit import ConnectionLimit
from backend.web.once_in import OnceIn
from tests.web.limited_server import SLOW_SECONDS, answer, connected, serving, status

SLOW = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"


def test_an_address_may_have_a_number_of_connections_and_others_still_get_in() -> None:
    with serving(ConnectionLimit(1, 3)) as port, ExitStack() as opened:
        held = [opened.enter_context(closing(connected(port))) for _ in range(3)]
        for connection in held:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert status(connection.recv(4096)) == 200
        refused = opened.enter_context(closing(connected(port)))
        text = answer(refused)
        assert status(text) == 429
        assert b"close some" in text
        with closing(connected(port, "127.0.0.2")) as other:
            other.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert status(answer(other)) == 200
        held[0].close()
        time.sleep(0.2)
        with closing(connected(port)) as again:
            again.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert status(answer(again)) == 200


def test_proxies_and_this_machine_have_the_greater_limit_and_a_network_counts_as_one_visitor() -> None:
    limit = ConnectionLimit(1, 2, ["10.1.0.0/16", "no address"])
    for address in ("127.0.0.1", "::1", "10.1.2.3"):
        assert [limit.enter(address) for _ in range(3)] == [True, True, False]
    assert [limit.enter(each) for each in ("192.0.2.1", "192.0.2.1", "192.0.2.2")] == [True, False, True]
    assert [limit.enter(each) for each in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")] == [True, False, True]
    limit.leave("192.0.2.1")
    assert limit.enter("192.0.2.1")
    assert [ConnectionLimit(1, 2, ["*"]).enter("192.0.2.1") for _ in range(2)] == [True, True]


@pytest.mark.parametrize("rest", [b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"])
def test_an_unfinished_request_waits_for_the_answer_before_it(rest: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 0.4)
    began = time.monotonic()
    with serving() as port, closing(connected(port)) as connection:
        connection.sendall(SLOW)
        time.sleep(0.1)  # packets of their own
        connection.sendall(rest)
        text = answer(connection)
    assert status(text) == 200
    assert b"slow but whole" in text
    assert status(text.partition(b"slow but whole")[2]) == 408, "and then its own time is over"
    assert time.monotonic() - began > SLOW_SECONDS


@pytest.mark.parametrize(
    "rest", [b"\0\0\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, b"GET / HTTP/1.1\r\n: \r\n"]
)
def test_a_refusal_never_stands_for_the_answer_before_it(rest: bytes) -> None:
    with serving() as port, closing(connected(port)) as connection:
        connection.sendall(SLOW)
        time.sleep(0.1)  # packets of their own
        connection.sendall(rest)
        assert answer(connection) == b""


def test_bad_requests_do_not_flood_the_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "NOTED", OnceIn(60.0))
    with caplog.at_level(logging.WARNING, "uvicorn.error"), serving(log_level="warning") as port:
        for address in ["127.0.0.1"] * 20 + ["127.0.0.2"] * 20:
            with closing(connected(port, address)) as connection:
                connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
                assert status(answer(connection)) == 400
    said = [record.getMessage() for record in caplog.records if "Invalid HTTP" in record.getMessage()]
    assert said == [f"Invalid HTTP request received (127.0.0.{n}; once a minute)." for n in (1, 2)]


@pytest.mark.parametrize("rest", [b"\0\0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\0\0\r\n\r\n"])
def test_leaving_before_the_answer_is_no_error_of_the_program(rest: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), serving(log_level="error") as port:
        with closing(connected(port)) as connection:
            connection.sendall(SLOW)
            time.sleep(0.1)
            connection.sendall(rest)
            time.sleep(0.1)
        time.sleep(SLOW_SECONDS + 0.3)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
