"""Asks the limited process what an upload is, and has an archive unpacked there."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from backend.errors import BadFile
from backend.ingest.sandbox.sandbox_client import ENVIRONMENT

BYTES_A_SECOND = 2_000_000
"""Slowest unpacking that is waited for."""
LEAST_SECONDS = 60
MOST_SECONDS = 4 * 3600
MOST_ANSWER_BYTES = 2**20
STOPPED = "The file could not be looked at (out of memory or time, or damaged); pack it in smaller parts."


@dataclass(frozen=True)
class Look:
    """What an upload is; the rest is of an archive."""

    kind: str
    text: bool = False
    n_files: int = 1
    n_bytes: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)


def look(file: Path, target: Path, *, most_bytes: int, keep_free: int) -> Look:
    """What a file is; an archive is unpacked into `target`, at most `most_bytes` of it. Raises BadFile."""
    seconds = min(MOST_SECONDS, LEAST_SECONDS + max(file.stat().st_size, most_bytes) // BYTES_A_SECOND)
    request = {"file": str(file), "target": str(target), "most_bytes": most_bytes}
    with TemporaryFile() as answers:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend.ingest.sandbox.upload_main"],
            stdin=subprocess.PIPE,  # it ends with this process, which holds the other end
            stdout=answers,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            start_new_session=True,
        )
        code = _ended(process, json.dumps(request | {"keep_free": keep_free, "cpu_s": seconds}), seconds)
        answers.seek(0)
        answer = answers.read(MOST_ANSWER_BYTES + 1)
    if code or not answer or len(answer) > MOST_ANSWER_BYTES:
        raise BadFile(STOPPED)
    told = json.loads(answer)
    if "refused" in told:
        raise BadFile(told["refused"])
    return Look(**told)


def _ended(process: subprocess.Popen[bytes], request: str, seconds: float) -> int:
    """Sends the request and waits; gives how the process ended."""
    assert process.stdin is not None
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(f"{request}\n".encode())
            process.stdin.flush()
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with suppress(BrokenPipeError):
            process.stdin.close()
