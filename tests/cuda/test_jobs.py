"""Jobs on a GPU: in processes of their own, killed and resumed, one at a time, and short of memory."""

import fcntl
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from backend.jobs.compute.gpu_lock import gpu, place
from backend.models import Embedding, JobLog
from backend.settings import Settings
from backend.storage.database import Database
from benchmarks.resume import killed_and_resumed, prepared
from shared import schemas as s
from tests.jobs import tiny

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))


def pretraining(settings: Settings) -> s.PretrainParams:
    return s.PretrainParams(
        cohort_id=tiny.store_studies(settings, 4), input=INPUT, epochs=2, batch=2, patch=8, decoder_width=16
    )


def test_a_training_and_its_embeddings_are_done_there_in_bf16(settings: Settings, database: Database) -> None:
    pre = tiny.run(settings, pretraining(settings))
    tiny.done(pre)
    with database.read() as session:
        assert set(session.scalars(select(Embedding.precision))) == {"bf16"}
        assert "bf16 against float32 on 4 inputs" in "\n".join(session.scalars(select(JobLog.line)))


def test_a_fine_tuning_killed_in_a_process_of_its_own_ends_near_one_that_was_not(tmp_path: Path) -> None:
    report = killed_and_resumed(prepared(tmp_path, studies=4, epochs=4), kills=1, seed=0)
    assert (report.kills, report.epochs) == (1, 4)
    assert report.largest_loss_difference < 0.1


def test_a_job_waits_while_another_computes_there_and_says_so(settings: Settings, database: Database) -> None:
    name = gpu()
    assert name is not None
    params = pretraining(settings)
    with place(name).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        threading.Timer(3.0, lambda: fcntl.flock(lock, fcntl.LOCK_UN)).start()
        tiny.done(tiny.run(settings, params))
    with database.read() as session:
        lines = session.scalars(select(JobLog.line)).all()
    assert "Another job computes on this machine's GPU; this one waits for it." in lines


def test_a_job_short_of_memory_fails_with_what_to_do(settings: Settings, room: Callable[[int], None]) -> None:
    params = pretraining(settings)
    room(2**23)
    job = tiny.run(settings, params)
    assert job.state == "failed"
    assert job.error.startswith("The GPU has too little memory to train on 2 of these inputs at once")
