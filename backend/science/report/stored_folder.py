"""A results folder as it lies on disk: report, tables, arrays; a part that is not there is None."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.errors import BadFile, NotFound
from backend.science.analysis.report import Report
from backend.science.analysis.report_json import from_json
from backend.science.report.evidence_file import FILE as EVIDENCE_FILE
from backend.science.report.influence_file import FILE as INFLUENCE_FILE

REPORT_FILE = "report.json"
TEXT_COLUMNS = ("feature", "modality", "image_type", "feature_class", "feature_name", "grouping", "group", "flag")


@dataclass(frozen=True, slots=True)
class StoredArrays:
    """The tensors of a safetensors file, and its metadata as parsed JSON."""

    tensors: Mapping[str, NDArray[Any]]
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredFolder:
    """The parts of a results folder; `damaged` says by file what could not be read."""

    folder: Path
    report: Report
    ranking: pd.DataFrame | None
    groups: pd.DataFrame | None
    decoders: StoredArrays | None
    evidence: StoredArrays | None
    influence: Mapping[str, NDArray[Any]] | None
    damaged: Mapping[str, str]


def read_folder(path: Path) -> StoredFolder:
    """The results folder, or the one a report.json lies in.

    Raises NotFound where there is no report, BadFile for one that cannot be read.
    """
    report_path = path if path.is_file() else path / REPORT_FILE
    if not report_path.is_file():
        raise NotFound(
            f"{path.name} has no {REPORT_FILE}; name a folder that analyze-tables wrote, or its report.json."
        )
    folder, damaged = report_path.parent, dict[str, str]()
    try:
        record = json.loads(report_path.read_text("utf-8"))
    except ValueError as error:
        raise BadFile(f"{report_path.name} is no JSON; it is damaged or another file.") from error
    if not isinstance(record, dict):
        raise BadFile(f"{report_path.name} is no report of an analysis; name one that analyze-tables wrote.")
    return StoredFolder(
        folder=folder,
        report=from_json(record),
        ranking=_table(folder / "ranking.csv", damaged),
        groups=_table(folder / "groups.csv", damaged),
        decoders=_arrays(folder / "decoders.safetensors", damaged),
        evidence=_arrays(folder / EVIDENCE_FILE, damaged),
        influence=_influence(folder / INFLUENCE_FILE, damaged),
        damaged=damaged,
    )


def _table(path: Path, damaged: dict[str, str]) -> pd.DataFrame | None:
    if not path.is_file():
        return None
    try:
        text = dict.fromkeys(TEXT_COLUMNS, str)
        return pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])
    except (ValueError, UnicodeDecodeError) as error:
        damaged[path.name] = f"it is no table ({str(error).splitlines()[0][:80]})"
        return None


def _arrays(path: Path, damaged: dict[str, str]) -> StoredArrays | None:
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            about = {name: json.loads(value) for name, value in (file.metadata() or {}).items()}
        return StoredArrays(tensors, about)
    except (SafetensorError, ValueError) as error:
        damaged[path.name] = f"its header is damaged ({type(error).__name__})"
        return None


def _influence(path: Path, damaged: dict[str, str]) -> Mapping[str, NDArray[Any]] | None:
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, BadZipFile, EOFError, KeyError) as error:
        damaged[path.name] = f"it is damaged ({type(error).__name__})"
        return None
