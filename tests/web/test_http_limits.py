"""Limits of a connection, against a real server: each would stop or fill a server without them."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from backend.web import http_limits
from tests.web.limited_server import LARGE, answer, connected, serving, status


@pytest.fixture
def port() -> Iterator[int]:
    with serving() as port:
        yield port


def test_an_ordinary_request_passes(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
        text = answer(connection)
    assert status(text) == 200
    assert text.endswith(b"3|")


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nX-Long: ", b"GET / HTTP/1.1\r\nCookie: ", b"GET /"])
def test_an_endless_head_is_cut_off(port: int, start: bytes) -> None:
    began, sent = time.monotonic(), 0
    with closing(connected(port)) as connection:
        connection.sendall(start)
        try:
            for _ in range(640):  # 40 MB
                connection.sendall(b"a" * 65_536)
                sent += 65_536
        except (BrokenPipeError, ConnectionResetError):
            pass
        text = answer(connection)
    assert text == b"" or status(text) == 431  # a reset may overtake the answer
    assert sent < 20_000_000
    assert time.monotonic() - began < 5


def test_a_large_head_gets_the_answer_431(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n")
        assert status(answer(connection)) == 431


def test_many_small_headers_count_together(port: int) -> None:
    with closing(connected(port)) as connection:
        lines = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 50) for n in range(2000))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n")
        assert status(answer(connection)) == 431


def test_a_large_body_is_no_large_head(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n"
    with closing(connected(port)) as connection:
        connection.sendall(head + b"a" * 200_000)
        text = answer(connection)
    assert status(text) == 200
    assert text.endswith(b"200000|")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost:"])
def test_a_head_that_does_not_come_ends_the_connection(port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.3)
    with closing(connected(port)) as connection:
        connection.sendall(sent)
        assert status(answer(connection)) == 408


def test_single_bytes_do_not_keep_a_slow_head_alive(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.5)
    with closing(connected(port)) as connection:
        connection.settimeout(0.1)
        parts: list[bytes] = []
        for _ in range(100):
            try:
                connection.sendall(b"G")
                parts.append(connection.recv(4096))
                break
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break
        else:
            pytest.fail("the connection is still open after 10 s")
    assert len(parts) <= 1


def test_a_body_without_progress_ends_the_connection_and_progress_keeps_it(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 1.0)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\nConnection: close\r\n\r\n"
    with closing(connected(port)) as connection:
        connection.sendall(head + b"abc")
        assert status(answer(connection)) == 408
    with closing(connected(port)) as connection:
        connection.sendall(head)
        for _ in range(10):
            time.sleep(0.2)
            connection.sendall(b"a" * 300)
        assert status(answer(connection)) == 200


def test_a_body_that_drips_is_cut_off_although_it_never_pauses(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 1.0)
    began = time.monotonic()
    with closing(connected(port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n")
        connection.settimeout(0.05)
        text = b""
        while not text and time.monotonic() - began < 8:
            connection.sendall(b"a")
            try:
                text = connection.recv(4096)
            except TimeoutError:
                continue
    assert status(text) == 408
    assert 0.9 < time.monotonic() - began < 3


def test_a_connection_may_be_used_again_after_a_pause(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.3)
    with closing(connected(port)) as connection:
        for _ in range(2):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert status(connection.recv(65536)) == 200
            time.sleep(0.6)


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def cut_off(port: int, start: bytes, piece: bytes, total: int) -> tuple[int, bytes]:
    """The bytes that could be sent, up to `total`, and the answer."""
    sent = 0
    with closing(connected(port)) as connection:
        connection.sendall(start)
        try:
            while sent < total:
                connection.sendall(piece)
                sent += len(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return sent, answer(connection)


@pytest.mark.parametrize(
    ("start", "piece"),
    [(b"0\r\nX-Long: ", b"a" * 65_536), (b"0\r\n", b"a: b\r\n" * 10_000), (b"1;x=", b"a" * 65_536)],
    ids=["one trailer", "many trailers", "chunk extension"],
)
def test_what_follows_a_head_without_being_body_is_cut_off(port: int, start: bytes, piece: bytes) -> None:
    sent, text = cut_off(port, CHUNKED + start, piece, 40_000_000)
    assert sent < 20_000_000
    assert text == b"" or status(text) == 431


def test_a_body_in_tiny_pieces_is_cut_off(port: int) -> None:
    sent, text = cut_off(port, CHUNKED, b"1\r\na\r\n" * 10_000, 40_000_000)
    assert sent < 20_000_000
    assert text == b"" or status(text) == 400


def test_trailers_do_not_become_headers(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(CHUNKED + b"3\r\nabc\r\n0\r\nX-Trailer: b\r\n\r\n")
        assert connection.recv(65536).endswith(b"3|")


def test_a_body_that_goes_on_after_its_answer_is_cut_off(port: int) -> None:
    head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n"
    sent, text = cut_off(port, head, b"a" * 65_536, 80_000_000)
    assert sent < 40_000_000
    assert text == b"" or status(text) == 405


@pytest.mark.parametrize("header", [b"Content-Length: 10", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("part", [b"", b"abc"])
def test_a_websocket_that_announces_a_body_ends_at_once(port: int, header: bytes, part: bytes) -> None:
    head = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    with closing(connected(port)) as connection:
        connection.sendall(head + header + b"\r\n\r\n" + part)
        assert status(answer(connection)) == 400


def test_a_large_body_in_ordinary_chunks_passes(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(CHUNKED + (b"1000\r\n" + b"a" * 4096 + b"\r\n") * 200 + b"0\r\n\r\n")
        assert connection.recv(65536).endswith(b"819200|")


def slow_reader(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", port))
    connection.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    return connection


def test_a_visitor_who_takes_nothing_of_an_answer_is_let_go(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "ANSWER_SECONDS", 0.3)
    with closing(slow_reader(port)) as connection:
        time.sleep(1.5)
        assert len(answer(connection)) < LARGE


def test_a_visitor_who_takes_an_answer_slowly_gets_it_whole(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "ANSWER_SECONDS", 0.5)
    with closing(slow_reader(port)) as connection:
        taken = 0
        for _ in range(10):
            time.sleep(0.1)
            for _ in range(20):
                taken += len(connection.recv(65_536))
        assert taken + len(answer(connection)) > LARGE
