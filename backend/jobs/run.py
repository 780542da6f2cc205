"""The process of one job: `python -m backend.jobs.run JOB_ID OWNER STARTED_AT`, started by the worker that claimed it.

The first line of stdin is the settings as JSON; its end means that the worker is gone, and the whole group dies too.
"""

import fcntl
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

from backend.errors import LostClaim, RadiomicLensError, Unavailable
from backend.jobs import queue, transitions
from backend.jobs.compute.executors import ClusterLost
from backend.jobs.compute.priority import give_way
from backend.jobs.context import JobContext
from backend.jobs.hosts.claims import Claim
from backend.jobs.planning.cohort_protocols import check_names
from backend.jobs.registry import KINDS, read_params
from backend.jobs.resume.disk_wait import run_with_room
from backend.jobs.transitions import TRY_AGAIN
from backend.operations import json_lines, line_context
from backend.settings import Settings
from backend.storage.database import Database
from backend.storage.folder_modes import keep_private
from backend.storage.project_scope import ScopedDatabase, only
from backend.storage.shared_files import open_files

PAUSE_SECONDS = 10.0
"""How long a job that lost its cluster or its store waits before it is queued again: longer after each attempt."""

log = logging.getLogger(__name__)


def main() -> None:
    """Reads the settings from stdin and runs the job; ends with the worker."""
    keep_private()
    settings = Settings.model_validate_json(_first_line())
    json_lines.configure(settings)
    line_context.job_id.set(sys.argv[1])
    give_way(settings.job_nice)
    threading.Thread(target=_die_with_worker, daemon=True).start()
    claim = Claim(*sys.argv[1:4]) if len(sys.argv) > 2 else None  # a process started by hand takes that of the row
    with _only_one(settings.data_dir, sys.argv[1]):
        sys.exit(ended(settings, sys.argv[1], claim))


def ended(settings: Settings, job_id: str, claim: Claim | None = None) -> int:
    """Runs a claimed job; gives the exit code of its process, which tells the worker whether to queue it again."""
    try:
        execute(settings, job_id, claim)
    except (ClusterLost, Unavailable):
        return TRY_AGAIN
    return 0


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n") and (more := os.read(0, 65536)):
        line += more
    return line


def execute(settings: Settings, job_id: str, claim: Claim | None = None) -> None:
    """Runs a claimed job to its end and writes how it ended into its row, unless another worker has it by then.

    Its task sees one project alone. Without a `claim`, the one that the row states holds. Raises ClusterLost or
    Unavailable where something outside this machine went away: the worker queues it again.
    """
    database = Database(settings)
    try:
        with database.read() as session:
            job = queue.get(session, job_id)
            kind, local, params = KINDS[job.kind], job.local, read_params(job.kind, job.params)
            claim = claim or Claim.of(session, job_id)
            project_id = job.project_id
    finally:
        database.close()
    own = Database(settings, guard=claim.require)
    try:
        seen = ScopedDatabase(own, partial(only, project_id=project_id))
        context = JobContext(settings, seen, open_files(settings), job_id, local)
        _run_to_end(context, partial(_checked, kind.run), params)
    except LostClaim as error:
        log.warning("%s", error.sentence)
    finally:
        own.close()


def _checked(task: Callable[[JobContext, Any], dict[str, Any]], context: JobContext, params: Any) -> dict[str, Any]:
    """Runs a job whose cohort is still of a protocol that it knows: the cohort may have been made anew since."""
    with context.database.read() as session:
        check_names(session, params)
    return task(context, params)


def _run_to_end(context: JobContext, task: Callable[[JobContext, Any], dict[str, Any]], params: Any) -> None:
    try:
        result = run_with_room(context, task, params)
    except LostClaim:
        raise
    except (ClusterLost, Unavailable) as lost:
        if (attempts := _attempts(context)) < context.settings.job_attempts:
            context.log(lost.sentence, "warning")
            sleep(PAUSE_SECONDS * max(1, attempts))
            raise
        sentence = lost.sentence
    except RadiomicLensError as error:
        sentence = error.sentence
    except (
        Exception
    ) as error:  # a job must end in its row; the text may hold names, so it goes to the server's log only
        log.exception("an unexpected error stopped the job")
        sentence = (
            f"An unexpected error ({type(error).__name__}) stopped the job; logs/job-{context.job_id}.txt in the data "
            "folder has the details."
        )
    else:
        with context.database.write() as session:
            transitions.finish(session, context.job_id, result)
        return
    with context.database.write() as session:
        transitions.fail(session, context.job_id, sentence)


def _attempts(context: JobContext) -> int:
    with context.database.read() as session:
        return queue.get(session, context.job_id).attempts


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
