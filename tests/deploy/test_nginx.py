"""The proxy's configuration, in a real nginx with TLS in front of a real server."""

import json
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.cli.running import free_port, serving
from tests.source_tree import ROOT

TOKEN = "token-of-prometheus-alone"


@dataclass(frozen=True)
class Proxied:
    """A server behind the proxy: its address, who trusts its certificate, the server's process and own address."""

    origin: str
    context: ssl.SSLContext
    process: subprocess.Popen[str]
    inside: str

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.origin, verify=self.context, trust_env=False)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    nginx, openssl = shutil.which("nginx", path="/usr/sbin:/usr/bin"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx and openssl are not installed: the proxy is not started")
    folder = tmp_path_factory.mktemp("proxy")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", folder / "server.key", "-out", folder / "server.crt", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "TRUSTED_PROXIES": "127.0.0.1", "COOKIE_SECURE": "true", "LOG_FORMAT": "json", "METRICS_TOKEN": TOKEN
        }.items():  # fmt: skip
            patch.setenv(f"RADIOMICLENS_{name}", value)
        with serving(folder / "data", "--no-worker") as (process, inside):
            port = free_port()
            with running(nginx, folder, port, inside.partition("//")[2].partition("/")[0]):
                context = ssl.create_default_context(cafile=str(folder / "server.crt"))
                yield Proxied(f"https://localhost:{port}", context, process, inside)


@contextmanager
def running(nginx: str, folder: Path, port: int, server: str) -> Iterator[None]:
    """The proxy with the configuration of the repository; only places are others."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for old, new in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl", "server ui:8501": f"server {server}",
        "/etc/nginx/tls": str(folder), "/dev/stdout": str(folder / "access.log"),
        "worker_processes auto": "worker_processes 1",
    }.items():  # fmt: skip
        assert text.count(old) >= 1
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(f"daemon off;\npid {folder}/nginx.pid;\n{text}")
    (folder / "bodies").mkdir()
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(port, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert process.stderr is not None
        process.stderr.close()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
            return
        except httpx.TransportError:
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
    raise AssertionError("nginx did not start")


def test_a_browser_signs_in_reads_and_opens_a_page_through_it(proxied: Proxied) -> None:
    with proxied.client() as browser:
        assert "Sign in" in browser.get("/").text
        assert browser.get("/metrics").status_code == 401
        body = {"token": proxied.inside.partition("#")[2]}
        answer = browser.post("/api/v1/session", json=body, headers={"Origin": proxied.origin})
        assert answer.status_code == 200, answer.text
        cookie = answer.headers["set-cookie"].lower()
        assert "secure" in cookie
        assert browser.get("/api/v1/me").json()["role"] == "admin"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert browser.post("/api/v1/stars", json={}, headers={"Origin": "https://evil.example"}).status_code == 403
        session = f"radiomiclens_session={answer.cookies['radiomiclens_session']}"
    address = proxied.origin.replace("https", "wss") + "/_stcore/stream"
    options = {"ssl": proxied.context, "proxy": None, "additional_headers": {"Cookie": session}}
    with connect(address, origin=proxied.origin, **options) as page:
        page.ping()
    with pytest.raises(InvalidStatus) as refused, connect(address, origin="https://evil.example", **options):
        pass
    assert refused.value.response.status_code == 403


def test_an_address_that_a_visitor_makes_up_is_not_passed_on(proxied: Proxied) -> None:
    with proxied.client() as visitor:
        codes = [
            visitor.post("/api/v1/session", json={"token": "x" * 43}, headers={"X-Forwarded-For": f"10.0.0.{n}"})
            for n in range(12)
        ]
    assert [answer.status_code for answer in codes][-1] == 429


def test_figures_and_one_id_in_both_logs(proxied: Proxied) -> None:
    with proxied.client() as prometheus:
        answer = prometheus.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert "radiomiclens_http_request_duration_seconds_bucket" in answer.text
        assert 'radiomiclens_build_info{version="' in answer.text
        known = answer.headers["x-request-id"]
        prometheus.get("/api/v1/cohorts?limit=1&cursor=CANARY")
    proxied.process.send_signal(signal.SIGTERM)
    assert proxied.process.stdout is not None
    lines = [line for line in proxied.process.stdout if line.startswith("{")]
    assert proxied.process.wait(30) == 0
    told = [json.loads(line) for line in lines]
    assert [one["route"] for one in told if one.get("request_id") == known] == ["/metrics"]
    assert "CANARY" not in "".join(lines)
