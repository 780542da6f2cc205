"""Commands as processes of their own, as users start them."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import httpx
import psutil
import pytest

from backend.cli.main import main

COMMAND = [sys.executable, "-m", "backend.cli.main"]
SECONDS_TO_START = 90


def run(*arguments: str, data_dir: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    environment = os.environ | ({"RADIOMICLENS_DATA_DIR": str(data_dir)} if data_dir else {})
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=environment, check=False)


def called(
    *arguments: object, data_dir: Path | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """The same command inside this process: its start is not paid for again, its exit code and words are the same."""
    words, out, err = [*map(str, arguments)], io.StringIO(), io.StringIO()
    environment = {"RADIOMICLENS_DATA_DIR": str(data_dir)} if data_dir else {}
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["radiomiclens", *words])
        if stdin is not None:
            patch.setattr(sys, "stdin", io.StringIO(stdin))
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def run_json(*arguments: str, data_dir: Path | None = None) -> object:
    """Calls a command with `--json` and reads what it printed."""
    done = called(*arguments, "--json", data_dir=data_dir)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(data_dir: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`radiomiclens serve` on a free port: its process and the address it printed; stopped if still running."""
    command = [*COMMAND, "serve", "--port", str(free_port()), "--data-dir", str(data_dir), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        printed = ""
        while not (address := re.search(r"http://\S+", printed)) and (line := process.stdout.readline()):
            printed += line
        assert address, printed
        wait_until_healthy(address[0])
        yield process, address[0]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def wait_until_healthy(address: str) -> None:
    """Waits until the server behind an address answers."""
    health = re.sub(r"(http://[^/]+).*", r"\1/api/v1/healthz", address)
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        try:
            if httpx.get(health, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"no answer at {health}")


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """A process and everything it started."""
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]
