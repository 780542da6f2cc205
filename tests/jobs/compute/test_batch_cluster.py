"""Cases in jobs of a batch system: a real SLURM that loses jobs, its controller, and takes none."""

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dask
import pytest
from pydantic import ValidationError
from sqlalchemy import select

from backend.errors import BadSettings
from backend.jobs import run, transitions
from backend.jobs.compute import batch_keeper, dask_executor
from backend.jobs.compute.batch_keeper import queued_jobs
from backend.jobs.compute.dask_executor import cluster_executor
from backend.jobs.compute.executors import ClusterLost
from backend.jobs.compute.subprocess_pool import Limits
from backend.jobs.worker import how_it_ended
from backend.models import JobLog
from backend.settings import Settings
from backend.storage.database import Database
from tests.jobs import tiny
from tests.jobs.compute import fatal_calls, slurm
from tests.jobs.compute.test_dask_executor import PATIENCE, extract, rows

CTRL_C = signal.getsignal(signal.SIGINT)
batch_cluster = importlib.import_module("backend.jobs.compute.batch_cluster")
signal.signal(signal.SIGINT, CTRL_C)  # dask_jobqueue sets a handler of its own when it is imported, in the main thread
LIMITS = Limits(memory_mb=1000, seconds=60)
FIELDS = {
    "executor": "slurm",
    "cluster_jobs": 2,
    "cluster_walltime": "00:05:00",
    "case_seconds": 60,
    "case_memory_mb": 1000,
}


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with slurm.running(tmp_path_factory.mktemp("slurm")) as folder:
        yield folder


def batch(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update=FIELDS | changes)


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited too long for {what}"
        time.sleep(0.05)


def log_of(database: Database, job_id: str) -> str:
    with database.read() as session:
        return "\n".join(session.scalars(select(JobLog.line).where(JobLog.job_id == job_id)))


@pytest.mark.slow
def test_a_job_that_is_cancelled_is_replaced_and_every_case_is_measured(
    settings, database, controller, monkeypatch
) -> None:
    monkeypatch.setattr(batch_keeper, "SECONDS_BETWEEN_LOOKS", 0.5)
    cohort = tiny.store_studies(settings, 4)
    job: list[object] = []
    running = threading.Thread(target=lambda: job.append(extract(batch(settings), cohort, tiny.SLOW)))
    running.start()
    until(lambda: any(row[2] == "ok" for row in rows(database)) or not running.is_alive(), "the first case")
    first = queued_jobs("slurm")
    assert first is not None
    assert len(first) == 2
    subprocess.run(["scancel", *first], check=True)
    assert sum(row[2] == "ok" for row in rows(database)) < 6, "they were not cancelled in the middle"
    running.join(PATIENCE)
    assert tiny.done(job[0])["failed"] == 0
    assert sum(values is not None for *_, values in rows(database)) == 6, "4 glands and 2 lesions"
    until(lambda: not queued_jobs("slurm"), "the end of the jobs")
    assert {*Path(settings.data_dir / "cluster").glob("radiomiclens-*.err")} > {
        settings.data_dir / "cluster" / f"radiomiclens-{number}.err" for number in first
    }


@pytest.mark.slow
def test_running_jobs_go_on_while_the_controller_is_gone(settings, controller, monkeypatch) -> None:
    monkeypatch.setattr(batch_keeper, "SECONDS_BETWEEN_LOOKS", 0.5)
    with cluster_executor(batch(settings, cluster_jobs=1), LIMITS) as executor:
        assert executor.submit(fatal_calls.square, 5).result(PATIENCE) == 25
        slurm.kill(controller, "slurmctld")
        assert queued_jobs("slurm") is None
        assert executor.submit(fatal_calls.square, 7).result(PATIENCE) == 49
        slurm.start_controller(controller)
        until(lambda: queued_jobs("slurm") is not None, "the controller")
        assert executor.submit(fatal_calls.square, 9).result(PATIENCE) == 81
        assert executor.width() == 1


