"""Cases on dask workers: a cluster the lab has (`tcp://host:port`, `tls://host:port`) or one on this machine (`dask`).

dask persists nothing and sees no database: it computes each case in a limited child of its worker
(`subprocess_pool.run_on_node`). When a worker dies its case runs again on another; a case that takes several workers
down is given up and recorded. This is the only module that imports dask, and only jobs that use dask import this one.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster
from distributed.cfexecutor import ClientExecutor

from backend.errors import RadiomicLensError
from backend.jobs.compute.executors import ClusterLost
from backend.jobs.compute.subprocess_pool import Limits, run_on_node

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

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        assert not kwargs, "a call through the pipe has positional arguments only"
        theirs: Future[T] = self._dask.submit(run_on_node, self._limits, fn, args)
        ours: Future[T] = Future()
        theirs.add_done_callback(lambda done: _pass_on(done, ours))
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._dask.shutdown(wait=wait and not cancel_futures)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.shutdown(cancel_futures=kind is not None)

    def width(self) -> int:
        """How many cases the cluster's workers compute at once, at this moment."""
        return sum(self._client.nthreads().values())


@contextmanager
def cluster_executor(address: str, workers: int, limits: Limits) -> Iterator[ClusterExecutor]:
    """An executor on the cluster at `address`, or on `workers` dask workers of this machine for the address `dask`."""
    with dask.config.set(CONFIG), _client(address, workers) as client, ClusterExecutor(client, limits) as executor:
        yield executor


@contextmanager
def _client(address: str, workers: int) -> Iterator[Client]:
    if address == LOCAL:
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
        return
    try:
        client = Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:  # dask's timeouts are OSErrors; a mistyped address is a ValueError
        raise RadiomicLensError(
            f"No dask scheduler answers at {address}; start it, or set the executor to local and retry the job."
        ) from error
    with client:
        yield client


def _pass_on(theirs: Future[T], ours: Future[T]) -> None:
    """How a case ended on the cluster, with our own words for what dask says."""
    if theirs.cancelled():
        ours.set_exception(
            ClusterLost("The connection to the dask scheduler was lost; start it and retry: what is measured is kept.")
        )
        return
    error = theirs.exception()
    if error is None:
        ours.set_result(theirs.result())
    elif isinstance(error, KilledWorker):
        ours.set_exception(
            RadiomicLensError(f"Its computation took {error.allowed_failures + 1} dask workers down, and was given up.")
        )
    elif isinstance(error, RadiomicLensError):
        ours.set_exception(error)
    else:  # the text of an unknown exception may hold names
        ours.set_exception(RadiomicLensError(f"Its computation failed ({type(error).__name__})."))
