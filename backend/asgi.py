"""One origin for the browser: dashboard, API and entrance pages on one port (docs/decisions/0002-one-origin.md)."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap

from backend.app import create_app
from backend.settings import Settings
from backend.web.dashboard_gate import DashboardGate, SocketLimits
from backend.web.dashboard_processes import PROCESS_COOKIE, DashboardProcesses
from backend.web.middleware import KnownHosts, SameOrigin, SecurityHeaders
from backend.web.observed import DASHBOARD as DASHBOARD_ROUTE
from backend.web.observed import Observed
from backend.web.preload import preload_dashboard
from backend.web.server_address import local_url
from backend.web.session_sweep import SECONDS_KEPT, sweep_sessions
from backend.web.streamlit_files import StreamlitFiles, StreamlitFilesMiddleware
from backend.web.streamlit_index import INDEX, index_html, script_hashes
from backend.web.visitor import visitor_of
from shared.environment import API_URL_VARIABLE

Endpoint = Callable[[Request], Awaitable[Response]]
DASHBOARD = Path(__file__).parent.parent / "frontend" / "app.py"
ENTRANCE = Path(__file__).parent / "web" / "static"
ENTRANCE_FILES = {
    "enter.js": "text/javascript",
    "done.js": "text/javascript",
    "signin.js": "text/javascript",
    "join.js": "text/javascript",
    "shared.js": "text/javascript",
    "shared.css": "text/css",
    "enter.css": "text/css",
    "mark.svg": "image/svg+xml",
}
FONTS = tuple(f"inter-{part}-wght-normal.woff2" for part in ("latin", "latin-ext", "greek"))
FONT_HEADERS = {"Cache-Control": "public, max-age=604800"}
ENTRANCE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DASHBOARD_POLICY = (
    "default-src 'self'; "
    f"script-src 'self' {script_hashes()} 'wasm-unsafe-eval' blob:; "  # blob: components arrive as modules in the page
    "style-src 'self' 'unsafe-inline'; "  # emotion and Plotly write their styles into the page
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
ENTRANCES = ("/login", "/login/done", "/join", "/s")
PAGES_OF_THE_API = {"/shared": "/api/v1/shared/page", "/metrics": "/metrics"}
"""Addresses of the site that the API answers, and where it has them."""
STREAMLIT_OPTIONS: dict[str, object] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "logger.level": "warning",
    "runner.postScriptGC": False,  # session_sweep.py collects for all sessions together
    "server.disconnectedSessionTTL": SECONDS_KEPT,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.xsrfCookieSameSite": "strict",
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.showEmailPrompt": False,
    "server.maxUploadSize": 1,
    "global.developmentMode": False,
}


def create_site(settings: Settings, sockets: Sequence[Path] = ()) -> ASGIApp:
    """Dashboard at `/`, API at `/api/v1`, entrance pages at `/login` and `/s`; the dashboard reads the API over HTTP.

    Once it runs, its process is prepared for visitors, for good (`prepare_for_visitors`). With `sockets` the dashboard
    runs in the processes that listen there, else in this one. Streamlit keeps its options per process, so a process can
    serve one site.
    """
    api = create_app(settings)
    files = StreamlitFiles(INDEX.parent / "static")
    if sockets:
        processes = DashboardProcesses(sockets)
        routes = [*entrance_routes(), *page_routes(processes), Mount("/", processes)]
        front = Starlette(
            routes=routes,
            lifespan=lambda _site: _in_front(api, files, processes),
            middleware=site_middleware(settings, api, files),
        )
        return ApiFirst(api, front)
    os.environ.setdefault(API_URL_VARIABLE, local_url(settings))
    site = _streamlit(
        settings,
        lifespan=lambda _site: _running(api, files),
        routes=[*entrance_routes(), *page_routes()],
        middleware=site_middleware(settings, api, files),
    )
    return ApiFirst(api, site)


def create_dashboard(settings: Settings) -> ASGIApp:
    """The dashboard alone, for a process of `create_site` with sockets: whoever asks was let in there."""
    return _streamlit(settings, lifespan=_alone)


def _streamlit(settings: Settings, **parts: Any) -> st.App:
    hosts = [*settings.allowed_hosts, settings.host]
    options = {"server.address": settings.host, "server.port": settings.port, "browser.serverPort": settings.port}
    config._main_script_path = str(DASHBOARD)  # or the dashboard's own config.toml, with its theme, is not read
    bootstrap.load_config_options(STREAMLIT_OPTIONS | options | {"server.allowedHosts": [h.strip("[]") for h in hosts]})
    PagesManager.uses_pages_directory = False  # or a deep link runs its file without the frame
    return st.App(DASHBOARD, **parts)


def site_middleware(settings: Settings, api: FastAPI, files: StreamlitFiles) -> list[Middleware]:
    """What stands before the dashboard."""
    hosts = [*settings.allowed_hosts, settings.host]
    return [
        Middleware(Observed, figures=api.state.counted, route=DASHBOARD_ROUTE),
        Middleware(SecurityHeaders, content_policy=DASHBOARD_POLICY),
        Middleware(KnownHosts, hosts=hosts),
        Middleware(SameOrigin),
        Middleware(StreamlitFilesMiddleware, files=files, prefix="/static/"),
        Middleware(
            DashboardGate,
            who=lambda connection: visitor_of(api.state.database, connection, auth=settings.auth),
            entrance=signin_page,
            used=lambda visitor: api.state.token_uses.note(visitor.token_id),
            open_paths={*ENTRANCES, *(f"/entrance/{name}" for name in (*ENTRANCE_FILES, *FONTS))},
            limits=SocketLimits(settings.sockets_per_user, settings.sockets_per_address, settings.sockets),
        ),
    ]


@asynccontextmanager
async def _running(api: FastAPI, files: StreamlitFiles) -> AsyncIterator[None]:
    """The API's own start and end, inside the dashboard's: the server sends these events only to the outermost app."""
    async with api.router.lifespan_context(api):
        warming = asyncio.create_task(asyncio.to_thread(prepare_for_visitors, files))
        sweeping = asyncio.create_task(sweep_sessions())
        yield
        sweeping.cancel()
        await warming


@asynccontextmanager
async def _in_front(api: FastAPI, files: StreamlitFiles, processes: DashboardProcesses) -> AsyncIterator[None]:
    """The API's own start and end, and the clients of the dashboard's processes."""
    async with api.router.lifespan_context(api):
        processes.start()
        preparing = asyncio.create_task(asyncio.to_thread(files.prepare, index_html()))
        yield
        await preparing
        await processes.stop()


@asynccontextmanager
async def _alone(_site: st.App) -> AsyncIterator[None]:
    """The dashboard in a process of its own, loaded before its first visitor and swept."""
    loading = asyncio.create_task(asyncio.to_thread(preload_dashboard))
    sweeping = asyncio.create_task(sweep_sessions())
    yield
    sweeping.cancel()
    await loading


def prepare_for_visitors(files: StreamlitFiles) -> None:
    """Files first: they are what a browser asks for first."""
    files.prepare(index_html())
    preload_dashboard()


class ApiFirst:
    """Hands everything under `/api/` to the API, which stands alone behind its own middleware; the rest to the site.

    The dashboard's middleware would answer odd paths itself, without a problem document. The page of a share link is
    the API's, too: who holds a link gets nothing of the dashboard.
    """

    def __init__(self, api: ASGIApp, site: ASGIApp) -> None:
        self.api, self.site = api, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        of_api = scope["type"] == "http" and scope["path"].startswith("/api/")
        if scope["type"] == "http" and scope["path"] in PAGES_OF_THE_API:
            path, of_api = PAGES_OF_THE_API[scope["path"]], True
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await (self.api if of_api else self.site)(scope, receive, send)


def entrance_routes() -> list[BaseRoute]:
    """The pages that swap a link's token for a cookie, the files they load, and the type that every page is set in."""
    return [
        Route("/login", _page("login.html"), methods=["GET"]),
        Route("/login/done", _page("done.html"), methods=["GET"]),
        Route("/join", _page("join.html"), methods=["GET"]),
        Route("/s", _page("share.html"), methods=["GET"]),
        *(Route(f"/entrance/{name}", _file(name, kind), methods=["GET"]) for name, kind in ENTRANCE_FILES.items()),
        *(Route(f"/entrance/{name}", _font(name), methods=["GET"]) for name in FONTS),
    ]


