"""One job, one process: `python -m backend.jobs.run JOB_ID`, started by the worker in a session of its own.

The first line of stdin is the settings as JSON; its end means that the worker is gone, and the whole group dies too.
"""

import fcntl
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from backend.errors import RadiomicLensError
from backend.jobs import queue
from backend.jobs.context import JobContext
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared.schemas import JobParams

TASKS = {
    "synth": "synth",
    "import_cases": "import_cases",
    "import_tables": "import_tables",
    "synth_tables": "synth_tables",
    "extract": "extract",
    "import_encoder": "import_encoder",
    "embed": "embed",
    "pretrain": "pretrain",
    "finetune": "finetune",
    "analyze": "analyze",
    "compare": "compare",
    "trajectory": "trajectory",
    "selfcheck": "selfcheck",
}
"""Module of `backend.jobs.tasks` with the `run(context, params) -> result` of each kind of job."""


def main() -> None:
    """Reads the settings, watches the worker, runs the job."""
    settings = Settings.model_validate_json(_first_line())
    threading.Thread(target=_die_with_worker, daemon=True).start()
    with _only_one(settings.data_dir, sys.argv[1]):
        execute(settings, sys.argv[1])


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n") and (more := os.read(0, 65536)):
        line += more
    return line


def execute(settings: Settings, job_id: str) -> None:
    """Runs a claimed job to its end and writes how it ended into its row."""
    database = Database(settings)
    try:
        with database.read() as session:
            job = queue.get(session, job_id)
            kind, local, params = job.kind, job.local, TypeAdapter[Any](JobParams).validate_python(job.params)
        context = JobContext(settings, database, BlobStore(settings.data_dir / "files"), job_id, local)
        task: Callable[[JobContext, Any], dict[str, Any]] = import_module(f"backend.jobs.tasks.{TASKS[kind]}").run
        _end(context, task, params)
    finally:
        database.close()


def _end(context: JobContext, task: Callable[[JobContext, Any], dict[str, Any]], params: Any) -> None:
    try:
        result = task(context, params)
    except RadiomicLensError as error:
        sentence = error.sentence
    except (
        Exception
    ) as error:  # a job must end in its row; the text may hold names, so it goes to the server's log only
        traceback.print_exc()
        sentence = (
            f"An unexpected error ({type(error).__name__}) stopped the job; logs/job-{context.job_id}.txt in the data "
            "folder has the details."
        )
    else:
        with context.database.write() as session:
            queue.finish(session, context.job_id, result)
        return
    with context.database.write() as session:
        queue.fail(session, context.job_id, sentence)


@contextmanager
def _only_one(data_dir: Path, job_id: str) -> Iterator[None]:
    """Waits until no earlier process of this job is left: the kernel frees the lock when the last one has died."""
    folder = data_dir / "locks"
    folder.mkdir(exist_ok=True, mode=0o700)
    with (folder / job_id).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # the file stays: another process may wait on it, and a new one would be another lock


def _die_with_worker() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be held when the interpreter ends
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
