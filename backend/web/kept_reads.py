"""Gives the answer to a read again that somebody who sees the same has asked for, without reading the database anew.

Most reads of a busy server ask for what another reader asked for a moment ago. Which answer is given again follows from
its key: the state of the database (`ChangeCounter`), what the caller may see (`view_key`) and the address. The sign-in
is checked and the key is worked out anew for every request. So nobody gets another answer than the routes would give.
Answers about a stored analysis never change; their key leaves the state out.

Readers who ask for the same at the same moment wait for the first of them, and not each in a thread of its own.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import Request
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.access.view import view_key
from backend.errors import Refusal
from backend.storage.change_counter import ChangeCounter
from backend.storage.database import Database
from backend.web.authorization import authorization_matrix, current_sign_in, current_user
from backend.web.kept_bodies import ANY_STATE, KeptBodies, KeptBody, Key, Views
from backend.web.project_access import LOCAL_SIGN_IN
from shared.schemas import Me

NEVER_CHANGES = (
    "/analyses/{analysis_id}/ranking",
    "/analyses/{analysis_id}/groups",
    "/analyses/{analysis_id}/representation",
    "/analyses/{analysis_id}/evidence/{feature}",
    "/comparisons/{comparison_id}/features",
)
WHILE_NOTHING_CHANGES = (
    "/analyses",
    "/analyses/{analysis_id}",
    "/analyses/{analysis_id}/cases-for-feature/{feature}",
    "/analyses/{analysis_id}/map",
    "/cohorts",
    "/cohorts/{cohort_id}",
    "/cohorts/{cohort_id}/cases",
    "/cohorts/{cohort_id}/clinical",
    "/cohorts/{cohort_id}/regions",
    "/cohorts/{cohort_id}/subgroup",
    "/cohorts/{cohort_id}/quality/cases",
    "/cases/{case_id}/radiomics",
    "/comparisons",
    "/comparisons/matrix",
    "/comparisons/{comparison_id}",
    "/encoders",
    "/radiomics",
    "/trajectories",
    "/trajectories/{trajectory_id}",
)
FILE_TO_KEEP = ".csv"
"""Ends the address of a table that somebody takes away, which is noted each time."""
LOOKING_THREADS = 8
DROPPED_HEADERS = {b"content-length"}


@dataclass(slots=True)
class KeptState:
    """What the middleware holds while the API runs."""

    database: Database
    counter: ChangeCounter
    views: Views = field(default_factory=Views)
    bodies: KeptBodies = field(default_factory=KeptBodies)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(LOOKING_THREADS, "kept-reads"))
    """Only for sign-ins and keys, so that a kept answer does not wait for somebody's slow one."""

    def close(self) -> None:
        """End the threads and close the counter's connection."""
        self.threads.shutdown()
        self.counter.close()


