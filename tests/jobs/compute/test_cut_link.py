"""Two hosts compute a cohort and the link of one is cut in the middle: every case is measured, once."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psutil
import pytest
from distributed import Client

from shared import schemas as s
from tests.jobs import tiny
from tests.jobs.compute.namespaces import Network, network
from tests.jobs.compute.test_dask_executor import PATIENCE, QUIET, dask, extract, rows, wait_for_output

pytestmark = pytest.mark.slow
TIMEOUT = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s"}
"""Time without an answer until a connection counts as lost: nearly the least dask takes; 30 s where nothing is set."""


@contextmanager
def supervised(net: Network, host: int, scheduler: str) -> Iterator[None]:
    """A worker on a host that is started again whenever it ends, as systemd would."""
    worker = [sys.executable, "-m", "dask", "worker", scheduler, "--nthreads", "1", "--no-nanny", *QUIET]
    worker += ["--host", net.address_of(host)]
    loop = 'while :; do "$@"; sleep 0.2; done'
    process = subprocess.Popen(
        [*net.on(host), "sh", "-c", loop, "sh", *worker],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | TIMEOUT,
    )
    try:
        yield
    finally:
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        for child in children:
            child.kill()
        psutil.wait_procs(children, timeout=10)


def until(condition, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited too long for {what}"
        time.sleep(0.05)


def test_a_cohort_completes_when_the_link_of_a_host_is_cut(settings, database) -> None:
    cohort = tiny.store_studies(settings, 4)
    with ExitStack() as stack:
        net = stack.enter_context(network(2))
        start = dask("scheduler", "--host", net.address, "--port", "0", *QUIET, "--no-show", **TIMEOUT)
        scheduler = wait_for_output(stack.enter_context(start), "Scheduler at:")
        for host in net.hosts:
            stack.enter_context(supervised(net, host, scheduler))
        client = stack.enter_context(Client(scheduler, set_as_default=False))

        def hosts() -> set[str]:
            return {name.rpartition("/")[2].partition(":")[0] for name in client.nthreads()}

        until(lambda: len(hosts()) == 2, "both hosts")
        job: list[s.Job] = []
        remote = settings.model_copy(update={"executor": scheduler})
        running = threading.Thread(target=lambda: job.append(extract(remote, cohort, tiny.SLOW)))
        running.start()
        until(lambda: any(row[2] == "ok" for row in rows(database)) or not running.is_alive(), "the first case")
        net.cut(2)
        assert sum(row[2] == "ok" for row in rows(database)) < 6, "it was not cut in the middle"
        running.join(PATIENCE)
        assert tiny.done(job[0])["failed"] == 0
        assert sum(values is not None for *_, values in rows(database)) == 6, "4 glands and 2 lesions"
        until(lambda: hosts() == {net.address_of(1)}, "the loss of the host")
        net.mend(2)
        until(lambda: len(hosts()) == 2, "the host whose link is back")
