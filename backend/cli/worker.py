"""`radiomiclens worker`: a job worker alone."""

import os
import stat
import sys
import threading
from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.errors import NotFound


def worker(
    check: Annotated[bool, typer.Option("--check", help="Only say whether a worker runs; exit code 1 if not.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Run queued jobs until stopped (Ctrl-C, SIGTERM, or the end of a pipe on stdin)."""
    from backend.jobs.worker import Worker, stop_on_signals
    from backend.operations import json_lines
    from backend.storage.folder_lock import worker_runs
    from backend.storage.prepare import prepare_data_folder

    settings = settings_of(data_dir)
    if check:
        if not worker_runs(settings.data_dir):
            raise NotFound("No worker runs on this data folder; start one with `radiomiclens worker`.")
        typer.echo("A worker runs on this data folder.")
        return
    json_lines.configure(settings)
    prepare_data_folder(settings, check_all=True)
    stop = threading.Event()
    stop_on_signals(stop)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):  # whoever started us holds the other end
        threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    Worker(settings, stop).run()


def _stop_with_parent(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stop.set()
