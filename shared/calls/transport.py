"""HTTP transport of the client: one connection, typed answers, one kind of error."""

import ssl
from collections.abc import Iterator
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import TypeAdapter

from shared import schemas as s
from shared.calls.listed import Listed
from shared.cookies import SHARE_COOKIE

T = TypeVar("T")
NO_ANSWER = "no-answer"
"""The code of a problem made here, not by the server: it could not be reached."""


class ApiError(Exception):
    """An answer of 4xx or 5xx, or none at all (`NO_ANSWER`); `problem.detail` is the sentence to show."""

    def __init__(self, problem: s.Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Transport:
    """HTTP connection of one signed-in caller to one server.

    Args:
        base_url: address of the server, without `/api/v1`.
        token: an API or session token; None for a server that runs without sign-in.
        share_token: the cookie value of an opened share link, for `shared_view` only.
        transport: an httpx transport, for tests that have no socket.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        share_token: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 60.0,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        cookies = {SHARE_COOKIE: share_token} if share_token else None
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/api/v1",
            headers=headers,
            cookies=cookies,
            transport=transport,
            timeout=timeout,
            trust_env=False,
            verify=_certificates(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _send(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise ApiError(_unreachable()) from error
        if answer.is_error:
            raise ApiError(_problem(answer))
        return answer

    def _lines(self, path: str) -> Iterator[str]:
        """The lines of a streamed answer as they arrive, without a time limit."""
        try:
            with self._http.stream("GET", path, timeout=None) as answer:
                if answer.is_error:
                    raise ApiError(_problem(answer))
                yield from answer.iter_lines()
        except httpx.TransportError as error:
            raise ApiError(_unreachable()) from error

    def _pieces(self, path: str, **params: Any) -> Iterator[bytes]:
        """The bytes of a streamed answer as they arrive."""
        known = {name: value for name, value in params.items() if value is not None}
        try:
            with self._http.stream("GET", path, params=known) as answer:
                if answer.is_error:
                    raise ApiError(_problem(answer))
                yield from answer.iter_bytes()
        except httpx.TransportError as error:
            raise ApiError(_unreachable()) from error

    def _get(self, kind: type[T] | Any, path: str, **params: Any) -> T:
        known = {name: value for name, value in params.items() if value is not None}
        value: T = TypeAdapter(kind).validate_json(self._send("GET", path, params=known).content)
        return value

    def _post(self, kind: type[T] | Any, path: str, body: s.Schema | None = None, key: str | None = None) -> T:
        headers = {"Idempotency-Key": key} if key else {}
        content = None if body is None else body.wire()
        if content is not None:
            headers["Content-Type"] = "application/json"
        value: T = TypeAdapter(kind).validate_json(self._send("POST", path, content=content, headers=headers).content)
        return value

    def _all(self, kind: Any, path: str, **params: Any) -> Listed[Any]:
        items: Listed[Any] = Listed()
        cursor: str | None = None
        while True:
            page: s.Page[Any] = self._get(s.Page[kind], path, cursor=cursor, limit=500, **params)
            items += page.items
            items.unreadable += page.unreadable
            cursor = page.next_cursor
            if cursor is None:
                return items


@cache
def _certificates() -> ssl.SSLContext:
    """The certificates of trusted servers, read once: that takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=False)


def _unreachable() -> s.Problem:
    sentence = "The server does not answer; start it with `radiomiclens serve`."
    return s.Problem(title="No answer", status=503, detail=sentence, code=NO_ANSWER)


def _problem(answer: httpx.Response) -> s.Problem:
    answer.read()
    try:
        return s.Problem.model_validate_json(answer.content)
    except ValueError:
        sentence = f"The server answered {answer.status_code} without saying why."
        return s.Problem(title="Error", status=answer.status_code, detail=sentence, code="unknown")
