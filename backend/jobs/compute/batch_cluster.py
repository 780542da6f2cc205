"""Dask workers as jobs of a batch system (SLURM, SGE, PBS), through dask-jobqueue.

The scheduler runs in the process of our own job, so it ends with that. Every connection is TLS with keys of this run
alone, for who reaches a scheduler can run code. What a site needs beside our settings (directives, another Python,
skipped lines) dask-jobqueue reads from its own `jobqueue.yaml`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import Any

import dask
from dask_jobqueue.pbs import PBSCluster
from dask_jobqueue.sge import SGECluster
from dask_jobqueue.slurm import SLURMCluster
from distributed import Client
from distributed.security import Security

from backend.errors import BadSettings
from backend.jobs.compute.batch_keeper import BatchKeeper, mark_closed
from backend.jobs.compute.executors import ClusterLost
from backend.settings import Settings

KINDS: dict[str, type[Any]] = {
    "slurm": SLURMCluster,
    "sge": SGECluster,
    "pbs": PBSCluster,
}
ACCOUNT = {"slurm": "account", "sge": "project", "pbs": "account"}
CONFIG = {"distributed.scheduler.allowed-failures": 10}
"""A node that is taken away is no fault of its case, so more deaths are forgiven than on machines of one's own."""
MEMORY_OF_A_WORKER = 1024
"""MiB beside the cases: interpreter, dask, the voxels that travel."""
LONGEST_ANSWER = 200
DAYS_KEPT = 30
PLAIN_PATH = re.compile(r"[\w./+@=-]+")
"""dask-jobqueue writes paths into the script as they are, so a shell would read anything else."""
QUIET = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
"""A worker's page about itself needs no key, so nobody else may reach it."""


class BatchCluster:
    """A cluster in jobs of a batch system, and the client of its scheduler."""

    def __init__(self, cluster: Any, client: Client, settings: Settings) -> None:
        self._cluster, self.client, self._settings = cluster, client, settings

    @contextmanager
    def kept(self, lose: Callable[[ClusterLost], None]) -> Iterator[None]:
        """Replaces jobs that end while the block runs; calls `lose` where they end before they compute anything."""
        keeper = BatchKeeper(self._cluster, self._settings.executor, self._settings.cluster_jobs, lose)
        keeper.start()
        try:
            yield
        finally:
            keeper.stop()


@contextmanager
def batch_cluster(settings: Settings) -> Iterator[BatchCluster]:
    """Asks for the jobs, and cancels them in the end. Raises ClusterLost where the batch system takes none."""
    with (
        dask.config.set(CONFIG),
        _keys(_folder(settings)) as security,
        _closing(_cluster(settings, security)) as cluster,
    ):
        for _ in range(settings.cluster_jobs):
            cluster.worker_spec.update(cluster.new_worker_spec())
        try:
            cluster.sync(cluster.scale_down, [])  # brings what runs to what is wanted, and raises, as scale does not
        except (RuntimeError, OSError, ValueError) as error:
            raise ClusterLost(f"{settings.executor} took no job{_said(error)}.") from error
        with Client(cluster, set_as_default=False) as client:
            yield BatchCluster(cluster, client, settings)


@contextmanager
def _closing(cluster: Any) -> Iterator[Any]:
    try:
        yield cluster
    finally:
        mark_closed(cluster, list(cluster.workers))
        cluster.close()


def _cluster(settings: Settings, security: Security) -> Any:
    given = {
        "queue": settings.cluster_queue,
        ACCOUNT[settings.executor]: settings.cluster_account,
        "interface": settings.cluster_interface,
    }
    return KINDS[settings.executor](
        cores=settings.cluster_cores,
        processes=1,  # its threads have a child process each
        memory=f"{settings.cluster_cores * settings.case_memory_mb + MEMORY_OF_A_WORKER}MiB",
        walltime=settings.cluster_walltime,
        job_name="radiomiclens",
        log_directory=str(_folder(settings)),
        security=security,
        scheduler_options={"dashboard": False, "dashboard_address": ":0"},
        worker_extra_args=[*QUIET, *_lifetime(settings.cluster_seconds)],
        **{name: value for name, value in given.items() if value},
    )


def _lifetime(seconds: int) -> list[str]:
    """A worker hands its cases back before its job is cut off, and not all workers at one moment."""
    stagger = seconds // 20
    return ["--lifetime", f"{seconds - stagger}s", "--lifetime-stagger", f"{stagger}s"]


def _folder(settings: Settings) -> Path:
    """The folder that nodes see under the same path; made, for its owner alone."""
    folder = (settings.cluster_folder or settings.data_dir / "cluster").absolute()
    if not PLAIN_PATH.fullmatch(str(folder)):
        raise BadSettings(
            "The folder for the jobs' keys and output has a space or a sign in its path that the script of a batch job "
            "cannot name; set RADIOMICLENS_CLUSTER_FOLDER to one of letters, digits and ._-+@ that the nodes see, too."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadSettings(
            f"The folder {folder.name!r} for the jobs' keys and output cannot be made ({error.strerror}); set "
            "RADIOMICLENS_CLUSTER_FOLDER to one that the nodes see, too."
        ) from error
    _prune(folder)
    return folder


def _prune(folder: Path) -> None:
    """Removes outputs of long ago, and keys of runs that were killed: no run takes as long."""
    for path in (*folder.glob("radiomiclens*"), *folder.glob("keys-*/*"), *folder.glob("keys-*")):
        with suppress(OSError):  # another run removes it, or a folder is not empty
            if time() - path.stat().st_mtime > DAYS_KEPT * 86_400:
                path.rmdir() if path.is_dir() else path.unlink()


@contextmanager
def _keys(folder: Path) -> Iterator[Security]:
    """A key and a certificate of this run alone, as files that its nodes read and that go when it ends."""
    made = Security.temporary()
    with TemporaryDirectory(prefix="keys-", dir=folder) as name:
        certificate, key = Path(name, "certificate.pem"), Path(name, "key.pem")
        certificate.write_text(made.tls_ca_file)
        key.touch(0o600)
        key.write_text(made.tls_worker_key)
        ours = {f"tls_{of}_cert": str(certificate) for of in ("client", "scheduler", "worker")}
        ours |= {f"tls_{of}_key": str(key) for of in ("client", "scheduler", "worker")}
        yield Security(require_encryption=True, tls_ca_file=str(certificate), **ours)


def _said(error: Exception) -> str:
    """The last words of the batch system about a refused job."""
    if isinstance(error, FileNotFoundError):
        return f": there is no command {Path(error.filename or '').name!r} on this machine"
    words = re.search(r"stderr:\n(.*)\Z", str(error), re.DOTALL)
    lines = [line.strip() for line in (words.group(1) if words else "").splitlines() if line.strip()]
    return f": {lines[-1][:LONGEST_ANSWER].rstrip('.')}" if lines else ""
