"""Where fine-tuning changed the encoder: the relative change of the weights of each stage.

The effective rank of a change D is exp of the entropy of its energies p_i = s_i^2 / sum s^2, with s the singular values
(after Roy & Vetterli 2007): 1 for a change along one direction, min(out, in) for one that is equal along all. A LoRA
change of rank r has at most r. Kernels are read as matrices (out, in * k^3).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.errors import BadCheckpoint
from backend.science.text_format import named
from backend.science.trust.weight_groups import groups_of
from backend.science.types import FloatArray

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""Buffers of batch norms: they follow the data even where no weight is trained."""

OUTER = ("encoder.module.", "encoder.", "module.", "")
"""What stands before the names of an encoder in files: of a model with a head, of one from elsewhere, of none."""


@dataclass(frozen=True, slots=True)
class StageWeights:
    """The change of the weights of one stage."""

    stage: str
    n_weights: int
    relative_change: float  # ||after - before|| / ||before||, Frobenius; NaN where before is zero and after is not
    effective_rank: float  # mean over matrices, weighted by the squared norm of their change; 0 without a change
    rank_share: float  # the same mean of effective rank / largest possible rank, in [0, 1]


def weights_by_stage(
    before: Mapping[str, Any], after: Mapping[str, Any], arch: str = "", stages: int | None = None
) -> tuple[StageWeights, ...]:
    """Compare two state dicts, from the stem to the head; a frozen stage has exactly 0.

    before, after: arrays or CPU tensors by name, each with or without the prefix of an encoder in a model; low-rank
    changes already added in, as the files of this project have them. A head, or other weights beside the encoder, that
    only one file has are left out. Tables of whole numbers are no weights. `arch`: the encoder, `stages`: how many
    stages it has; where known.

    Raises BadCheckpoint where the encoders have other names or shapes.
    """
    (first, beside), (second, beside_too) = _encoders(before, after)
    groups = groups_of(sorted(first.keys() | second.keys()), arch, stages)
    missing = sorted(name for name in first.keys() ^ second.keys() if groups[name] != "head")
    if missing:
        raise BadCheckpoint(
            f"The weights {named(missing)} are in one of the two files only; compare files of the same encoder."
        )
    misshapen = sorted(name for name in first.keys() & second.keys() if np.shape(first[name]) != np.shape(second[name]))
    if [name for name in misshapen if groups[name] != "head"]:
        raise BadCheckpoint(
            f"The weights {named(misshapen)} have another shape in the second file; compare files of the same encoder."
        )
    first, second = {**beside, **first}, {**beside_too, **second}
    groups |= {name: "head" for name in sorted(first) if name not in groups}
    by_stage: dict[str, list[_Change]] = {}
    for name in groups:
        if name in first and name in second and np.shape(first[name]) == np.shape(second[name]):
            by_stage.setdefault(groups[name], []).append(_change(first[name], second[name]))
    return tuple(_summed(stage, changes) for stage, changes in by_stage.items())


def _encoders(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The encoder's weights in either file under names that both have, and the weights beside it.

    The prefixes under which most names are in both are taken off; of several the longest, of none in both no prefix.
    """
    both = [_weights(state) for state in (before, after)]
    pairs = [(one, other) for one in OUTER for other in OUTER]
    first, second = ({outer: _inside(state, outer).keys() for outer in OUTER} for state in both)
    shared = {pair: len(first[pair[0]] & second[pair[1]]) for pair in pairs}
    best = max(pairs, key=lambda pair: (shared[pair], len("".join(pair)))) if any(shared.values()) else ("", "")
    return [
        (_inside(state, outer), {name: value for name, value in state.items() if not name.startswith(outer)})
        for state, outer in zip(both, best, strict=True)
    ]


def _inside(state: Mapping[str, Any], outer: str) -> dict[str, Any]:
    return {name.removeprefix(outer): value for name, value in state.items() if name.startswith(outer)}


@dataclass(frozen=True, slots=True)
class _Change:
    size: int
    norm: float  # squared, before
    change: float  # squared
    effective_rank: float  # NaN for vectors
    full_rank: int


def _weights(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name.rpartition(".")[2] not in STATISTICS and _real(value)}


def _real(value: Any) -> bool:
    return (
        bool(value.is_floating_point()) if hasattr(value, "is_floating_point") else np.asarray(value).dtype.kind == "f"
    )


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
