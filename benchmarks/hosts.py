"""Jobs of a real SLURM, a link that is cut, and an object store: `python -m benchmarks.hosts [--write]`.

SLURM and the hosts (network namespaces) run on this machine, so root is needed. The object store is moto's server in
Python on loopback, much slower than a real one. `--write` puts the table into docs/clusters.md.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from distributed import Client
from sqlalchemy import func, select

from backend.jobs.compute.batch_cluster import batch_cluster  # noqa: F401  # imports dask_jobqueue in the main thread
from backend.jobs.compute.batch_keeper import queued_jobs
from backend.jobs.compute.dask_executor import cluster_executor
from backend.jobs.compute.subprocess_pool import Limits
from backend.models import Radiomics
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from backend.storage.shared_files import open_files
from benchmarks.page import measured_by, table, write_block
from shared import schemas as s
from tests.jobs import tiny
from tests.jobs.compute import fatal_calls, slurm, test_cut_link
from tests.jobs.compute.namespaces import network
from tests.jobs.compute.test_dask_executor import QUIET, dask, wait_for_output
from tests.storage.object_stores import s3_server, shared

Row = list[str]
LIMITS = Limits(memory_mb=1000, seconds=60)
STUDIES = 8
MEASURED = """
import re, sys
from pathlib import Path
from backend.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))
"""
"""A command that says its own peak; what the system counts for a child begins with the memory of its parent."""
BLOBS, BLOB_BYTES = 24, 4 * 2**20


def seconds(condition: Callable[[], object]) -> float:
    """How long until a condition holds."""
    start = time.perf_counter()
    while not condition():
        time.sleep(0.05)
    return time.perf_counter() - start


def data_folder(folder: Path, **changes: object) -> tuple[Settings, str]:
    """A data folder with small studies, and the id of their cohort."""
    settings = Settings.model_validate({"data_dir": folder, "threads": 1, "workers": 2} | changes)
    upgrade(settings)
    return settings, tiny.store_studies(settings, STUDIES)


def extract(settings: Settings, cohort: str) -> s.Job:
    """A slow extraction in this process."""
    params = s.ExtractParams(cohort_id=cohort, settings="own.yaml", yaml=tiny.SLOW)
    return tiny.run_submitted(settings, tiny.submit(settings, params))


def measured(settings: Settings) -> int:
    """How many regions are measured."""
    database = Database(settings)
    with database.read() as session:
        count = session.scalar(select(func.count()).select_from(Radiomics).where(Radiomics.status == "ok"))
    database.close()
    return count or 0


def on_slurm(folder: Path) -> Iterator[Row]:
    """Start, loss and a whole cohort."""
    batch = {"executor": "slurm", "cluster_jobs": 2, "case_seconds": 60, "case_memory_mb": 1000}
    with slurm.running(folder / "slurm"):
        settings, cohort = data_folder(folder / "data", **batch)
        start = time.perf_counter()
        with cluster_executor(settings, LIMITS) as executor:
            executor.submit(fatal_calls.square, 1).result()
            yield ["two SLURM jobs asked for: the first answer of a case", f"{time.perf_counter() - start:.1f} s"]
            seconds(lambda: executor.width() == 2)
            subprocess.run(["scancel", sorted(queued_jobs("slurm") or ())[0]], check=True)
            seconds(lambda: executor.width() == 1)
            yield ["`scancel` of one: until two compute again", f"{seconds(lambda: executor.width() == 2):.1f} s"]
        start = time.perf_counter()
        tiny.done(extract(settings, cohort))
        yield [f"a cohort of {STUDIES} small studies on them", f"{time.perf_counter() - start:.1f} s"]
    settings, cohort = data_folder(folder / "here")
    start = time.perf_counter()
    tiny.done(extract(settings, cohort))
    yield ["the same in two child processes (`local`)", f"{time.perf_counter() - start:.1f} s"]


def cut_link(folder: Path) -> Iterator[Row]:
    """The link of one of two hosts is cut in the middle of a cohort, with dask's own time limits (30 s)."""
    test_cut_link.TIMEOUT.clear()
    settings, cohort = data_folder(folder / "data")
    with ExitStack() as stack:
        net = stack.enter_context(network(2))
        start = dask("scheduler", "--host", net.address, "--port", "0", *QUIET, "--no-show")
        scheduler = wait_for_output(stack.enter_context(start), "Scheduler at:")
        for host in net.hosts:
            stack.enter_context(test_cut_link.supervised(net, host, scheduler))
        client = stack.enter_context(Client(scheduler, set_as_default=False))
        seconds(lambda: len(client.nthreads()) == 2)
        remote = settings.model_copy(update={"executor": scheduler})
        job = threading.Thread(target=lambda: tiny.done(extract(remote, cohort)))
        job.start()
        seconds(lambda: measured(settings) > 0)
        net.cut(2)
        at = time.perf_counter()
        lost = seconds(lambda: len(client.nthreads()) == 1)
        yield ["a link is cut: until the scheduler gives the host up", f"{lost:.0f} s"]
        job.join()
        yield ["until the cohort is complete", f"{time.perf_counter() - at:.0f} s, {measured(settings)} of 12 regions"]
        net.mend(2)
        back = seconds(lambda: len(client.nthreads()) == 2)
        yield ["the link is back: until the host computes again", f"{back:.1f} s"]


