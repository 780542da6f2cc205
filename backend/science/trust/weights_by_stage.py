"""Where fine-tuning changed the encoder: the relative change of the weights of each stage.

The effective rank of a change D is exp of the entropy of its energies p_i = s_i^2 / sum s^2, with s the singular values
(after Roy & Vetterli 2007): 1 for a change along one direction, min(out, in) for one that is equal along all. A LoRA
change of rank r has at most r. Kernels are read as matrices (out, in * k^3).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.errors import BadCheckpoint
from backend.science.text_format import named
from backend.science.types import FloatArray

STAGES = ("stem", "stage1", "stage2", "stage3", "stage4", "head")
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""Buffers of batch norms: they follow the data even where no weight is trained."""

_STAGE = re.compile(r"(?:^|\.)stages\.(\d+)\.")
_STEP = re.compile(r"(?:^|\.)downsample_layers\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class StageWeights:
    """The change of the weights of one stage."""

    stage: str
    n_weights: int
    relative_change: float  # ||after - before|| / ||before||, Frobenius; NaN where before is zero and after is not
    effective_rank: float  # mean over matrices, weighted by the squared norm of their change; 0 without a change
    rank_share: float  # the same mean of effective rank / largest possible rank, in [0, 1]


def stage_of(parameter: str) -> str:
    """The stage of a parameter by its name: stem, stage1 .. stage4, head, or other.

    The step down before a stage and the norm of the embedding count to the stage that they belong to.
    """
    name = parameter.removeprefix("encoder.")
    if name.startswith(("head.", "heads.")):
        return "head"
    step, stage = _STEP.search(name), _STAGE.search(name)
    if stage:
        return f"stage{int(stage[1]) + 1}"
    if step:
        return "stem" if step[1] == "0" else f"stage{int(step[1]) + 1}"
    if name.startswith("norm."):
        return "stage4"
    return "stem" if name.startswith("stem.") else "other"


def weights_by_stage(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[StageWeights, ...]:
    """Compare two state dicts, from the stem to the head; a frozen stage has exactly 0.

    before, after: arrays or CPU tensors by name, with or without the prefix `encoder.`; low-rank changes already added
    in, as the files of this project have them. A head that only one file has is left out.

    Raises BadCheckpoint where the encoders have other names or shapes.
    """
    first, second = _weights(before), _weights(after)
    missing = sorted(name for name in first.keys() ^ second.keys() if stage_of(name) != "head")
    if missing:
        raise BadCheckpoint(
            f"The weights {named(missing)} are in one of the two files only; compare files of the same encoder."
        )
    shared = sorted(first.keys() & second.keys())
    misshapen = [name for name in shared if np.shape(first[name]) != np.shape(second[name])]
    if [name for name in misshapen if stage_of(name) != "head"]:
        raise BadCheckpoint(
            f"The weights {named(misshapen)} have another shape in the second file; compare files of the same encoder."
        )
    by_stage: dict[str, list[_Change]] = {}
    for name in shared:
        if name not in misshapen:
            by_stage.setdefault(stage_of(name), []).append(_change(first[name], second[name]))
    order = [*STAGES, *sorted(by_stage.keys() - set(STAGES), key=_number)]
    return tuple(_summed(stage, by_stage[stage]) for stage in order if stage in by_stage)


@dataclass(frozen=True, slots=True)
class _Change:
    size: int
    norm: float  # squared, before
    change: float  # squared
    effective_rank: float  # NaN for vectors
    full_rank: int


def _weights(state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix("encoder."): value
        for name, value in state.items()
        if name.rpartition(".")[2] not in STATISTICS
    }


def _array(value: Any) -> FloatArray:
    tensor = value.detach().cpu().double().numpy() if hasattr(value, "detach") else value  # numpy has no bfloat16
    return np.asarray(tensor, dtype=np.float64)


def _change(before: Any, after: Any) -> _Change:
    old = _array(before)
    change = _array(after) - old
    matrix = change.reshape(len(change), -1) if change.ndim > 1 else np.empty((0, 0))
    full = min(matrix.shape) if sum(size > 1 for size in change.shape) > 1 else 0
    squared = float(np.square(change).sum())
    rank = effective_rank(matrix) if full and squared > 0 else float("nan")
    return _Change(old.size, float(np.square(old).sum()), squared, rank, full)


def effective_rank(matrix: FloatArray) -> float:
    """Exp of the entropy of the energies of a matrix's singular values; 0 for zeros."""
    smaller = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    energies = np.clip(np.linalg.eigvalsh(smaller @ smaller.T), 0.0, None)
    if not energies.sum() > 0:
        return 0.0
    share = energies[energies > 0] / energies.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def _summed(stage: str, changes: Iterable[_Change]) -> StageWeights:
    parts = list(changes)
    norm, change = sum(part.norm for part in parts), sum(part.change for part in parts)
    matrices = [part for part in parts if not np.isnan(part.effective_rank)]
    weight = sum(part.change for part in matrices)
    rank = sum(part.change * part.effective_rank for part in matrices) / weight if weight else 0.0
    share = sum(part.change * part.effective_rank / part.full_rank for part in matrices) / weight if weight else 0.0
    relative = float(np.sqrt(change / norm)) if norm else (float("nan") if change else 0.0)
    return StageWeights(stage, sum(part.size for part in parts), relative, rank, share)


def _number(stage: str) -> tuple[int, str]:
    digits = re.sub(r"\D", "", stage)
    return (int(digits) if digits else 10**6, stage)
