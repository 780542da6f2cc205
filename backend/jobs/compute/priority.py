"""Lets the computing of jobs give way to the server: pages stay quick while every core computes."""

import os
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")


def give_way(nice: int) -> None:
    """Give this process, and what it starts, a lower priority (0 to 19); a job uses idle cores as fully as before.

    Linux may share the cores between sessions first and look at `nice` only within one (autogroup). A job's process
    leads a session of its own, so the session's value is set, too.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(nice, os.getpriority(os.PRIO_PROCESS, 0)))
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # a kernel without it, or one that lets nobody write there
            AUTOGROUP.write_text(str(nice))
