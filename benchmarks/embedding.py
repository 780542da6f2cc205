"""Speed and memory of embedding cohorts: `python -m benchmarks.embedding [--write] [--tiny-cases 3]`.

Every line is measured in a separate process with one thread, so peak memory is its own. Synthetic inputs stream
through `Embedder` as in a job, at two cohort sizes to see whether memory grows; then `embed-cohort` embeds stored
studies, twice. Without a GPU the bf16 lines give the reason. `--write` puts the table into docs/performance.md.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.cuda import without_gpu
from benchmarks.page import measured_by, table, write_block

ROOT = Path(__file__).parents[1]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "RADIOMICLENS_THREADS": "1"}
SMALL, MIDDLE, FULL = (16, 64, 64), (32, 112, 112), (64, 224, 224)
ATTO, TINY = "convnextv2-atto", "convnextv2-tiny"
STUDIES = 120


@dataclass(frozen=True)
class Streamed:
    """One stream of cases: CPU seconds and wall clock a case (the first batch left out), peak memory in GiB."""

    cases: int
    cpu: float
    wall: float
    peak: float
    precision: str


def cases_of(size: tuple[int, int, int], count: int) -> Iterator[NDArray[np.float32]]:
    """Cases generated one at a time."""
    for number in range(count):
        yield np.random.default_rng(number).standard_normal((3, *size), dtype=np.float32)


def streamed(arch: str, size: tuple[int, int, int], count: int, batch: int) -> Streamed:
    """Embed `count` cases in this process."""
    from backend.science.embedding.embed import Embedder
    from backend.science.embedding.settings import EmbedSettings
    from backend.science.encoders.registry import build_encoder

    torch.set_num_threads(1)
    torch.manual_seed(0)
    embedder = Embedder(build_encoder(arch), EmbedSettings(batch=batch))
    stream = embedder.stream(cases_of(size, count + batch))
    for _ in range(batch):
        next(stream)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in stream:
        pass
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return Streamed(count, cpu / count, wall / count, peak, embedder.record.precision)


def child(arch: str, size: tuple[int, int, int], count: int, batch: int) -> Streamed:
    """Call `streamed` in a separate process."""
    words = [arch, ",".join(map(str, size)), str(count), str(batch)]
    command = [sys.executable, "-m", "benchmarks.embedding", "--child", *words]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ONE_THREAD, check=True, capture_output=True, text=True)
    return Streamed(**json.loads(done.stdout))


def stream_rows(tiny_cases: int) -> Iterator[list[str]]:
    """Both sizes of encoder; a cohort four times as large shows whether memory grows with it."""
    plans = ((ATTO, SMALL, 40, 4), (ATTO, MIDDLE, 20, 4), (ATTO, FULL, 8, 1), (TINY, FULL, tiny_cases, 1))
    for arch, size, count, batch in plans:
        some = child(arch, size, max(1, count // 4), batch)
        all_ = child(arch, size, count, batch)
        yield [
            f"{arch}, 3 x {' x '.join(map(str, size))}, batch {batch}, {all_.precision}",
            f"{all_.cpu:.2f} s CPU a case, {60 / all_.wall:.1f} cases a minute",
            f"{some.peak:.2f} GiB with {some.cases}, {all_.peak:.2f} with {all_.cases} cases",
            "",
        ]


def cohort_rows(folder: Path) -> Iterator[list[str]]:
    """`embed-cohort` on stored studies, the first time and again: whole processes."""
    from backend.settings import Settings
    from backend.storage.database import upgrade
    from shared import schemas as s
    from tests.jobs import tiny

    settings = Settings(data_dir=folder, threads=1)
    upgrade(settings)
    cohort_id = tiny.store_studies(settings, STUDIES)
    given = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(3.0, 1.0, 1.0))
    weights = folder / "atto.safetensors"
    save_atto(weights)
    imported = s.ImportEncoderParams(cohort_id=cohort_id, path=str(weights), arch=ATTO, input=given)
    start = time.perf_counter()
    tiny.done(tiny.run(settings, imported))
    yield [f"import of an encoder and embedding, {STUDIES} studies of 12 x 32 x 32", worded(start), "", ""]
    for turn in ("everything there", "the same again"):
        start = time.perf_counter()
        job = tiny.run(settings, s.EmbedParams(cohort_id=cohort_id))
        result = tiny.done(job)
        assert result["cached"], "nothing was to be embedded"
        yield [f"job `embed`, {STUDIES} studies, {turn}", worded(start), "", "< 2 s"]


def save_atto(path: Path) -> None:
    """Save random weights as an encoder after training."""
    from backend.science.encoders.checkpoint import save_checkpoint
    from backend.science.encoders.registry import build_encoder

    torch.manual_seed(0)
    state = {f"encoder.{key}": value for key, value in build_encoder(ATTO).state_dict().items()}
    save_checkpoint(path, state, {"arch": ATTO})


def worded(start: float) -> str:
    """Text with the wall-clock time since a start."""
    return f"{time.perf_counter() - start:.2f} s"


def gpu_rows() -> Iterator[list[str]]:
    """Rows for bf16 on a GPU, or the reason why there is none."""
    reason = without_gpu()
    if reason is not None:
        yield [f"{TINY}, 3 x 64 x 224 x 224, bf16 on a GPU", f"skipped: {reason}", "", ""]
        return
    found = child(TINY, FULL, 64, 4)
    name = torch.cuda.get_device_name(0)
    yield [
        f"{TINY}, 3 x 64 x 224 x 224, batch 4, {found.precision}, {name}",
        f"{60 / found.wall:.0f} cases a minute",
        f"{found.peak:.2f} GiB of host memory",
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--tiny-cases", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    if given.child:
        arch, size, count, batch = given.child
        depth, height, width = map(int, size.split(","))
        print(json.dumps(asdict(streamed(arch, (depth, height, width), int(count), int(batch)))))
        return
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in chain(stream_rows(given.tiny_cases), gpu_rows(), cohort_rows(Path(folder))):
            rows.append(row)
            print("  ".join(row), flush=True)
    if given.write:
        text = table(["work", "measured", "peak memory", "goal"], rows)
        write_block("performance.md", "embedding", f"{measured_by('python -m benchmarks.embedding --write')}\n\n{text}")


if __name__ == "__main__":
    main()
