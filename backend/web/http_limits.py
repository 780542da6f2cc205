"""Limits of an HTTP connection: their number, size of the head, time for head and body. Uvicorn has none of its own.

A head above `MAX_HEAD_BYTES` is answered with 431, one that takes longer than `HEAD_SECONDS` with 408. So is a body
that makes no progress for `BODY_SECONDS`, or comes slower than `BODY_RATE`. The connection is closed each time.
Without these limits one endless header keeps the server's only thread busy: the parser joins its pieces every time.
Trailers count as a head and are dropped: they come after the checks of the headers. A body in many tiny pieces and one
that goes on after its answer cost the server far more than the visitor, so they end the connection, too. So does a
visitor who takes nothing of an answer for `ANSWER_SECONDS`. A refusal is never written where the answer to an earlier
request of the connection is still due: it would be taken for that answer.
"""

import sys
import termios
from asyncio import TimerHandle, Transport
from fcntl import ioctl
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from backend.web.connection_limit import ConnectionLimit
from backend.web.once_in import OnceIn
from backend.web.quiet_log import MINUTE_SECONDS, QuietLog

NOTED = OnceIn(MINUTE_SECONDS)
"""Warnings about an address that stand in the log already."""
MAX_HEAD_BYTES = 65_536
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
BODY_RATE = 500.0
"""Bytes a second; slower ones would hold a connection for days."""
ANSWER_SECONDS = 30.0
MAX_TINY_PIECES = 1_000
"""Pieces of a body that may be smaller than `TINY_BYTES` on average."""
TINY_BYTES = 64
BODY_HEADERS = {b"content-length", b"transfer-encoding"}
MAX_UNREAD_BYTES = 1_000_000
"""Of a body that goes on after its answer."""
SENTENCES = {
    400: "This server does not read such a body: it belongs to a websocket, or comes in too many tiny pieces.",
    431: "The head of this request is larger than this server accepts.",
    408: "The request did not arrive in time.",
    429: "Too many connections are open from this address; close some and try again.",
}