def object_store(folder: Path) -> Iterator[Row]:
    """Putting and reading volumes, and the memory of a backup."""
    data = [os.urandom(BLOB_BYTES) for _ in range(BLOBS)]
    mib = BLOBS * BLOB_BYTES / 2**20
    with pytest.MonkeyPatch.context() as patch, s3_server(patch):
        settings = shared(folder / "a")
        upgrade(settings)
        there, here = open_files(settings), BlobStore(folder / "local")
        other = open_files(shared(folder / "b"))
        hashes = [hashlib.sha256(one).hexdigest() for one in data]
        for name, call in (("data folder", here.put), ("object store", there.put)):
            yield [f"put {BLOBS} files of 4 MiB: {name}", f"{mib / _timed(call, data):.0f} MiB/s"]
        reads = (("data folder", here.read), ("object store", other.read), ("this host's copy of it", other.read))
        for name, read in reads:
            yield [f"read them: {name}", f"{mib / _timed(read, hashes):.0f} MiB/s"]
        for name, words in (("backup", ("backup", folder / "b.tar")), ("db check", ("db", "check"))):
            took, peak = _process(settings, *words)
            yield [f"`{name}` of these {mib:.0f} MiB: wall, peak memory", f"{took:.1f} s, {peak:.0f} MiB"]


def _timed(call: Callable[..., object], items: list[bytes] | list[str]) -> float:
    start = time.perf_counter()
    for item in items:
        call(item)
    return time.perf_counter() - start


def _process(settings: Settings, *words: object) -> tuple[float, float]:
    """Seconds and peak MiB of a command."""
    start = time.perf_counter()
    command = [sys.executable, "-c", MEASURED, *map(str, words), "--data-dir", str(settings.data_dir)]
    environment = os.environ | {"RADIOMICLENS_FILES_URL": settings.files_url}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, int(done.stdout.split()[-1]) / 1024


def main() -> None:
    """Prints the table, and writes it where asked."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--write", action="store_true", help="put the table into docs/clusters.md")
    write = asked.parse_args().write
    rows: list[Row] = []
    for part in (object_store, on_slurm, cut_link):
        with tempfile.TemporaryDirectory() as folder:
            for row in part(Path(folder)):
                print(*row, sep=": ", flush=True)
                rows.append(row)
    text = f"{table(['what', 'measured'], rows)}\n\n{measured_by('python -m benchmarks.hosts')}"
    if write:
        write_block("clusters.md", "hosts", text)


if __name__ == "__main__":
    main()
