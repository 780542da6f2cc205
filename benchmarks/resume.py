"""Resume after kill -9 at random moments of a fine-tuning, compared with the uninterrupted run.

`python -m benchmarks.resume` runs a real job in real processes, kills the process group three times, resumes it each
time as a worker would, and compares every loss and the bytes of the weights.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import delete, select, update

from backend.jobs import queue
from backend.jobs.resume import epoch_rows
from backend.jobs.run import execute
from backend.models import Embedding, Encoder, Job, TrainingEpoch
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from shared import schemas as s
from tests.jobs import tiny

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))
POLL_S = 0.05


@dataclass(frozen=True)
class Site:
    """A data folder with a cohort, a pre-trained encoder, and the request to be killed."""

    settings: Settings
    params: s.FinetuneParams


@dataclass(frozen=True)
class Report:
    """Result of the comparison."""

    kills: int
    epochs_at_kill: list[int]
    epochs: int
    largest_difference: float
    largest_loss_difference: float
    same_weights: bool


def prepared(folder: Path, studies: int, epochs: int, seeds: int = 1, controls: int = 0) -> Site:
    """Prepare tiny studies, an encoder pre-trained for one epoch, and a fine-tuning with every source of randomness."""
    settings = Settings(data_dir=folder / "data", threads=1)
    upgrade(settings)
    cohort = tiny.store_studies(settings, studies)
    pre = s.PretrainParams(cohort_id=cohort, input=INPUT, epochs=1, batch=3, decoder_width=16)
    tiny.done(tiny.run(settings, pre))
    chance: dict[str, Any] = {"balanced": True, "augment": True, "augment_intensity": True, "cosine": True}
    chance |= {"seeds": seeds, "shuffle_labels": controls}
    params = s.FinetuneParams(cohort_id=cohort, task="pirads", epochs=epochs, batch=2, checkpoint_every=2, **chance)
    return Site(settings, params)


def killed_and_resumed(site: Site, kills: int, seed: int, *, end_here: bool = False) -> Report:
    """Run the request once whole and once with `kills` kills, and compare; `end_here` finishes in this process."""
    database = Database(site.settings)
    whole = tiny.submit(site.settings, site.params)
    finished(site.settings, database, whole.id)
    expected, identity = outcome(database, whole.id)
    forget(database, whole.id)
    job, chance, at = tiny.submit(site.settings, site.params), Random(seed), []
    for number in range(kills):
        process = started(site.settings, database, job.id)
        last = len(expected) - 1 if kills == 1 else len(expected) * (number + 1) // (kills + 1)
        at.append(killed_after(process, database, job.id, chance.randint(1, max(1, last - 1)), chance))
    if end_here:
        finished(site.settings, database, job.id)
    else:
        assert ended(started(site.settings, database, job.id)) == 0
    found, again = outcome(database, job.id)
    database.close()
    pairs = list(zip(found, expected, strict=True))
    apart = {(n, name): abs(ours[name] - theirs[name]) for n, (ours, theirs) in enumerate(pairs) for name in theirs}
    losses = [difference for (_, name), difference in apart.items() if name == "train_loss"]
    return Report(kills, at, len(found), max(apart.values()), max(losses), again == identity)


def finished(settings: Settings, database: Database, job_id: str) -> None:
    """Run a job in this process to its end."""
    claimed(database, job_id)
    execute(settings, job_id)


def claimed(database: Database, job_id: str) -> None:
    """Mark a job as a worker's."""
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(state="running", owner="benchmark"))


def started(settings: Settings, database: Database, job_id: str) -> subprocess.Popen[bytes]:
    """Start the job's process in a new session, as a worker does."""
    claimed(database, job_id)
    command = [sys.executable, "-m", "backend.jobs.run", job_id]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    assert process.stdin is not None
    process.stdin.write(settings.model_dump_json().encode() + b"\n")
    process.stdin.flush()
    return process


def killed_after(
    process: subprocess.Popen[bytes], database: Database, job_id: str, at_least: int, chance: Random
) -> int:
    """Kill the group at a random moment after a number of epochs; return the epochs done then."""
    while len(rows(database, job_id)) < at_least:
        assert process.poll() is None, "the job ended before it could be killed"
        time.sleep(POLL_S)
    time.sleep(chance.uniform(0.0, 0.3))
    os.killpg(process.pid, signal.SIGKILL)
    ended(process)
    return len(rows(database, job_id))


def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process; its exit code."""
    code = process.wait()
    assert process.stdin is not None
    process.stdin.close()
    return code


def rows(database: Database, job_id: str) -> list[TrainingEpoch]:
    """Rows of the epochs done so far."""
    with database.read() as session:
        return epoch_rows.epochs_of(session, job_id)


def outcome(database: Database, job_id: str) -> tuple[list[dict[str, float]], list[str]]:
    """The curves of a finished job, and the hashes of the weights and checkpoints of each of its trainings."""
    with database.read() as session:
        job = queue.get(session, job_id)
        assert job.state == "done", job.error
        hashes = []
        for encoder_id in trained(job):
            passed = session.scalars(select(Encoder).where(Encoder.run_id == encoder_id).order_by(Encoder.epoch))
            hashes += [session.get_one(Encoder, encoder_id).sha256, *(row.sha256 for row in passed)]
    curve = [
        {name: float(value) for name, value in row.scores.items() if value is not None}
        for row in rows(database, job_id)
    ]
    return curve, hashes


def forget(database: Database, job_id: str) -> None:
    """Delete the finished encoders, so that the same request trains again."""
    with database.write() as session:
        ids = trained(queue.get(session, job_id))
        session.execute(delete(Embedding).where(Embedding.encoder_id.in_(ids)))
        session.execute(delete(Encoder).where(Encoder.run_id.in_(ids)))
        session.execute(delete(Encoder).where(Encoder.id.in_(ids)))


def trained(job: Job) -> list[str]:
    """Ids of the encoders of a finished job: its runs, then its controls."""
    return [*job.result["runs"], *job.result["controls"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = killed_and_resumed(prepared(Path(folder), 10, given.epochs), given.kills, given.seed)
    print(f"kills: {report.kills}, with {report.epochs_at_kill} of {report.epochs} epochs done")
    print(f"largest difference of any loss or score: {report.largest_difference:.1e}")
    print(f"largest difference of a training loss: {report.largest_loss_difference:.1e}")
    print(f"weights and checkpoints byte for byte the same: {report.same_weights}")


if __name__ == "__main__":
    main()