class LimitedHttp(HttpToolsProtocol):
    """Uvicorn's HTTP protocol with limits; `partial(LimitedHttp, limit)` is given to `uvicorn.Config(http=...)`."""

    def __init__(self, limit: ConnectionLimit, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._limit = limit
        self._counted = False
        self._in_head = True
        self._in_body = False
        self._begun: list[RequestResponseCycle] = []
        self._is_handed_on = False  # whether `cycle` is of the request that arrives now
        self._head_bytes = 0
        self._timer: TimerHandle | None = None
        self._waiting: TimerHandle | None = None
        self._progress = self._body_began = 0.0
        self._pieces = 0
        self._body_bytes = 0
        self._unread_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Counts the connection and starts the time for the first head."""
        super().connection_made(transport)
        self.logger = QuietLog(self.logger, self._address, NOTED)  # type: ignore[assignment] # it is used as one
        self._counted = self._limit.enter(self._address)
        if self._counted:
            self._start_timer(HEAD_SECONDS)
        else:
            self._refuse(429)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the timers."""
        self._stop_timer()
        self._stop_waiting()
        self._leave()
        self._end_answers()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parses what arrived; refuses a head that is too large."""
        if self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._in_head and self._timer is None:
            self._start_timer(HEAD_SECONDS)
        super().data_received(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head = True

    def send_400_response(self, msg: str) -> None:
        """Uvicorn's answer to what is no HTTP, unless an earlier one is due."""
        self._stop_timer()
        if not self._is_answer_due():
            super().send_400_response(msg)
        self._close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; after the head it is a trailer, which nobody here reads."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: its size is checked before the application sees it."""
        self._in_head, self._in_body = False, True
        self._head_bytes = self._pieces = self._body_bytes = self._unread_bytes = 0
        if self.transport.is_closing():
            return
        self._start_timer(BODY_SECONDS)
        self._body_began = self._progress
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > MAX_HEAD_BYTES:
            self._refuse(431)
        elif self._should_upgrade() and any(name in BODY_HEADERS for name, _ in self.headers):
            self._refuse(400)  # the protocol that takes over would wait for the body, for ever
        else:
            before = self.cycle
            super().on_headers_complete()
            if self.cycle is not before:  # a websocket has none
                self._is_handed_on = True
                self._begun = [cycle for cycle in (*self._begun, self.cycle) if not cycle.response_complete]

    def on_body(self, body: bytes) -> None:
        """A part of the body arrived, which is progress."""
        if self.transport.is_closing():
            return
        self._progress = self.loop.time()  # no new timer for each piece: that costs more than the piece
        self._head_bytes = 0
        self._pieces += 1
        self._body_bytes += len(body)
        if self._pieces > MAX_TINY_PIECES and self._body_bytes < self._pieces * TINY_BYTES:
            self._refuse(400)
            return
        if self.cycle is not None and self.cycle.response_complete:
            self._unread_bytes += len(body)
            if self._unread_bytes > MAX_UNREAD_BYTES:
                self._stop_timer()
                self._close()
                return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; the answer may take its time."""
        self._in_body, self._in_head, self._head_bytes = False, True, 0
        self._stop_timer()
        if not self.transport.is_closing():
            super().on_message_complete()
        self._is_handed_on = False

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes over, without these limits; the dashboard's gate counts its connections."""
        self._stop_timer()
        self._stop_waiting()
        self._leave()
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """The visitor takes the answer slower than it is made."""
        super().pause_writing()
        self._wait_for_reader()

    def on_response_complete(self) -> None:
        """The answer is made; what the visitor has not taken yet waits for a limited time only."""
        super().on_response_complete()
        self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        if self.transport.get_write_buffer_size() and self._waiting is None:
            self._waiting = self.loop.call_later(ANSWER_SECONDS, self._waited, self._not_taken())

    def _waited(self, before: int) -> None:
        self._waiting = None
        if self._not_taken() == before and self.transport.get_write_buffer_size():
            self._end_answers()
            self.transport.abort()  # closing would wait for the visitor, too
        else:
            self._wait_for_reader()

    def _not_taken(self) -> int:
        """Bytes of answers that wait here and in the kernel, whose buffer hides a slow visitor's progress."""
        try:
            queued = ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
        except (OSError, ValueError):
            queued = b""
        return self.transport.get_write_buffer_size() + int.from_bytes(queued, sys.byteorder)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._progress = self.loop.time()
        self._timer = self.loop.call_later(seconds, self._expired)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expired(self) -> None:
        now = self.loop.time()
        if self._in_body and self.flow.read_paused:  # the application is slow, not the visitor
            self._start_timer(BODY_SECONDS)
            self._body_began = now - self._body_bytes / BODY_RATE
        elif self._in_body and (left := self._body_seconds_left(now)) > 0:
            self._timer = self.loop.call_later(left, self._expired)
        elif not self._in_body and self._is_answer_due():
            self._start_timer(HEAD_SECONDS)
        else:
            self._refuse(408)

    def _body_seconds_left(self, now: float) -> float:
        """Until the body counts as stopped, or as slower than `BODY_RATE`."""
        return min(self._progress, self._body_began + self._body_bytes / BODY_RATE) + BODY_SECONDS - now

    def _is_answer_due(self) -> bool:
        """Whether a request before the one that arrives now waits for its answer."""
        unanswered = self.cycle is not None and not self.cycle.response_complete
        return bool(self.pipeline) or (unanswered and not self._is_handed_on)

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _leave(self) -> None:
        if self._counted:
            self._counted = False
            self._limit.leave(self._address)

    def _refuse(self, status: int) -> None:
        """Answers with one sentence where no answer has begun, and closes."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        answered = self._is_handed_on and self.cycle.response_started
        if not answered and not self._is_answer_due():
            sentence = SENTENCES[status].encode()
            head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: "
            self.transport.write(STATUS_LINE[status] + head + str(len(sentence)).encode() + b"\r\n\r\n" + sentence)
        self._close()

    def _close(self) -> None:
        self._end_answers()
        self.transport.close()

    def _end_answers(self) -> None:
        """Uvicorn tells the newest request only that nobody reads; an older one would write, and fill the log."""
        for cycle in self._begun:
            cycle.disconnected = cycle.disconnected or not cycle.response_complete
            cycle.message_event.set()
