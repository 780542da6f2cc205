"""A linear task head, outputs = W x + b, and how it is read from a file.

Heads are brought to the label's scale by least squares later (`fold`), so neither the order of the classes nor the
scale of the logits matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backend.errors import BadFile, BadTable
from backend.science.types import FloatArray

KINDS = ".npz, .safetensors or .csv"


@dataclass(frozen=True, slots=True)
class LinearHead:
    """Weights (C, d) and bias (C,) of a linear head with C outputs."""

    weights: FloatArray
    bias: FloatArray

    def outputs(self, x: FloatArray) -> FloatArray:
        """Outputs (n, C) for embeddings (n, d). Raises BadTable for embeddings of another width."""
        if x.shape[1] != self.weights.shape[1]:
            raise BadTable(
                f"The head reads embeddings of width {self.weights.shape[1]} and these have {x.shape[1]}; give the "
                "head of the same encoder."
            )
        return np.asarray(x @ self.weights.T + self.bias)


def read_head(path: Path) -> LinearHead:
    """Read a head. Raises BadFile, in one sentence, for a file that holds none.

    .npz and .safetensors: one matrix (C, d) and at most one vector (C,), whatever their names. .csv: one row an output,
    a column `bias`, and the d weights in the order of the embedding's columns. Without a bias it is 0.
    """
    if not path.is_file():
        raise BadFile(f"{path.name}: there is no such file; check the path of the head.")
    readers = {".npz": _npz, ".safetensors": _safetensors, ".csv": _csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadFile(f"{path.name}: a head is read from {KINDS}; save its weights as one of these.")
    return head_of_arrays(reader(path), path.name)


def head_bytes(head: LinearHead) -> bytes:
    """The head as safetensors; the same numbers give the same bytes."""
    from safetensors.numpy import save

    return bytes(save({"weights": np.ascontiguousarray(head.weights), "bias": np.ascontiguousarray(head.bias)}))


def head_of(data: bytes) -> LinearHead:
    """The head of `head_bytes`."""
    from safetensors.numpy import load

    arrays = load(data)
    return LinearHead(arrays["weights"], arrays["bias"])


def head_of_arrays(arrays: Mapping[str, Any], file: str) -> LinearHead:
    """The one matrix and at most one vector among `arrays`; `file` names them in sentences. Raises BadFile."""
    found: dict[int, list[tuple[str, FloatArray]]] = {1: [], 2: []}
    for name in sorted(arrays):
        value = np.asarray(arrays[name])
        if value.ndim not in found or not np.issubdtype(value.dtype, np.number):
            raise BadFile(f"{file}: {name!r} is no matrix or vector of numbers; keep the head's weights and bias only.")
        found[value.ndim].append((name, np.asarray(value, dtype=np.float64)))
    if len(found[2]) != 1 or len(found[1]) > 1:
        names = ", ".join(repr(name) for name in sorted(arrays)) or "nothing"
        raise BadFile(f"{file}: it holds {names}; a linear head is one matrix (outputs, width) and one bias.")
    weights = found[2][0][1]
    bias = found[1][0][1] if found[1] else np.zeros(len(weights))
    if len(bias) != len(weights) or weights.size == 0:
        raise BadFile(f"{file}: weights {weights.shape} and bias {bias.shape} do not fit; give one bias an output.")
    if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
        raise BadFile(f"{file}: the head has missing or infinite weights; save it again.")
    return LinearHead(weights, bias)


def _npz(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:  # np.load leaves its own file open
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, KeyError, AttributeError) as error:
        raise BadFile(f"{path.name}: the file is no readable NPZ archive of numbers; save it again.") from error
    except Exception as error:  # zipfile and zlib raise types of their own on damaged bytes
        raise BadFile(f"{path.name}: the archive is damaged ({type(error).__name__}); save it again.") from error


def _safetensors(path: Path) -> dict[str, Any]:
    from safetensors.numpy import load_file  # only here: most analyses read no head

    try:
        return dict(load_file(path))
    except Exception as error:  # the reader raises many types on damaged bytes, and for types numpy does not have
        raise BadFile(
            f"{path.name}: the file is no readable safetensors file in float32 or float64 ({type(error).__name__}); "
            "save it again."
        ) from error


def _csv(path: Path) -> dict[str, Any]:
    from backend.science.tables.readers import read_columns

    try:
        columns = read_columns(path, lambda names: dict.fromkeys(names, "number"))
    except BadTable as error:
        raise BadFile(error.sentence) from error
    if "bias" not in columns.names:
        raise BadFile(f"{path.name}: a head as CSV has a column `bias` and one column for each weight; add it.")
    at = columns.names.index("bias")
    return {"weights": np.delete(columns.values, at, axis=1), "bias": columns.values[:, at]}
