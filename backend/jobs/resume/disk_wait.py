"""A job that meets a full disk waits until there is room, and then runs again from what it has stored."""

from collections.abc import Callable
from time import sleep
from typing import Any

from backend.errors import DiskFull
from backend.jobs.context import JobContext
from backend.storage.database_room import database_has_room
from backend.storage.disk_space import has_room, is_full

STEP = "waiting for disk space"
PAUSE_SECONDS = 2.0
FIRST_ROOM, MOST_ROOM = 4 * 2**20, 2**30
"""Bytes that must be free before the job runs again: the first time, and at most; doubled when it was too little."""


def run_with_room(
    context: JobContext, task: Callable[[JobContext, Any], dict[str, Any]], params: Any
) -> dict[str, Any]:
    """Run a task to its end, as often as a full disk stops it; raises DiskFull where `MOST_ROOM` was not enough."""
    room = FIRST_ROOM
    while True:
        try:
            return task(context, params)
        except Exception as error:
            if not is_full(error):
                raise
            if room > MOST_ROOM:
                raise DiskFull(
                    "The job found a disk full although data folder and database have room; check temporary folder and "
                    "quotas."
                ) from error
        _wait(context, room)
        room *= 2


def _wait(context: JobContext, room: int) -> None:
    said = False
    while not (has_room(context.settings.data_dir, room) and database_has_room(context.database, room)):
        said = said or _say(context)
        sleep(PAUSE_SECONDS)
    context.log("There is room on the disk again; the job goes on from what is stored.")


def _say(context: JobContext) -> bool:
    """Write the step and a log line; False where even these find no room."""
    try:
        context.progress(STEP, 0, 0)
        context.log("The disk is full. The job waits and goes on when there is room.", "warning")
    except DiskFull:
        return False
    return True
