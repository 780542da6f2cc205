"""Cases on dask workers: real schedulers, real workers, real deaths."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import psutil
import pytest
from sqlalchemy import select

from backend.errors import RadiomicLensError
from backend.jobs.compute import measure_case
from backend.jobs.compute.dask_executor import cluster_executor
from backend.jobs.compute.executors import ClusterLost
from backend.jobs.compute.subprocess_pool import Limits
from backend.models import Case, Radiomics
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny
from tests.jobs.compute import fatal_calls, fatal_measurements

LIMITS = Limits(memory_mb=2000, seconds=60)
PATIENCE = 200.0  # seconds that only a very busy machine takes
QUIET = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")


@contextmanager
def dask(*words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A dask process as somebody would start it in a terminal; it and its children are gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9 of a process; the processes it started must see for themselves that it is gone."""
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def wait_for_output(process: subprocess.Popen[str], words: str) -> str:
    """The rest of the line in which a process says `words`; what it says afterwards is read and dropped."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            threading.Thread(target=_drop, args=(process,), daemon=True).start()
            return line.split(words)[1].strip()
    raise AssertionError(f"it ended without saying {words!r}")


def _drop(process: subprocess.Popen[str]) -> None:
    try:
        while process.stderr is not None and process.stderr.readline():
            pass
    except ValueError:  # closed meanwhile
        pass


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with dask("scheduler", "--host", "127.0.0.1", "--port", "0", *QUIET, "--no-show") as process:
        yield wait_for_output(process, "Scheduler at:")


def worker(address: str, **environment: str):
    """One worker with one thread, without the nanny that would start it again."""
    return dask("worker", address, "--nthreads", "1", "--no-nanny", *QUIET, **environment)


def rows(database: Database) -> list[tuple[str, str, str, str, np.ndarray | None]]:
    kept = select(Case.study_id, Radiomics.roi, Radiomics.status, Radiomics.reason, Radiomics.values)
    with database.read() as session:
        return [tuple(row) for row in session.execute(kept.join(Radiomics).order_by(Case.study_id, Radiomics.roi))]


def at(settings, address: str):
    """The settings with the cluster at an address."""
    return settings.model_copy(update={"executor": address})


def extract(settings, cohort: str, yaml: str = tiny.FIRST_ORDER) -> s.Job:
    params = s.ExtractParams(cohort_id=cohort, settings="own.yaml", yaml=yaml)
    return tiny.run_submitted(settings, tiny.submit(settings, params))


def test_a_worker_killed_in_the_middle_loses_and_doubles_no_case(settings, database, scheduler) -> None:
    cohort = tiny.store_studies(settings, 8)
    remote = settings.model_copy(update={"executor": scheduler})
    with worker(scheduler) as first, worker(scheduler):
        wait_for_output(first, "Registered to:")
        job: list[s.Job] = []
        running = threading.Thread(target=lambda: job.append(extract(remote, cohort, tiny.SLOW)))
        running.start()
        deadline = time.monotonic() + PATIENCE
        while not any(row[2] == "ok" for row in rows(database)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        children = psutil.Process(first.pid).children(recursive=True)
        kill(first)
        assert 0 < sum(row[2] == "ok" for row in rows(database)) < 12, "it was not killed in the middle"
        running.join(PATIENCE)
    assert tiny.done(job[0])["failed"] == 0
    assert (tiny.done(job[0])["units"], len(rows(database))) == (12, 16)
    kept = rows(database)
    assert sum(values is not None for *_, values in kept) == 12, "8 glands and 4 lesions"
    psutil.wait_procs(children, timeout=10)
    assert not [child for child in children if child.is_running()], "a child outlived its worker"
    with database.write() as session:
        for row in session.scalars(select(Radiomics)):
            session.delete(row)
    tiny.done(extract(settings, cohort, tiny.SLOW))
    for here, there in zip(rows(database), kept, strict=True):
        assert here[:4] == there[:4]
        assert np.array_equal(here[4], there[4], equal_nan=True) if here[4] is not None else there[4] is None


def test_a_case_that_takes_workers_down_is_recorded_and_the_others_finish(settings, database, monkeypatch) -> None:
    """On workers of this machine (`dask`), which are started again each time one dies."""
    cohort = tiny.store_studies(settings, 3)
    monkeypatch.setenv(fatal_measurements.VARIABLE, tiny.volume_hash(database, "002_5001"))
    monkeypatch.setattr(measure_case, "measure", fatal_measurements.measure_on_node)
    result = tiny.done(extract(settings.model_copy(update={"executor": "dask", "workers": 2}), cohort))
    assert (result["failed"], result["units"]) == (1, 5)
    by_region = {row[:2]: row for row in rows(database)}
    bad = by_region.pop(("002_5001", "gland"))
    assert bad[2:] == ("failed", "Its computation took 4 dask workers down, and was given up; exclude it.", None)
    assert by_region.pop(("002_5001", "lesion"))[3] == "there is no lesion mask, or it is empty"
    assert [row[2] for row in by_region.values()] == ["ok"] * 4


def test_limits_hold_on_a_worker_and_leave_it_in_peace(settings, scheduler) -> None:
    with worker(scheduler) as node:
        wait_for_output(node, "Registered to:")
        with cluster_executor(at(settings, scheduler), Limits(memory_mb=1000, seconds=2)) as executor:
            assert executor.width() == 1
            slow = executor.submit(fatal_calls.sleep, 30.0)
            large = executor.submit(fatal_calls.fill_memory, 3000)
            dies = executor.submit(fatal_calls.die, 0)
            named = executor.submit(fatal_calls.fail_with_a_name, 0)
            good = executor.submit(fatal_calls.square, 7)
            why = {slow: "longer than 2 s", large: "more memory", dies: "SIGKILL", named: r"failed \(ValueError\)"}
            for future, words in why.items():
                with pytest.raises(RadiomicLensError, match=words):
                    future.result(PATIENCE)
            assert good.result(PATIENCE) == 49
        assert node.poll() is None


def test_voxels_damaged_on_the_way_are_a_failed_row(settings, database, monkeypatch) -> None:
    cohort = tiny.store_studies(settings, 1)
    remote = settings.model_copy(update={"executor": "tcp://127.0.0.1:1"})
    monkeypatch.setattr(type(remote), "remote", property(lambda _: True))
    real = BlobStore.read
    monkeypatch.setattr(BlobStore, "read", lambda self, sha256: real(self, sha256)[:-1] + b"?")
    inline = remote.model_copy(update={"executor": "inline"})
    assert tiny.done(extract(inline, cohort))["failed"] == 2
    assert all("damaged on its way" in row[3] for row in rows(database))


def test_nodes_that_see_the_files_read_them_there(settings, database, tmp_path, monkeypatch) -> None:
    cohort = tiny.store_studies(settings, 1)
    (settings.data_dir / "files").rename(tmp_path / "mounted")
    monkeypatch.setattr(type(settings), "remote", property(lambda _: True))
    seen = settings.model_copy(update={"node_files": tmp_path / "mounted"})
    assert tiny.done(extract(seen, cohort))["failed"] == 0


def test_no_scheduler_is_said_and_a_lost_one_ends_the_job_with_what_it_has(settings, database) -> None:
    cohort = tiny.store_studies(settings, 2)
    with dask("scheduler", "--host", "127.0.0.1", "--port", "0", *QUIET, "--no-show") as process:
        address = wait_for_output(process, "Scheduler at:")
        with cluster_executor(at(settings, address), LIMITS) as executor:
            waiting = executor.submit(fatal_calls.square, 3)
            kill(process)
            with pytest.raises(ClusterLost, match="what is measured is kept"):
                waiting.result(PATIENCE)
    job = extract(at(settings, address).model_copy(update={"job_attempts": 1}), cohort)
    assert (job.state, f"No dask scheduler answers at {address}" in job.error) == ("failed", True)


def test_nodes_need_neither_database_nor_web_nor_dask_to_compute() -> None:
    script = (
        "import backend.jobs.compute.subprocess_main, backend.jobs.compute.subprocess_pool, sys; "
        "import backend.jobs.compute.measure_case; "
        "import backend.science.radiomics, backend.science.imaging.prepare; "
        "print(sorted({'sqlalchemy', 'fastapi', 'streamlit', 'dask', 'distributed', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_dask_is_imported_only_where_it_is_used() -> None:
    script = (
        "import backend.cli.main, backend.app, backend.jobs.run, backend.jobs.tasks.extract, sys; "
        "print(sorted({'dask', 'distributed'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
