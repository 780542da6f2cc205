"""Kills an extraction at random points: `python -m benchmarks.kill` counts what was lost, doubled or changed.

A worker as a process of its own extracts a cohort of small studies. Again and again the worker, its job or a child that
computes a case is killed, each after a random time; the worker is started again. In the end the table is compared with
that of an undisturbed run, bit for bit. `--write` puts the result into docs/safety.md.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import psutil
from sqlalchemy import select

from backend.jobs import queue
from backend.models import Case, Radiomics
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from benchmarks.page import measured_by, table, write_block
from shared import schemas as s
from tests.jobs import tiny

ROOT = Path(__file__).parents[1]
LONGEST_LIFE = 4.0
"""Longest time in seconds before a process is killed; its start takes about half of it."""


class Victims:
    """A worker on a data folder, and its child processes."""

    def __init__(self, data: Path, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        self.data, self._environment = data, environment
        self.killed: Counter[str] = Counter()
        self._start()

    def kill(self, rng: random.Random) -> None:
        """Kill the worker, the job or a child, chosen at random among those that run."""
        worker = psutil.Process(self._worker.pid)
        jobs = worker.children()
        children = [child for job in jobs for child in job.children()]
        kinds = {"worker": [worker], "job": jobs, "child": children}
        kind = rng.choice([name for name, found in kinds.items() if found])
        with suppress(psutil.NoSuchProcess):
            os.kill(rng.choice(kinds[kind]).pid, signal.SIGKILL)
            self.killed[kind] += 1
        if kind == "worker":
            self._worker.wait()
            self._start()

    def _start(self) -> None:
        environment = {"RADIOMICLENS_WORKERS": "2", "RADIOMICLENS_JOB_ATTEMPTS": "1000", "OMP_NUM_THREADS": "1"}
        self._worker = subprocess.Popen(
            [sys.executable, "-m", "backend.cli.main", "worker", "--data-dir", self.data],
            cwd=ROOT,
            env=os.environ | environment | dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill_for_good(self) -> None:
        """Kill the worker and start no other in its place, as where a host is gone."""
        self._worker.kill()
        self._worker.wait()
        self.killed["host"] += 1

    def stop(self) -> None:
        self._worker.terminate()
        self._worker.wait()


def features(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Study, region, status and hash of the values of every row, in order."""
    database = Database(settings)
    with database.read() as session:
        rows = session.execute(select(Case.study_id, Radiomics).join(Radiomics)).all()
        found = [(study, row.roi, row.status, _hash(row.values)) for study, row in rows]
    database.close()
    return sorted(found)


def _hash(values: object) -> str:
    return "" if values is None else hashlib.sha256(values.tobytes()).hexdigest()  # type: ignore[attr-defined]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--cases", type=int, default=150)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--write", action="store_true", help="put the result into docs/safety.md")
    chosen = options.parse_args()
    rng = random.Random(chosen.seed)
    said = measured_by(f"python -m benchmarks.kill --kills {chosen.kills} --seed {chosen.seed}")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        settings.data_dir.mkdir()
        upgrade(settings)
        cohort = tiny.store_studies(settings, chosen.cases)
        calm = settings.model_copy(update={"data_dir": Path(folder) / "calm", "executor": "inline"})
        shutil.copytree(settings.data_dir, calm.data_dir)
        params = s.ExtractParams(cohort_id=cohort, settings="slow.yaml", yaml=tiny.SLOW)
        job = tiny.submit(settings, params)
        victims = Victims(settings.data_dir)
        while sum(victims.killed.values()) < chosen.kills:
            time.sleep(rng.uniform(0, LONGEST_LIFE))
            if tiny.read(settings, job.id).state in queue.ENDED:
                break
            victims.kill(rng)
        while (state := tiny.read(settings, job.id).state) not in queue.ENDED:
            time.sleep(0.5)
        victims.stop()
        tiny.run_submitted(calm, tiny.submit(calm, params))
        expected, found = features(calm), features(settings)
    lost = len(set(expected) - set(found))
    regions = Counter((study, roi) for study, roi, *_ in found)
    doubled = sum(n > 1 for n in regions.values())
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(victims.killed.items()))
    row = [str(sum(victims.killed.values())), kinds, state, str(len(expected)), str(lost), str(doubled)]
    row.append("yes" if found == expected else "no")
    text = table(["kills", "of which", "job", "rows", "lost or changed", "doubled", "table bit-identical"], [row])
    print(text)
    if chosen.write:
        write_block("safety.md", "kill", f"kill -9 during one extraction job. {said}\n\n{text}")
    sys.exit(0 if found == expected and state == "done" and not doubled else 1)


if __name__ == "__main__":
    main()
