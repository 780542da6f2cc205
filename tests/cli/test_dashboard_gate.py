"""The gate before the dashboard, on a real server: what a stranger, another page and a withdrawn session get."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.cli.running import called, serving

PER_USER = 3


@dataclass(frozen=True)
class Site:
    """A running server: its origin, the owner's session, its data folder."""

    origin: str
    token: str
    folder: Path

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        headers = {"Cookie": cookie(token)} if token else {}
        return httpx.get(f"{self.origin}{path}", headers=headers, trust_env=False)

    def opened(self, **headers: str) -> ClientConnection:
        return connect(
            self.origin.replace("http", "ws") + "/_stcore/stream", additional_headers=headers, proxy=None, origin=None
        )

    def refusal(self, **headers: str) -> int:
        with pytest.raises(InvalidStatus) as caught, self.opened(**headers):
            pass
        return caught.value.response.status_code


def cookie(token: str) -> str:
    return f"radiomiclens_session={token}"


def signed_in(origin: str, address: str) -> str:
    answer = httpx.post(f"{origin}/api/v1/session", json={"token": address.partition("#")[2]}, trust_env=False)
    return str(answer.cookies["radiomiclens_session"])


@pytest.fixture(scope="module")
def proxy() -> Iterator[list[str]]:
    """A proxy that every program of this process's environment would use; the list holds who asked it for what."""
    calls: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_error(502)

        do_CONNECT = do_POST = do_GET  # noqa: N815 (the library's names)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    thread = Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
            patch.setenv(name, address)
        yield calls
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, proxy: list[str]) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("gate") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RADIOMICLENS_SOCKETS_PER_USER", str(PER_USER))
        with serving(folder, "--no-worker") as (_, address):
            origin = re.sub(r"(http://[^/]+).*", r"\1", address)
            yield Site(origin, signed_in(origin, address), folder)


def test_a_page_of_another_port_may_not_open_the_stream_with_the_users_cookie(site: Site) -> None:
    foreign = (
        "http://127.0.0.1:9",
        "http://localhost:9",
        "http://evil.example",
        "null",
        "http://[",
        f"{site.origin}0",
        f"ftp://{site.origin[7:]}",
        f"//{site.origin[7:]}",
        f"{site.origin}/x",
        f"http://u@{site.origin[7:]}",
    )
    for origin in foreign:
        assert site.refusal(Origin=origin, Cookie=cookie(site.token)) == 403, origin
    assert site.refusal(Cookie=cookie(site.token)) == 403, "a browser always names the page's origin"


def test_nothing_asks_the_world_whatever_a_visitor_sends(site: Site, proxy: list[str]) -> None:
    """Streamlit asks a public service for this machine's address when it meets an unknown Origin."""
    headers = {"Origin": "http://203.0.113.7:8501", "X-Forwarded-For": "203.0.113.7", "Cookie": cookie(site.token)}
    site.refusal(**headers)
    for path in ("/_stcore/health", "/_stcore/host-config", "/_stcore/message", "/overview", "/api/v1/me", "/media/x"):
        httpx.get(f"{site.origin}{path}", headers=headers, trust_env=False)
        httpx.post(f"{site.origin}{path}", headers=headers, trust_env=False)
    assert proxy == []


def test_a_stranger_opens_no_stream(site: Site) -> None:
    assert site.refusal(Origin=site.origin) == 401
    assert site.refusal(Origin=site.origin, Cookie=cookie("x" * 43)) == 401


def test_the_users_own_pages_open_it_up_to_a_number(site: Site) -> None:
    own = {"Origin": site.origin, "Cookie": cookie(site.token)}
    with ExitStack() as streams:
        for _ in range(PER_USER):
            streams.enter_context(site.opened(**own))
        assert site.refusal(**own) == 429
    with site.opened(**own):
        pass


@pytest.mark.parametrize("path", ["health", "metrics", "host-config", "script-health-check", "agent/openapi.json", "x"])
def test_nothing_of_streamlit_answers_a_stranger(site: Site, path: str) -> None:
    answer = site.get(f"/_stcore/{path}")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_nobody_uploads_into_streamlits_memory(site: Site, method: str) -> None:
    address, body = f"{site.origin}/_stcore/upload_file/session/file", b"a" * 100_000
    assert httpx.request(method, address, content=body, trust_env=False).status_code == 401
    headers = {"Cookie": cookie(site.token)}
    assert httpx.request(method, address, content=body, headers=headers, trust_env=False).status_code == 403


@pytest.mark.parametrize("folder", ["/static/", "/entrance/"])
@pytest.mark.parametrize("name", ["", "x", "js/x.js", "index.html/x", "%2e%2e/index.html", "..%2f..%2fetc/passwd"])
def test_an_unknown_file_is_not_streamlits_page(site: Site, folder: str, name: str) -> None:
    for token in (None, site.token):
        for method in ("GET", "POST"):
            headers = {"Cookie": cookie(token)} if token else {}
            answer = httpx.request(method, f"{site.origin}{folder}{name}", headers=headers, trust_env=False)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/login", "/s", "/entrance/enter.js", "/entrance/inter-latin-wght-normal.woff2"])
def test_the_entrance_is_open_to_everybody(site: Site, path: str) -> None:
    assert site.get(path).status_code == 200
    assert "streamlit" not in httpx.post(f"{site.origin}{path}", trust_env=False).text.lower()


@pytest.mark.parametrize("path", ["/", "/overview", "/cases", "/shared"])
def test_a_page_without_sign_in_is_plain_and_ours(site: Site, path: str) -> None:
    answer = site.get(path)
    assert "/static/" not in answer.text
    assert ("Open the whole link" if path == "/shared" else "Sign in to RadiomicLens") in answer.text
    assert "script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"]


def test_signed_in_the_page_is_the_dashboard(site: Site) -> None:
    assert "/static/" in site.get("/overview", site.token).text


@pytest.mark.parametrize("path", ["/overview", "/api/v1/healthz"])
def test_two_host_headers_are_refused(site: Site, path: str) -> None:
    host, _, port = site.origin.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")


def test_a_withdrawn_session_ends_its_open_stream(site: Site) -> None:
    made = called("login", "--user", "ended", "--role", "viewer", data_dir=site.folder)
    address = re.search(r"http://\S+", made.stdout)
    assert address, made.stderr
    token = signed_in(site.origin, address[0])
    with site.opened(Origin=site.origin, Cookie=cookie(token)) as stream:
        assert called("login", "--revoke", "ended", data_dir=site.folder).returncode == 0
        assert ended(stream)


def ended(stream: ClientConnection) -> bool:
    """Whether the server closes a stream that goes on sending."""
    for _ in range(10):
        try:
            stream.send(b"")
            stream.recv(timeout=1.5)
        except TimeoutError:
            continue
        except ConnectionClosed:
            return True
    return False
