"""The result files of an analysis: tables, report, decoders, evidence, influence, methods, and their checksums."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.errors import BadFile
from backend.science.analysis.report_json import to_json
from backend.science.analysis.result import Analysis, Decoders
from backend.science.lens.other_widths import marked
from backend.science.report.evidence_file import FILE as EVIDENCE_FILE
from backend.science.report.evidence_file import evidence_tensors
from backend.science.report.influence_file import FILE as INFLUENCE_FILE
from backend.science.report.influence_file import influence_bytes
from backend.science.report.methods_text import bibtex, methods_text
from backend.science.trust.block import Trust
from backend.science.trust.columns import groups_file, ranking_file

METHODS_FILE = "methods.md"
REFERENCES_FILE = "references.bib"
SUMS_FILE = "SHA256SUMS"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_results(analysis: Analysis, folder: Path) -> list[Path]:
    """Writes the result files into a folder (made if absent) and returns their paths.

    Each file appears whole or not at all: it is written beside its place and then renamed. Without a trust block there
    is no evidence.safetensors and no influence.npz. SHA256SUMS names the others as `sha256sum -c` reads them.
    """
    results_folder(folder)
    report = json.dumps(to_json(analysis.report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    kept = [] if analysis.trust is None else _evidence(analysis, analysis.trust, folder)
    methods, references = f"# Methods\n\n{methods_text(analysis.report)}\n", bibtex()
    alerts = analysis.report.alerts
    ranking, groups = (
        csv_text(marked(table, alerts)) for table in (ranking_file(analysis.ranking), groups_file(analysis.groups))
    )
    written = [
        replaced(folder / "ranking.csv", lambda path: path.write_text(ranking, "utf-8")),
        replaced(folder / "groups.csv", lambda path: path.write_text(groups, "utf-8")),
        replaced(folder / "report.json", lambda path: path.write_text(report, "utf-8")),
        replaced(folder / "decoders.safetensors", lambda path: path.write_bytes(decoders_bytes(analysis.decoders))),
        *kept,
        replaced(folder / METHODS_FILE, lambda path: path.write_text(methods, "utf-8")),
        replaced(folder / REFERENCES_FILE, lambda path: path.write_text(references, "utf-8")),
    ]
    sums = checksums({path.name: path.read_bytes() for path in written})
    return [*written, replaced(folder / SUMS_FILE, lambda path: path.write_text(sums, "utf-8"))]


def checksums(files: Mapping[str, bytes]) -> str:
    """A line a file, by name: its SHA-256 in hex, two blanks, its name."""
    return "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))


def results_folder(folder: Path) -> None:
    """Makes the folder; refuses (BadFile) where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFile(
            f"{folder.name}: the folder cannot be made ({error.strerror}); choose another for --out."
        ) from error


def _evidence(analysis: Analysis, trust: Trust, folder: Path) -> list[Path]:
    blob = tensors_file(*evidence_tensors(analysis))
    return [
        replaced(folder / EVIDENCE_FILE, lambda path: path.write_bytes(blob)),
        replaced(folder / INFLUENCE_FILE, lambda path: path.write_bytes(influence_bytes(analysis, trust))),
    ]


def csv_text(frame: pd.DataFrame) -> str:
    """CSV whose numbers read back exactly and whose text cells cannot run as spreadsheet formulas."""
    safe = frame.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = [neutral(cell) if isinstance(cell, str) else cell for cell in safe[name]]
    return safe.to_csv(index=False, lineterminator="\n")


def neutral(cell: str) -> str:
    """Text that a spreadsheet shows instead of computing: a leading = + - @ gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def decoders_bytes(decoders: Decoders) -> bytes:
    """The decoders as `decoders_file` writes them."""
    projection = decoders.projection
    tensors = {
        "z_pre": decoders.z_pre,
        "z_ft": decoders.z_ft,
        "r_minmax": decoders.r_minmax,
        "theta_pre": decoders.theta_pre,
        "theta_ft": decoders.theta_ft,
        "intercept_pre": decoders.pre.intercept,
        "intercept_ft": decoders.ft.intercept,
        "projection_weight": projection.weight,
        "projection_bias": projection.bias,
        "x_mean": projection.x_mean,
        "x_sd": projection.x_sd,
    }
    return decoders_file(tensors, decoders.study_id, decoders.feature)


def decoders_file(tensors: Mapping[str, NDArray[Any]], study_id: Sequence[str], feature: Sequence[str]) -> bytes:
    """Decoders as safetensors, float64; `study_id` and `feature` are JSON lists in the metadata.

    Holds z_pre, z_ft (n, H), r_minmax (n, K), theta_pre, theta_ft (K, H), intercepts (K,), and the shared projection.
    """
    return tensors_file(tensors, {"study_id": json.dumps(list(study_id)), "feature": json.dumps(list(feature))})


def tensors_file(tensors: Mapping[str, NDArray[Any]], about: Mapping[str, str]) -> bytes:
    """Arrays with metadata as safetensors; equal arrays give equal bytes."""
    from safetensors.numpy import save

    return _ordered(save({name: np.ascontiguousarray(array) for name, array in tensors.items()}, dict(about)))


def _ordered(blob: bytes) -> bytes:
    """The same safetensors with a sorted header: the library writes metadata in random order, and equal runs must
    give equal files. The header is padded to 8 bytes, as the format wants.
    """
    length = int.from_bytes(blob[:8], "little")
    header = json.dumps(json.loads(blob[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + blob[8 + length :]


def replaced(path: Path, write: Callable[[Path], object]) -> Path:
    """Writes beside the path, then renames, so that a reader never sees half a file."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