@pytest.mark.slow
def test_a_job_that_dask_forgot_is_replaced(settings, controller, monkeypatch) -> None:
    monkeypatch.setattr(batch_keeper, "SECONDS_BETWEEN_LOOKS", 2.0)
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "10ms"}),
        cluster_executor(batch(settings, cluster_jobs=1), LIMITS) as executor,
    ):
        assert executor.submit(fatal_calls.square, 5).result(PATIENCE) == 25
        subprocess.run(["scancel", *(queued_jobs("slurm") or ())], check=True)
        until(lambda: executor.width() == 0, "the end of the worker")
        assert executor.submit(fatal_calls.square, 6).result(PATIENCE) == 36


@pytest.mark.slow
def test_batch_jobs_end_when_their_job_is_killed(settings, controller, tmp_path) -> None:
    script = (
        "import sys, time\n"
        "from backend.settings import Settings\n"
        "from backend.jobs.compute.dask_executor import cluster_executor\n"
        "from backend.jobs.compute.subprocess_pool import Limits\n"
        "from tests.jobs.compute import fatal_calls\n"
        "settings = Settings.model_validate_json(sys.argv[1])\n"
        "with cluster_executor(settings, Limits(1000, 60)) as executor:\n"
        "    print(executor.submit(fatal_calls.square, 5).result(), flush=True)\n"
        "    time.sleep(1000)\n"
    )
    given = batch(settings, cluster_jobs=1).model_dump_json()
    with subprocess.Popen([sys.executable, "-c", script, given], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "25\n"
        assert len(queued_jobs("slurm") or ()) == 1
        process.kill()
    until(lambda: not queued_jobs("slurm"), "the end of the batch job")


def test_outputs_and_keys_of_long_ago_are_removed(settings) -> None:
    folder = batch_cluster._folder(batch(settings))
    (folder / "keys-left").mkdir()
    made = [folder / name for name in ("radiomiclens-1.err", "radiomiclens-2.err", "keys-left/key.pem", "keys-left")]
    for path in made[:3]:
        path.write_text("x")
    for path in (made[0], made[2]):
        os.utime(path, (0, 0))
    batch_cluster._prune(folder)
    os.utime(made[3], (0, 0))  # what goes out of a folder makes that new
    batch_cluster._prune(folder)
    assert [path for path in made if path.exists()] == [made[1]]


@pytest.mark.parametrize(
    ("system", "lines"),
    [
        ("slurm", ["#SBATCH -p long", "#SBATCH -A lab", "#SBATCH --cpus-per-task=3", "#SBATCH --mem=4G"]),
        ("sge", ["#$ -q long", "#$ -P lab", "#$ -l h_rt=00:30:00"]),
        ("pbs", ["#PBS -q long", "#PBS -A lab", "#PBS -l select=1:ncpus=3:mem=4024MB", "#PBS -l walltime=00:30:00"]),
    ],
)
def test_a_job_asks_for_what_the_settings_say_and_ends_itself_in_time(settings, system: str, lines: list[str]) -> None:
    asked = {"cluster_queue": "long", "cluster_account": "lab", "cluster_cores": 3, "cluster_walltime": "00:30:00"}
    chosen = batch(settings, executor=system, **asked)
    folder = batch_cluster._folder(chosen)
    with batch_cluster._keys(folder) as keys, batch_cluster._closing(batch_cluster._cluster(chosen, keys)) as cluster:
        script = cluster.job_script().splitlines()
        assert [path.stat().st_mode & 0o077 for path in (folder, *folder.glob("keys-*"))] == [0, 0]
    assert list(folder.glob("keys-*")) == []
    assert [line for line in lines if line not in script] == []
    (worker,) = (line for line in script if "dask_worker" in line)
    assert "tls://" in worker
    assert "--nthreads 3" in worker
    assert "--lifetime 1653s --lifetime-stagger 87s" in worker, "29 minutes, less a twentieth"
    assert "--dashboard-address 127.0.0.1:0" in worker


@pytest.mark.parametrize("field", ["cluster_queue", "cluster_account", "cluster_interface"])
@pytest.mark.parametrize(
    "value", ["long\nrm -rf ~", "a;b", "$(id)", "a b"], ids=["line", "semicolon", "shell", "space"]
)
def test_no_setting_adds_a_command_to_the_script(field: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=field):
        Settings.model_validate({"data_dir": tmp_path, "executor": "slurm", field: value})


@pytest.mark.parametrize("name", ["my data", "$(id)", "50%J"], ids=["space", "shell", "percent"])
def test_a_folder_that_the_script_cannot_name_is_refused(settings, name: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="RADIOMICLENS_CLUSTER_FOLDER"):
        batch_cluster._folder(batch(settings, cluster_folder=tmp_path / name))
    assert list(tmp_path.glob(f"{name}*")) == []


@pytest.mark.parametrize(("walltime", "good"), [("00:18:00", True), ("00:17:00", False), ("1:00:00", False)])
def test_a_job_too_short_for_a_case_is_refused(walltime: str, good: bool, tmp_path: Path) -> None:
    given = {"data_dir": tmp_path, "executor": "slurm", "case_seconds": 900, "cluster_walltime": walltime}
    if good:
        assert Settings.model_validate(given).remote
    else:
        with pytest.raises(ValidationError, match="cluster_walltime"):
            Settings.model_validate(given)


@pytest.mark.slow
def test_jobs_that_end_before_they_compute_end_the_attempt(settings, controller, monkeypatch) -> None:
    monkeypatch.setattr(batch_keeper, "SECONDS_BETWEEN_LOOKS", 0.2)
    with (
        dask.config.set({"jobqueue.slurm.python": "/bin/false"}),
        cluster_executor(batch(settings, cluster_jobs=1), LIMITS) as executor,
    ):
        waiting = executor.submit(fatal_calls.square, 3)
        with pytest.raises(ClusterLost, match="3 jobs of slurm ended before they computed anything"):
            waiting.result(PATIENCE)
        with pytest.raises(ClusterLost):
            executor.submit(fatal_calls.square, 3).result(PATIENCE)
    until(lambda: not queued_jobs("slurm"), "the end of the jobs")


@pytest.mark.slow
def test_a_refused_job_is_said_in_the_words_of_the_batch_system(settings, controller, monkeypatch) -> None:
    refused = pytest.raises(ClusterLost, match=r"slurm took no job: .*Invalid partition")
    with refused, cluster_executor(batch(settings, cluster_queue="nosuch"), LIMITS):
        pass
    monkeypatch.setenv("PATH", "/nowhere")
    missing = pytest.raises(ClusterLost, match="no command 'sbatch' on this machine")
    with missing, cluster_executor(batch(settings), LIMITS):
        pass
    assert queued_jobs("slurm") is None


def test_a_lost_cluster_costs_an_attempt_and_the_row_goes_on(settings, database, monkeypatch) -> None:
    monkeypatch.setattr(run, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(dask_executor, "SECONDS_TO_ANSWER", 1)
    cohort = tiny.store_studies(settings, 1)
    params = tiny.s.ExtractParams(cohort_id=cohort, settings="own.yaml", yaml=tiny.FIRST_ORDER)
    job = tiny.submit(settings, params)
    tiny.claim(settings, job.id)
    assert run.ended(settings.model_copy(update={"executor": "tcp://127.0.0.1:1"}), job.id) == transitions.TRY_AGAIN
    assert tiny.read(settings, job.id).state == "running", "the worker queues it again, once the process has ended"
    with database.write() as session:
        transitions.requeue_or_fail(session, job.id, 3, how_it_ended(transitions.TRY_AGAIN))
    assert tiny.read(settings, job.id).state == "queued"
    assert "No dask scheduler answers at tcp://127.0.0.1:1" in log_of(database, job.id)
    assert "The job lost its cluster or its store of files; it is queued again" in log_of(database, job.id)
    assert tiny.done(tiny.run_submitted(settings, job))["units"] == 2
