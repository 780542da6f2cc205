"""Starts the dashboard's own processes for `serve`, starts one that ended again, and ends them with it."""

import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from backend.cli.data_dir import as_environment
from backend.settings import Settings

SECONDS_TO_STOP = 10.0
SECONDS_BETWEEN_STARTS = 1.0


class UiProcess:
    """One process of the dashboard and the socket it listens on, which outlives it."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self._settings = path, settings
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen(512)
        self._stopping = threading.Event()
        self._child = self._start()
        self._watch = threading.Thread(target=self._start_again, daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """End the process, and wait for that."""
        self._stopping.set()
        self._watch.join()
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.terminate()
        try:
            self._child.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._socket.close()

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        return self._child.pid

    def _start(self) -> "subprocess.Popen[bytes]":
        from backend.web.server_address import local_url
        from shared.environment import API_URL_VARIABLE

        number = str(self._socket.fileno())
        return subprocess.Popen(
            [sys.executable, "-m", "backend.cli.ui", number],
            stdin=subprocess.PIPE,
            pass_fds=[self._socket.fileno()],
            env=as_environment(self._settings) | {API_URL_VARIABLE: local_url(self._settings)},
            start_new_session=True,
        )

    def _start_again(self) -> None:
        while not self._stopping.wait(SECONDS_BETWEEN_STARTS):
            if self._child.poll() is not None:
                assert self._child.stdin is not None
                self._child.stdin.close()
                self._child = self._start()


@contextmanager
def ui_processes(settings: Settings, number: int) -> Iterator[list[UiProcess]]:
    """So many processes of the dashboard; the folder of their sockets is closed to other users."""
    with tempfile.TemporaryDirectory(prefix="radiomiclens-") as folder, ExitStack() as ends:
        started = []
        for n in range(number):
            started.append(UiProcess(Path(folder) / f"{n}.sock", settings))
            ends.callback(started[-1].stop)
        yield started
