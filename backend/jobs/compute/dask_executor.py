"""Cases on dask workers: a cluster the lab has (`tcp://host:port`), jobs of its batch system, or this machine (`dask`).

dask persists nothing and sees no database: it computes each case in a limited child of its worker
(`subprocess_pool.run_on_node`). When a worker dies its case runs again on another; a case that takes several workers
down is given up and recorded. Only this module and `batch_cluster` import dask, and only jobs that use it
import them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from typing import Any, ParamSpec, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster
from distributed.cfexecutor import ClientExecutor

from backend.errors import RadiomicLensError
from backend.jobs.compute.executors import ClusterLost
from backend.jobs.compute.subprocess_pool import Limits, run_on_node
from backend.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
SECONDS_TO_ANSWER = 10
LOCAL = "dask"
CONFIG = {
    "distributed.admin.large-graph-warning-threshold": "1GB",  # a case travels with its voxels, on purpose
    "distributed.comm.timeouts.connect": f"{SECONDS_TO_ANSWER}s",
    "distributed.dashboard.link": "",
}


class ClusterExecutor(Executor):
    """`Client.get_executor` with limits for every case, and sentences instead of dask's exceptions."""

    def __init__(self, client: Client, limits: Limits) -> None:
        self._client, self._limits = client, limits
        self._dask: ClientExecutor = client.get_executor(pure=False)
        self._open: set[Future[Any]] = set()
        self._lost: ClusterLost | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        assert not kwargs, "a call through the pipe has positional arguments only"
        ours: Future[T] = Future()
        if self._lost is not None:
            ours.set_exception(self._lost)
            return ours
        theirs: Future[T] = self._dask.submit(run_on_node, self._limits, fn, args)
        self._open.add(ours)
        theirs.add_done_callback(lambda done: self._ended(done, ours))
        return ours

    def lose(self, error: ClusterLost) -> None:
        """Ends every case that is not computed yet with this error."""
        self._lost = error
        for future in list(self._open):
            _set(future, error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._dask.shutdown(wait=wait and not cancel_futures and self._lost is None)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.shutdown(cancel_futures=kind is not None)

    def _ended(self, theirs: Future[T], ours: Future[T]) -> None:
        self._open.discard(ours)
        _pass_on(theirs, ours)

    def width(self) -> int:
        """How many cases the cluster's workers compute at once, at this moment."""
        return sum(self._client.nthreads().values())


@contextmanager
def cluster_executor(settings: Settings, limits: Limits) -> Iterator[ClusterExecutor]:
    """An executor on the cluster that the settings name. Raises ClusterLost where it cannot be reached."""
    with dask.config.set(CONFIG):
        if settings.batch:
            from backend.jobs.compute.batch_cluster import batch_cluster

            with (
                batch_cluster(settings) as jobs,
                ClusterExecutor(jobs.client, limits) as executor,
                jobs.kept(executor.lose),
            ):
                yield executor
        elif settings.executor == LOCAL:
            with _on_this_machine(settings.workers) as client, ClusterExecutor(client, limits) as executor:
                yield executor
        else:
            with _connected(settings.executor) as client, ClusterExecutor(client, limits) as executor:
                yield executor


@contextmanager
def _on_this_machine(workers: int) -> Iterator[Client]:
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            memory_limit=0,  # the limit is the case's own
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _connected(address: str) -> Client:
    try:
        return Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:  # dask's timeouts are OSErrors; a mistyped address is a ValueError
        raise ClusterLost(
            f"No dask scheduler answers at {address}; start it, or set the executor to local and retry the job."
        ) from error


def _pass_on(theirs: Future[T], ours: Future[T]) -> None:
    """How a case ended on the cluster, with our own words for what dask says."""
    if theirs.cancelled():
        _set(
            ours,
            ClusterLost("The connection to the dask scheduler was lost; start it and retry: what is measured is kept."),
        )
        return
    error = theirs.exception()
    if error is None:
        _set(ours, theirs.result())
    elif isinstance(error, KilledWorker):
        tried = error.allowed_failures + 1
        _set(ours, RadiomicLensError(f"Its computation took {tried} dask workers down, and was given up; exclude it."))
    elif isinstance(error, RadiomicLensError):
        _set(ours, error)
    else:  # the text of an unknown exception may hold names
        _set(ours, RadiomicLensError(f"Its computation failed ({type(error).__name__})."))


def _set(future: Future[T], outcome: T | RadiomicLensError) -> None:
    """Ends a future, unless a cluster that was lost has ended it at the same moment."""
    with suppress(InvalidStateError):
        if isinstance(outcome, RadiomicLensError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
