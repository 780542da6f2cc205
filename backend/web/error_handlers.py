"""Turns every error into an RFC 9457 problem document, without a traceback or a path in it."""

import json
import logging
import secrets
import traceback
from collections.abc import Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import Damaged, Refusal
from backend.web.rate_limit import WINDOW_SECONDS
from shared.schemas import Problem

log = logging.getLogger("radiomiclens")

TITLES = {
    400: "Bad request",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not this way",
    409: "Conflict",
    412: "Another version",
    413: "Too large",
    415: "Unknown format",
    422: "Cannot be used",
    423: "In use",
    429: "Too many requests",
    460: "Damaged on the way",
    500: "Server error",
    503: "Not now",
    507: "Disk full",
}
RETRY_AFTER_SECONDS = {429: WINDOW_SECONDS, 503: 5.0}
"""When a refused request may be sent again."""
DETAILS = {
    400: "The request could not be read; check that its body is valid JSON.",
    404: "There is nothing at this address; check its spelling.",
    405: "This address exists but does not answer this method.",
    413: "The request is larger than this server accepts; send less at once.",
}
VALIDATION_ERRORS_SHOWN = 20
"""Most errors of one request that an answer lists; a long invalid body would be answered with a longer one."""


def problem_response(status: int, code: str, sentence: str, errors: list[dict[str, object]] | None = None) -> Response:
    """A problem document as a response, in ASCII, so that no character of a request can break it."""
    body = Problem(
        title=TITLES.get(status, "Error"), status=status, detail=sentence, code=code, errors=errors or []
    ).model_dump()
    headers = {"Retry-After": f"{RETRY_AFTER_SECONDS[status]:.0f}"} if status in RETRY_AFTER_SECONDS else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps(body), status, headers, media_type="application/problem+json")


def add_handlers(app: FastAPI) -> None:
    """Map every error of `backend.errors`, of validation and of the framework to a problem document."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(Damaged, _damaged)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    answer = problem_response(error.status, error.code, error.sentence)
    answer.headers.update(error.headers)
    return answer


async def _damaged(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Damaged)
    log.error("damaged data: %s", error.sentence)
    return problem_response(500, "damaged", error.sentence)


async def _invalid(_request: Request, error: Exception) -> Response:
    """The answer to an invalid request: each field with its error, never with the value that came."""
    assert isinstance(error, RequestValidationError)
    found = [{"field": _field(e["loc"]), "message": str(e["msg"])} for e in error.errors()[:VALIDATION_ERRORS_SHOWN]]
    first = found[0]
    more = f" ({len(error.errors()) - 1} more)" if len(error.errors()) > 1 else ""
    sentence = f"{first['field'][:80]}: {first['message'][:200]}{more}."
    return problem_response(422, "invalid", sentence, [dict(e) for e in found])


def _field(place: Sequence[str | int]) -> str:
    """Where a mistake is; words such as `[own]` only tell which of several types was tried."""
    return ".".join(str(part) for part in place[1:] if not str(part).startswith("[")) or str(place[0])


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    answer = problem_response(status, f"http-{status}", DETAILS.get(status, TITLES.get(status, "Error") + "."))
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    if status == 405:
        answer.headers["Allow"] = ", ".join(_methods(request))
    return answer


def _methods(request: Request) -> list[str]:
    """Every method of an address, for `Allow`; the framework gives those of its first route only."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path_regex.match(request.scope["path"]):
            found |= route.methods or set()
    return sorted(found)


class UnexpectedErrors:
    """Middleware: an unexpected error becomes a 500 with a reference, under which the log has its place.

    The log gets the type and the place but not the text: exception texts carry file and patient names.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http":
                raise
            reference = secrets.token_hex(4)
            log.error("unexpected error %s: %s at %s", reference, type(error).__name__, _location(error))
            if not started:
                sentence = f"Something went wrong on the server; its log has the place under reference {reference}."
                await problem_response(500, "unexpected", sentence)(scope, receive, send)


def _location(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
