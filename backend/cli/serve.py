"""`radiomiclens serve`: dashboard, API and worker; one address to open; Ctrl-C ends all of it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.data_dir import DataDir, as_environment, settings_of
from backend.errors import BadSettings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from backend.settings import Settings

SECONDS_TO_STOP = 15
SECONDS_TO_FINISH_ANSWERS = 3


def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind; 127.0.0.1 unless told.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of dashboard and API; 8501.")] = None,
    ui_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="A second port for the same dashboard and API.")
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="No sign-in: whoever reaches the port is admin; loopback only.")
    ] = False,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Start no worker; one runs elsewhere.")] = False,
    api_only: Annotated[bool, typer.Option("--api-only", help="The API without the dashboard.")] = False,
    ui_processes: Annotated[
        int | None, typer.Option(min=0, max=32, help="Processes of the dashboard's own; 0 runs it in this one.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty data folder with a demo cohort.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Start dashboard, API and worker, and print the one address to open."""
    settings = settings_of(data_dir, host=host, port=port, auth=False if no_auth else None, ui_processes=ui_processes)
    _exit_on_signals()
    with _bound(settings, ui_port) as sockets:
        _prepare(settings)
        with nullcontext() if no_worker else _worker(settings):
            if demo:
                _submit_demo(settings)
            with _dashboards(settings, 0 if api_only else settings.ui_processes) as dashboards:
                _serve(settings, sockets, dashboards, api_only=api_only)


def _exit_on_signals() -> None:
    """Ctrl-C and SIGTERM unwind the stack, so that every `finally` runs; a second one cannot interrupt that."""

    def leave(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)


@contextmanager
def _bound(settings: "Settings", ui_port: int | None) -> Iterator[list[socket.socket]]:
    """The listening sockets; taken before anything else starts, so that a busy port costs nothing."""
    from backend.access.tokens import check_exposure

    check_exposure(settings)
    ports = list(dict.fromkeys([settings.port, ui_port or settings.port]))
    sockets: list[socket.socket] = []
    try:
        sockets.extend(_listen(settings.host, port) for port in ports)  # keeps those that worked if one does not
        yield sockets
    finally:
        for each in sockets:
            each.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        raise BadSettings(
            f"The address {host} cannot be resolved; use 127.0.0.1 or an address of this machine."
        ) from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        why = os.strerror(error.errno or 0).lower()
        raise BadSettings(f"Port {port} on {host} cannot be used ({why}); choose another with --port.") from None
    return bound


def _prepare(settings: "Settings") -> None:
    from backend.storage.prepare import prepare_data_folder

    prepare_data_folder(settings)


def _submit_demo(settings: "Settings") -> None:
    from backend.jobs.demo import submit_demo

    submit_demo(settings)


@contextmanager
def _worker(settings: "Settings") -> Iterator[None]:
    """A worker as a child in its own session; the end of its stdin tells it that we are gone, whatever killed us."""
    child = subprocess.Popen(
        [sys.executable, "-m", "backend.cli.main", "worker"],
        stdin=subprocess.PIPE,
        env=as_environment(settings),
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.terminate()
        try:
            child.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@contextmanager
def _dashboards(settings: "Settings", number: int) -> Iterator[list[Path]]:
    """The sockets of so many processes of the dashboard."""
    from backend.cli.ui_processes import ui_processes

    with ui_processes(settings, number) as started:
        yield [each.path for each in started]


def _serve(settings: "Settings", sockets: list[socket.socket], dashboards: list[Path], *, api_only: bool) -> None:
    import uvicorn
    from uvicorn.config import LOGGING_CONFIG

    from backend.cli.open_file_limit import raise_descriptor_limit
    from backend.operations import json_lines
    from backend.web.connection_limit import ConnectionLimit
    from backend.web.http_limits import LimitedHttp
    from backend.web.preload import freeze_gc
    from backend.web.proxy_user import behind_proxies

    as_json = json_lines.configure(settings)
    application = behind_proxies(_application(settings, dashboards, api_only=api_only), settings)
    if as_json and not api_only:
        from backend.web.streamlit_logs import streamlit_logs_as_json

        streamlit_logs_as_json()
    freeze_gc()
    raise_descriptor_limit()
    # loopback and proxies: every page has a connection of the browser and one of the dashboard's own reads
    per_crowd = 2 * settings.sockets + settings.connections_per_address
    limit = ConnectionLimit(settings.connections_per_address, per_crowd, settings.trusted_proxies)
    config = uvicorn.Config(
        application,
        http=partial(LimitedHttp, limit),  # type: ignore[arg-type] # called as the class would be
        proxy_headers=False,  # behind_proxies believes those that are named
        log_config=None if as_json else LOGGING_CONFIG,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH_ANSWERS,
    )
    typer.echo(f"RadiomicLens is at {address_to_open(settings)}")
    typer.echo("Ctrl-C ends it.")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets)


def _application(settings: "Settings", dashboards: list[Path], *, api_only: bool) -> "ASGIApp":
    if api_only:
        from backend.app import create_app

        return create_app(settings)
    from backend.asgi import create_site

    return create_site(settings, dashboards)


def address_to_open(settings: "Settings") -> str:
    """The address for the browser; with sign-in, one that signs it in once."""
    from backend.access.tokens import create_owner_token
    from backend.storage.database import Database
    from backend.web.server_address import local_url

    if not settings.auth:
        return f"{local_url(settings)}/overview"
    database = Database(settings)
    try:
        with database.write() as session:
            return f"{local_url(settings)}/login#{create_owner_token(session, 'login')}"
    finally:
        database.close()
