"""Keeps the jobs of a batch system at their number: one that ended (time limit, node lost, cancelled) is replaced.

dask does not do this by itself: `scale` never looks again, and `adapt` counts a job that waits in the queue as lost.
"""

import getpass
import logging
import re
import subprocess
import threading
from collections.abc import Callable, Iterable
from typing import Any

from distributed.core import Status

from backend.jobs.compute.executors import ClusterLost

SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_TO_ANSWER = 30.0
LISTS: dict[str, tuple[str, ...]] = {
    "slurm": ("squeue", "--noheader", "--format=%A", "--user"),
    "sge": ("qstat", "-u"),
    "pbs": ("qstat", "-u"),
}
"""Commands that list a user's jobs that wait or run, an id at the start of each line."""
MOST_UNUSED = 3
"""Times that each job may end before its worker has reported; then no node can use this machine's scheduler."""
log = logging.getLogger(__name__)


class BatchKeeper(threading.Thread):
    """Looks at the queue every few seconds until it is stopped.

    Args:
        cluster: the `dask_jobqueue` cluster.
        system: slurm, sge or pbs.
        jobs: how many are wanted.
        lose: called once when jobs keep ending before they compute.
    """

    def __init__(self, cluster: Any, system: str, jobs: int, lose: Callable[[ClusterLost], None]) -> None:
        super().__init__(name="batch jobs", daemon=True)
        self._cluster, self._system, self._jobs, self._lose = cluster, system, jobs, lose
        self._stop_asked = threading.Event()
        self._reported: set[str] = set()
        self._unused = 0

    def run(self) -> None:
        """Looks until it is stopped or the cluster is given up."""
        while not self._stop_asked.wait(SECONDS_BETWEEN_LOOKS):
            alive = queued_jobs(self._system)
            if alive is None:
                continue  # a controller that does not answer says nothing of its jobs
            connected = {str(worker["name"]) for worker in self._cluster.scheduler_info["workers"].values()}
            ended = self._ended(alive, connected)
            if self._unused < MOST_UNUSED * self._jobs:
                self._replace(ended)
            elif not connected:
                self._give_up()
                return

    def stop(self) -> None:
        """Ends the looking, and waits until a look that runs has ended."""
        self._stop_asked.set()
        self.join()

    def _ended(self, alive: set[str], connected: set[str]) -> list[str]:
        """Names of workers whose jobs are over; counts those that never reported."""
        jobs = {str(name): str(job.job_id) for name, job in self._cluster.workers.items()}
        self._reported |= {job for name, job in jobs.items() if name in connected}
        ended = {name: job for name, job in jobs.items() if job not in alive and name not in connected}
        for job in ended.values():
            self._unused = 0 if job in self._reported else self._unused + 1
        return list(ended)

    def _replace(self, ended: list[str]) -> None:
        forgotten = set(self._cluster.worker_spec) - set(self._cluster.workers)  # by dask, 15 s after a worker was lost
        if not (ended or forgotten) or self._stop_asked.is_set():
            return
        try:
            mark_closed(self._cluster, ended)
            self._cluster.sync(self._cluster.scale_down, ended)
            for _ in range(self._jobs - len(self._cluster.worker_spec)):
                self._cluster.worker_spec.update(self._cluster.new_worker_spec())
            self._cluster.sync(self._cluster.scale_down, [])
        except (RuntimeError, OSError, ValueError) as error:  # asked again at the next look
            log.warning("%s took no job in place of one that ended (%s)", self._system, type(error).__name__)

    def _give_up(self) -> None:
        self._lose(
            ClusterLost(
                f"{self._unused} jobs of {self._system} ended before they computed anything; their output is in the "
                "cluster folder, and RADIOMICLENS_CLUSTER_INTERFACE names the network that nodes reach this machine by."
            )
        )


def mark_closed(cluster: Any, names: Iterable[str]) -> None:
    """Says of jobs that they are over: dask_jobqueue never does, and dask asserts it when a cluster closes."""
    for name in names:
        if (job := cluster.workers.get(name)) is not None:
            job.status = Status.closed


def queued_jobs(system: str) -> set[str] | None:
    """The ids of this user's jobs that wait or run; None where the batch system does not answer."""
    try:
        done = subprocess.run(
            [*LISTS[system], getpass.getuser()], capture_output=True, text=True, timeout=SECONDS_TO_ANSWER, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return set(re.findall(r"^\s*(\d+)", done.stdout, re.MULTILINE))
