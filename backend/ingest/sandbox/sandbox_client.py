"""The client of the sandboxed reader process: sends a request, receives its answer within a time limit."""

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Self

import backend
from backend.errors import BadSettings

Frame = tuple[dict[str, Any], memoryview]
ENVIRONMENT = {
    "PATH": os.defpath,
    "PYTHONPATH": str(Path(backend.__file__).parents[1]),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}


class Reader:
    """A sandboxed reader process (`sandbox_main`), started at the first request and again after it was killed.

    One request at a time; several threads need a reader each.
    """

    def __init__(self) -> None:
        self._running: tuple[subprocess.Popen[bytes], socket.socket] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """The id of the process that forks the limited children; None while there is none."""
        return None if self._running is None else self._running[0].pid

    @contextmanager
    def answers(self, request: dict[str, Any], wall_s: float, *, studies: bool) -> Iterator[tuple[list[Frame], str]]:
        """The frames of the answer, valid inside the `with`, and a phrase of how reading failed, else empty.

        `studies`: whether the request names folders, which need another library than files. Raises BadSettings where
        the system is not Linux.
        """
        if not hasattr(os, "memfd_create"):
            raise BadSettings("Image files are read in a sandbox that only Linux has; run RadiomicLens on Linux.")
        with ExitStack() as stack:
            request_file, answer_file = (os.memfd_create(name) for name in ("request", "answers"))
            for descriptor in (request_file, answer_file):
                stack.callback(os.close, descriptor)
            with open(request_file, "wb", closefd=False) as file:
                file.write(json.dumps(request).encode())
            os.lseek(request_file, 0, os.SEEK_SET)
            ending = self._serve(b"D" if studies else b"F", (request_file, answer_file), wall_s)
            if not os.fstat(answer_file).st_size:
                yield [], ending
                return
            whole = stack.enter_context(mmap(answer_file, 0, access=ACCESS_READ))
            view = stack.enter_context(memoryview(whole))
            frames = _frames(view)
            for _, payload in frames:
                stack.enter_context(payload)
            yield frames, ending

    def _serve(self, kind: bytes, descriptors: tuple[int, int], wall_s: float) -> str:
        connection = self._connected()
        try:
            socket.send_fds(connection, [kind], descriptors)
            if not select.select([connection], [], [], wall_s)[0]:
                self.close()
                return f"could not be read within {wall_s:g} s; crop or resample it"
            status = connection.recv(4, socket.MSG_WAITALL)
        except ConnectionError:
            status = b""
        if len(status) < 4:  # the reader itself was killed
            self.close()
        elif not any(status):
            return ""
        return "stopped the reader (out of memory, or a damaged file); copy it again"

    def _connected(self) -> socket.socket:
        if self._running is None:
            ours, theirs = socket.socketpair()
            with ExitStack() as unless_it_starts, theirs:
                unless_it_starts.callback(ours.close)
                process = subprocess.Popen(
                    [sys.executable, "-m", "backend.ingest.sandbox.sandbox_main", str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=ENVIRONMENT,
                    start_new_session=True,
                )
                unless_it_starts.pop_all()
            self._running = process, ours
        return self._running[1]

    def close(self) -> None:
        """Kill the process and a child that is still reading."""
        if self._running is None:
            return
        process, connection = self._running
        connection.close()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._running = None


def _frames(output: memoryview) -> list[Frame]:
    """The complete (header, payload) frames; a frame that a killed child left incomplete is dropped."""
    frames, at = [], 0
    while at + 16 <= len(output):
        line, payload = struct.unpack_from("<QQ", output, at)
        end = at + 16 + line + payload
        if end > len(output):
            break
        frames.append((json.loads(bytes(output[at + 16 : at + 16 + line])), output[at + 16 + line : end]))
        at = end
    return frames
