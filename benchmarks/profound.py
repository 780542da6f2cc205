"""Agreement of `embed` with the published architecture on checkpoints in ProFound's layout.

`python -m benchmarks.profound [--seeds 7 1 2] [--write]` writes the three files of `../shared/profound/make_weights.py`
for every seed, embeds with the real command, and prints the largest absolute differences: for seed 7 from the stored
outputs of the published code, for every seed from a second implementation of that architecture
(`benchmarks/published.py`). `--write` puts the table into docs/encoders.md. Two to three minutes a seed on a CPU.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks import published
from benchmarks.page import measured_by, table, write_block

ROOT = Path(__file__).parents[1]
PROFOUND = ROOT.parent / "shared" / "profound"
KINDS = ("classifier", "segmenter", "pretrain")
STORED_SEED = 7
TOLERANCE = 2e-4
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Line:
    """Largest absolute difference of one output; None where there is no reference."""

    seed: int
    answer: str
    shape: tuple[int, ...]
    from_stored: float | None
    from_second: float


def make(what: str, out: Path, seed: int) -> None:
    """Write one file by the rule."""
    subprocess.run([sys.executable, PROFOUND / "make_weights.py", what, out, "--seed", str(seed)], check=True)


def embed(folder: Path, kind: str, stage: str) -> dict[str, Array]:
    """Output of `radiomiclens embed`, by layer."""
    out = folder / (f"{kind}-{stage}.npz" if stage == "all" else f"{kind}-{stage}.npy")
    command: list[str | Path] = [sys.executable, "-m", "backend.cli.main", "embed", "--checkpoint", folder / kind]
    subprocess.run([*command, "--input", folder / "x.npy", "--out", out, "--stage", stage], cwd=ROOT, check=True)
    found = np.load(out, allow_pickle=False)
    return {stage: found} if stage != "all" else {name: found[name] for name in found.files}


def lines(folder: Path, seed: int) -> Iterator[Line]:
    """Compare every output on the files of one seed."""
    for kind in KINDS:
        make(kind, folder / kind, seed)
    make("input", folder / "x.npy", seed)
    x = torch.from_numpy(np.load(folder / "x.npy"))
    stored: dict[str, Any] = json.loads((PROFOUND / "reference_seed7.json").read_text()) if seed == STORED_SEED else {}
    yield from classifier(folder, seed, x, stored.get("classifier"))
    found, state = embed(folder, "pretrain", "pooled")["pooled"], state_of(folder, "pretrain")
    state = published.renamed(state)
    second = published.pooled(published.stages(x.double(), state), state)
    yield line(seed, "pre-training file, pooled", found, second, stored.get("pretrain", {}).get("embedding"))
    yield segmenter(folder, seed, x, stored.get("segmenter"))


def classifier(folder: Path, seed: int, x: Tensor, stored: dict[str, Any] | None) -> Iterator[Line]:
    """Stages, embedding and logits of the classifier file."""
    state = state_of(folder, "classifier")
    maps = published.stages(x.double(), state)
    embedding = published.pooled(maps, state)
    found = embed(folder, "classifier", "all") | embed(folder, "classifier", "logits")
    for number, average in enumerate(published.averages(maps)):
        known = stored and stored["stage_gap"][number]
        yield line(seed, f"stage {number + 1}, average", found[f"stage{number + 1}"], average, known)
    yield line(seed, "pooled", found["pooled"], embedding, stored and stored["embedding"])
    yield line(seed, "logits", found["logits"], published.logits(embedding, state), stored and stored["logits"])


def segmenter(folder: Path, seed: int, x: Tensor, stored: dict[str, Any] | None) -> Line:
    """Segmentation logits; of the published code's a sample, the mean and the deviation are stored."""
    found = embed(folder, "segmenter", "segmentation")["segmentation"]
    second = published.segmentation(x.double(), state_of(folder, "segmenter"))
    apart = None
    if stored is not None:
        assert list(found.shape) == stored["shape"]
        sampled = np.r_[found[0, 0, ::8, ::16, ::16].ravel(), found.mean(), found.std(ddof=1)]
        apart = difference(sampled, np.r_[stored["sample"], stored["mean"], stored["std"]])
    return Line(seed, "segmentation logits", found.shape, apart, difference(found, second))


def state_of(folder: Path, kind: str) -> dict[str, Tensor]:
    """The arrays of a file in double precision."""
    return published.in_float64(torch.load(folder / kind, weights_only=True)["model"])


def line(seed: int, answer: str, found: Array, second: Tensor, stored: Any) -> Line:
    """One row of the table."""
    apart = None if stored is None else difference(found, stored)
    return Line(seed, answer, found.shape, apart, difference(found, second))


def difference(found: Array, expected: Any) -> float:
    """Largest absolute difference."""
    return float(np.abs(found.astype(np.float64) - np.asarray(expected, dtype=np.float64)).max())


def rows(found: list[Line]) -> list[list[str]]:
    """Table rows."""
    return [
        [str(one.seed), one.answer, " x ".join(map(str, one.shape)), worded(one.from_stored), worded(one.from_second)]
        for one in found
    ]


def worded(value: float | None) -> str:
    """`3.1e-06`, or a dash."""
    return "–" if value is None else f"{value:.1e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[STORED_SEED, 1, 2])
    parser.add_argument("--write", action="store_true", help="put the table into docs/encoders.md")
    given = parser.parse_args()
    if not PROFOUND.is_dir():
        sys.exit("../shared/profound is not here: there is nothing to compare with.")
    found: list[Line] = []
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
            for one in lines(Path(folder), seed):
                found.append(one)
                print(*rows([one])[0], sep="  ", flush=True)
    worst = max(value for one in found for value in (one.from_stored, one.from_second) if value is not None)
    print(f"largest {worst:.1e}, allowed {TOLERANCE:g}")
    if given.write:
        head = ["seed", "answer", "shape", "from the stored answer", "from the second writing"]
        command = f"python -m benchmarks.profound --seeds {' '.join(map(str, given.seeds))} --write"
        write_block("encoders.md", "profound", f"{measured_by(command)}\n\n{table(head, rows(found))}")
    if worst > TOLERANCE:
        sys.exit(1)


if __name__ == "__main__":
    main()
