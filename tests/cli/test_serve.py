"""`serve` as a user starts it: one address, signed in once, ended without an orphan."""

import re
import signal
import socket
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cli.running import family, free_port, run, serving
from tests.postgres.per_folder import ON_SERVER


def origin(address: str) -> str:
    return re.sub(r"(http://[^/]+).*", r"\1", address)


def test_it_signs_in_once_serves_every_address_and_leaves_no_orphan(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/login#[\w-]{43}", address)
        with httpx.Client(base_url=origin(address), trust_env=False) as browser:
            assert browser.get("/api/v1/me").status_code == 401
            token = {"token": address.partition("#")[2]}
            assert browser.post("/api/v1/session", json=token).json() == {"name": "owner", "role": "admin"}
            assert browser.get("/api/v1/me").json()["name"] == "owner"
            assert browser.post("/api/v1/session", json=token).status_code == 401
            for page in ("/", "/overview", "/cases", "/login", "/s", "/entrance/enter.js"):
                check_page(browser, page)
            for odd in ("cases/%00", "cases/..%2f..%2fetc%2fpasswd", "cases/%5c%5chost%5cshare", "C:%5cx"):
                answer = browser.get(f"/api/v1/{odd}")
                status = 422 if ON_SERVER and odd == "cases/%00" else 404  # PostgreSQL has no such letter
                assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), odd
            assert browser.get("/overview", headers={"Host": "evil.example"}).status_code == 400
        processes = family(process)
        assert any("worker" in each.cmdline() for each in processes)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        gone, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []
    assert len(gone) == len(processes) >= 2


def check_page(browser: httpx.Client, page: str) -> None:
    answer = browser.get(page)
    assert answer.status_code == 200, page
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
    assert "https:" not in policy
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in script
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "ajs_anonymous_id" not in answer.headers.get("set-cookie", "")


def test_the_worker_ends_even_when_the_server_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as (process, _):
        children = family(process)[1:]
        process.kill()
        process.wait(10)
        _, alive = psutil.wait_procs(children, timeout=20)
    assert children
    assert alive == []


def test_a_second_port_serves_the_same_and_no_auth_needs_no_sign_in(tmp_path: Path) -> None:
    second = free_port()
    with serving(tmp_path / "data", "--no-auth", "--ui-port", str(second)) as (_, address):
        assert address.endswith("/overview")
        for where in (origin(address), f"http://127.0.0.1:{second}"):
            answer = httpx.get(f"{where}/api/v1/me", trust_env=False)
            assert (answer.json()["name"], answer.json()["role"]) == ("local", "admin")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_no_auth_on_an_address_others_reach_is_refused(tmp_path: Path, host: str) -> None:
    done = run("serve", "--no-auth", "--host", host, data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Without sign-in the server may only listen on this machine, not on {host};")
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_one_sentence_and_starts_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 1
    assert (
        done.stderr
        == f"Port {port} on 127.0.0.1 cannot be used (address already in use); choose another with --port.\n"
    )
    assert not (tmp_path / "data").exists()