class KeptReads:
    """Middleware, innermost: answers kept reads, and keeps the answers that the application gives to others.

    Args:
        app: the routes.
        prefix: of their addresses.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self._never = _any_of(prefix, NEVER_CHANGES)
        self._while = _any_of(prefix, WHILE_NOTHING_CHANGES)
        self._made: dict[Key, asyncio.Future[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not self._is_kept(scope["path"]):
            await self.app(scope, receive, send)
            return
        state: KeptState = scope["app"].state.kept_reads
        request = Request(scope, receive)
        found = await _look(request, state)
        if found is None:  # the route says what is wrong
            await self.app(scope, receive, send)
            return
        now, view = found
        state.bodies.enter(now)
        never = self._never.fullmatch(scope["path"]) is not None
        key = (ANY_STATE if never else now, view, scope["path"], scope["query_string"].decode("latin-1"))
        if key in self._made:
            await asyncio.wait([self._made[key]])
        answer = state.bodies.get(key)
        if answer is None:
            await self._make(key, found, state, request, send)
        else:
            scope["route"] = answer.route
            await answer.response(request.headers.get("if-none-match"))(scope, receive, send)

    def _is_kept(self, path: str) -> bool:
        if path.endswith(FILE_TO_KEEP):
            return False
        return self._never.fullmatch(path) is not None or self._while.fullmatch(path) is not None

    async def _make(self, key: Key, before: tuple[str, str], state: KeptState, request: Request, send: Send) -> None:
        """Let the application answer, and keep what it says.

        Only where nothing was committed meanwhile: else a caller who has just been let in would leave an answer under
        the view from before, for others who have that view still.
        """
        heard = _Heard()
        done = self._made.setdefault(key, asyncio.get_running_loop().create_future())
        try:
            await self.app(request.scope, request.receive, heard.hear)
            answer = heard.answer(request.scope.get("route"))
            if answer is not None and await _look(request, state) == before:
                state.bodies.put(key, answer)
        finally:
            if not done.done():
                done.set_result(None)
            self._made.pop(key, None)
        if answer is None:
            for message in heard.messages:
                await send(message)
        else:
            await answer.response(request.headers.get("if-none-match"))(request.scope, request.receive, send)


class _Heard:
    """The messages of an answer: small ones as a whole."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def hear(self, message: Message) -> None:
        self.messages.append(message)

    def answer(self, route: object) -> KeptBody | None:
        """The answer to keep; None for anything but a plain 200."""
        start, *parts = self.messages or [{}]
        names = {name for name, _ in start.get("headers", [])}
        if start.get("status") != 200 or b"set-cookie" in names or any(part.get("more_body") for part in parts[-1:]):
            return None
        body = b"".join(part.get("body", b"") for part in parts)
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in start["headers"]
            if name not in DROPPED_HEADERS
        }
        return KeptBody(body, headers, hashlib.sha256(body).hexdigest()[:40], route)


async def _look(request: Request, state: KeptState) -> tuple[str, str] | None:
    """`_now_and_view` in a thread."""
    look = partial(copy_context().run, _now_and_view, request, state)
    return await asyncio.get_running_loop().run_in_executor(state.threads, look)


def _now_and_view(request: Request, state: KeptState) -> tuple[str, str] | None:
    """The state of the database and what the caller sees in it; None where nothing kept may be given."""
    now = state.counter.now()  # before the rest: what is read later is as new or newer
    if now is None:
        return None
    try:
        sign_in = current_sign_in(request)
        user, local = sign_in.user, sign_in.token_id == LOCAL_SIGN_IN
        return now, state.views.of((user.name, user.role), now, lambda: _view(state.database, user, local))
    except Refusal:
        return None


def _view(database: Database, user: Me, local: bool) -> str:
    with database.read() as session:
        return view_key(session, user, local=local)


def _any_of(prefix: str, paths: Sequence[str]) -> re.Pattern[str]:
    patterns = (re.sub(r"\?P<[^>]+>", "?:", compile_path(prefix + path)[0].pattern) for path in paths)
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def check_kept_routes(app: FastAPI, prefix: str) -> None:
    """Raises LookupError where an address that is kept is no route of viewers, or its answer depends on who asks."""
    kept = {prefix + path for path in (*NEVER_CHANGES, *WHILE_NOTHING_CHANGES)}
    pattern = _any_of("", sorted(kept))
    policies = {rule.path: rule.policy for rule in authorization_matrix(app) if rule.method == "GET"}
    for path in sorted(kept - policies.keys()):
        raise LookupError(f"{path} is kept, but there is no such route")
    for context in iter_route_contexts(app.routes):
        path, route = str(context.path), context.original_route
        looks_like_one = pattern.fullmatch(re.sub(r"\{[^}]+\}", "x", path)) and not path.endswith(FILE_TO_KEEP)
        if "GET" not in (context.methods or ()) or not looks_like_one or not isinstance(route, APIRoute):
            continue
        by_person = {current_user, current_sign_in} & {part.call for part in route.dependant.dependencies}
        if path not in kept or policies[path] != "viewer" or by_person:
            raise LookupError(f"{path} would be kept, but its answer is not the same for every viewer")
