"""Limits of one HTTP connection: size of the head, time for head and body. Uvicorn's parser has none of its own.

A head above `MAX_HEAD_BYTES` is answered with 431, one that takes longer than `HEAD_SECONDS` and a body that makes no
progress for `BODY_SECONDS` with 408; the connection is closed each time. Without these limits a single endless header
keeps the server's only thread busy, because the parser joins its pieces anew with every packet.
"""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
SENTENCES = {
    431: "The head of this request is larger than this server accepts.",
    408: "The request did not arrive in time.",
}


class LimitedHttp(HttpToolsProtocol):
    """Uvicorn's HTTP protocol with limits; given to `uvicorn.Config(http=...)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._in_body = False
        self._head_bytes = 0
        self._timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Starts the time for the first head."""
        super().connection_made(transport)
        self._start_timer(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parses what arrived; refuses a head that is too large."""
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._timer is None:
                self._start_timer(HEAD_SECONDS)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """The head is whole: its size is checked before the application sees it."""
        self._in_head, self._head_bytes = False, 0
        if self.parser.should_upgrade():
            self._stop_timer()
        else:
            self._in_body = True
            self._start_timer(BODY_SECONDS)
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > MAX_HEAD_BYTES:
            self._refuse(431)
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body arrived, which is progress."""
        self._start_timer(BODY_SECONDS)
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; the answer may take its time."""
        self._in_body, self._in_head = False, True
        self._stop_timer()
        if not self.transport.is_closing():
            super().on_message_complete()

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._expired)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expired(self) -> None:
        if self._in_body and self.flow.read_paused:  # the application is slow, not the visitor
            self._start_timer(BODY_SECONDS)
            return
        self._refuse(408)

    def _refuse(self, status: int) -> None:
        """Answers with one sentence where no answer has begun, and closes."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not answering:
            sentence = SENTENCES[status].encode()
            head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: "
            self.transport.write(STATUS_LINE[status] + head + str(len(sentence)).encode() + b"\r\n\r\n" + sentence)
        self.transport.close()