def page_routes(processes: DashboardProcesses | None = None) -> list[BaseRoute]:
    """The addresses of the dashboard's pages; with `processes`, a page names the one that its browser belongs to."""
    html = index_html()

    async def answer(request: Request) -> Response:
        page = HTMLResponse(html, headers={"Cache-Control": "no-cache"})
        if processes is not None:
            page.set_cookie(PROCESS_COOKIE, str(processes.choose(request)), httponly=True, samesite="strict")
        return page

    names = sorted(path.stem for path in (DASHBOARD.parent / "pages").glob("[a-z]*.py"))
    return [Route(f"/{name}", answer, methods=["GET"]) for name in ("", *names)]


def signin_page() -> Response:
    """The page for a browser without a valid cookie: how to sign in."""
    return _entrance_file("signin.html", "text/html")


def _page(name: str) -> Endpoint:
    return _file(name, "text/html")


def _file(name: str, media_type: str) -> Endpoint:
    async def answer(_request: Request) -> Response:
        return _entrance_file(name, media_type)

    return answer


def _font(name: str) -> Endpoint:
    async def answer(_request: Request) -> Response:
        return FileResponse(ENTRANCE / name, media_type="font/woff2", headers=FONT_HEADERS)

    return answer


def _entrance_file(name: str, media_type: str) -> Response:
    headers = {"Content-Security-Policy": ENTRANCE_POLICY, "Cache-Control": "no-cache"}
    return FileResponse(ENTRANCE / name, media_type=media_type, headers=headers)
