"""evidence.safetensors: what stands behind the trust columns, and all that decoding the same studies again takes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadFile, BadTable
from backend.science.tables.feature_names import parse
from backend.science.trust.change_evidence import ChangeEvidence, Verdict
from backend.science.trust.comparison.align import StoredAnalysis, StudyTables
from backend.science.trust.jackknife.covariates import Covariate

if TYPE_CHECKING:
    from backend.science.analysis.result import Analysis

FILE = "evidence.safetensors"
VERSION = 2
COLUMNS = ("effect", "se", "p", "q")

Tensors = dict[str, NDArray[Any]]


def evidence_tensors(analysis: "Analysis") -> tuple[Tensors, dict[str, str]]:
    """Tensors and metadata of an analysis with a trust block.

    Of K features: r2 (2, K), effect, se, p, q (K,), effect_by_run (T, K), influence (P, K) float32, permuted
    (permutations, 2, K), decoded (2, N, K) float32 (held out, normal scores). To decode again: x_pre, x_ft_1 ..
    x_ft_T and x_control_1 .. (N, d), r_minmax (N, K). Ids, features, flags, patients, covariates and label are JSON in
    the metadata.
    """
    trust, studies = analysis.trust, analysis.studies
    if trust is None:
        raise BadTable("An analysis without the trust block (--paper-only) has no evidence to keep.")
    evidence, settings = ChangeEvidence.of(trust.change), analysis.report.settings
    pre, *runs = analysis.embeddings
    return evidence_file(
        EvidenceParts(
            evidence=evidence,
            decoded=trust.change.decoded,
            study_id=studies.study_id,
            patient_id=studies.patient_id,
            feature=analysis.decoders.feature,
            seed=settings.seed,
            label=" · ".join(filter(None, (settings.task, settings.roi))),
            controls=trust.context.controls,
            tables=StudyTables(pre, tuple(runs), studies.r_minmax, (), trust.context.covariates, trust.context.label),
        )
    )


@dataclass(frozen=True, slots=True)
class EvidenceParts:
    """What evidence.safetensors holds; `tables.r` is scaled by min and max, `label` is a title."""

    evidence: ChangeEvidence
    decoded: NDArray[np.float32]
    study_id: Sequence[str]
    patient_id: Sequence[str]
    feature: Sequence[str]
    seed: int
    label: str
    tables: StudyTables
    controls: Sequence[NDArray[np.float64]] = ()


def evidence_file(parts: EvidenceParts) -> tuple[Tensors, dict[str, str]]:
    """Tensors and metadata of the file."""
    evidence, tables = parts.evidence, parts.tables
    about = {
        "version": VERSION,
        "study_id": list(parts.study_id),
        "patient_id": list(parts.patient_id),
        "patients": evidence.patients,
        "feature": list(parts.feature),
        "flag": evidence.features.flag.tolist(),
        "seed": parts.seed,
        "ratio": [evidence.ratio, evidence.group_ratio],
        "covariates": {one.name: one.values.tolist() for one in tables.covariates},
        "label_columns": {one.name: one.values.tolist() for one in tables.label},
        "label": parts.label,
    }
    tensors: Tensors = {
        "r2": evidence.r2,
        **{name: getattr(evidence.features, name) for name in COLUMNS},
        "effect_by_run": evidence.effect_by_run,
        "influence": evidence.influence.astype(np.float32),
        "permuted": evidence.permuted,
        "decoded": parts.decoded,
        "x_pre": tables.x_pre,
        **{f"x_ft_{number}": x for number, x in enumerate(tables.runs, start=1)},
        **{f"x_control_{number}": x for number, x in enumerate(parts.controls, start=1)},
        "r_minmax": tables.r,
    }
    return tensors, {name: json.dumps(value) for name, value in about.items()}


def read_stored_analysis(folder: Path) -> StoredAnalysis:
    """The analysis in a results folder; refuses (BadFile) a folder without its evidence, or with that of version 1."""
    from safetensors import SafetensorError, safe_open

    path = folder / FILE
    if not path.is_file():
        raise BadFile(f"{folder.name} has no {FILE}; give a folder that analyze-tables wrote with its trust block.")
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            about = {name: json.loads(value) for name, value in file.metadata().items()}
        if "replicates" in tensors:
            raise BadFile(f"{folder.name}/{FILE} was written by version 0.2; run analyze-tables again to compare it.")
        return _stored(tensors, about, folder.name)
    except (SafetensorError, KeyError, ValueError, AttributeError, IndexError) as error:
        raise BadFile(f"{folder.name}/{FILE} is damaged; run analyze-tables again.") from error


def _stored(tensors: Tensors, about: Mapping[str, Any], name: str) -> StoredAnalysis:
    features = tuple(parse(column) for column in about["feature"])
    runs = [tensors[f"x_ft_{number}"] for number in range(1, len(tensors["effect_by_run"]) + 1)]
    row = {study: n for n, study in enumerate(about["study_id"])}
    covariates, label = (
        [Covariate(one, np.array(values)) for one, values in about[columns].items()]
        for columns in ("covariates", "label_columns")
    )

    def load_tables(studies: tuple[str, ...]) -> StudyTables:
        at = np.array([row[study] for study in studies], dtype=np.intp)
        return StudyTables(
            tensors["x_pre"][at],
            tuple(x[at] for x in runs),
            tensors["r_minmax"][at],
            features,
            tuple(one.of_rows(at) for one in covariates),
            tuple(one.of_rows(at) for one in label),
        )

    evidence = ChangeEvidence(
        patients=tuple(about["patients"]),
        r2=tensors["r2"],
        features=Verdict.stored({column: tensors[column] for column in COLUMNS}, about["flag"]),
        effect_by_run=tensors["effect_by_run"],
        influence=tensors["influence"].astype(np.float64),
        permuted=tensors["permuted"],
        ratio=about["ratio"][0],
        group_ratio=about["ratio"][1],
    )
    return StoredAnalysis(
        label=about["label"] or name,
        study_id=tuple(about["study_id"]),
        patient_id=tuple(about["patient_id"]),
        features=features,
        seed=about["seed"],
        evidence=evidence,
        load_tables=load_tables,
    )


def unique_labels(analysed: Sequence[StoredAnalysis], folders: Sequence[Path]) -> list[StoredAnalysis]:
    """The same analyses, named by their folder where two have the same task and region.

    Folders of one name are told apart by those above. Refuses equal folders.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise BadTable("The same folder was named twice; a comparison needs different analyses.")
    if len({one.label for one in analysed}) == len(analysed):
        return list(analysed)
    depth = 1
    while len({_ends_in(folder, depth) for folder in folders}) < len(folders):
        depth += 1
    return [replace(one, label=_ends_in(folder, depth)) for one, folder in zip(analysed, folders, strict=True)]


def _ends_in(folder: Path, depth: int) -> str:
    """The last parts of a folder's path."""
    return "/".join(folder.resolve().parts[-depth:])
