"""evidence.safetensors: what stands behind the trust columns, and all that decoding the same studies again takes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadFile, BadTable
from backend.science.lens.settings import LensSettings
from backend.science.tables.feature_names import parse
from backend.science.trust.change import StageComparison
from backend.science.trust.comparison.align import StageKernels, StoredAnalysis

if TYPE_CHECKING:
    from backend.science.analysis.result import Analysis

FILE = "evidence.safetensors"
DECIDE = ("seed", "folds", "repeats")


def evidence_tensors(analysis: "Analysis") -> tuple[dict[str, NDArray[np.generic]], dict[str, str]]:
    """Tensors and metadata of an analysis with a trust block.

    r2 (2, K), replicates (B, 2, K) float32, decoded (2, N, K) float32 (held out, normal scores), gram_pre and gram_ft
    (N, N), r_minmax (N, K); ids, features, settings and the floor as JSON.
    """
    trust, studies = analysis.trust, analysis.studies
    if trust is None:
        raise BadTable("An analysis without the trust block (--bootstrap 0) has no evidence to keep.")
    settings = analysis.report.settings
    label = " · ".join(filter(None, (settings.task, settings.roi)))
    about = {
        "study_id": studies.study_id,
        "patient_id": studies.patient_id,
        "feature": analysis.decoders.feature,
        "settings": {name: getattr(settings, name) for name in DECIDE},
        "control_floor": trust.permutation_floor,
        "label": label,
    }
    tensors: dict[str, NDArray[np.generic]] = {
        "r2": trust.comparison.r2,
        "replicates": trust.replicates.astype(np.float32),
        "decoded": trust.decoded,
        "gram_pre": trust.products[0],
        "gram_ft": trust.products[1],
        "r_minmax": studies.r_minmax,
    }
    return tensors, {name: json.dumps(value) for name, value in about.items()}


def read_stored_analysis(folder: Path) -> StoredAnalysis:
    """The analysis in a results folder; refuses (BadFile) a folder without its evidence."""
    from safetensors import SafetensorError, safe_open

    path = folder / FILE
    if not path.is_file():
        raise BadFile(
            f"{folder.name} has no {FILE}; give a folder that analyze-tables wrote with its trust block (--bootstrap)."
        )
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            about = {name: json.loads(value) for name, value in file.metadata().items()}
        comparison = StageComparison.of(tensors["r2"], tensors["replicates"].astype(float), about["control_floor"])
        chosen = about["settings"]
    except (SafetensorError, KeyError, ValueError, AttributeError) as error:
        raise BadFile(f"{folder.name}/{FILE} is damaged; run analyze-tables again.") from error
    grams, r = (tensors["gram_pre"], tensors["gram_ft"]), tensors["r_minmax"]
    features = tuple(parse(name) for name in about["feature"])
    row = {study: n for n, study in enumerate(about["study_id"])}

    def load_stages(studies: tuple[str, ...]) -> StageKernels:
        at = np.array([row[study] for study in studies], dtype=np.intp)
        return StageKernels((grams[0][np.ix_(at, at)], grams[1][np.ix_(at, at)]), r[at], features)

    return StoredAnalysis(
        label=about["label"] or folder.name,
        study_id=tuple(about["study_id"]),
        patient_id=tuple(about["patient_id"]),
        features=features,
        settings=LensSettings(**chosen, bootstrap=len(tensors["replicates"])),
        comparison=comparison,
        load_stages=load_stages,
    )


def unique_labels(analysed: Sequence[StoredAnalysis], folders: Sequence[Path]) -> list[StoredAnalysis]:
    """The same analyses, named by their folder where two have the same task and region; refuses equal folders."""
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise BadTable("The same folder was named twice; a comparison needs different analyses.")
    if len({one.label for one in analysed}) == len(analysed):
        return list(analysed)
    return [replace(one, label=folder.name) for one, folder in zip(analysed, folders, strict=True)]
