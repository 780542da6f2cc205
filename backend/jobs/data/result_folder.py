"""The results folder of a stored analysis as bytes by name: what `analyze-tables` writes, its tables, how to repeat it.

Nothing is computed again. The tables are read anew: where studies were excluded or changed since, README.md says so.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.jobs.data.analysed_tables import AnalysedTables, analysed_tables
from backend.jobs.data.load_analyses import change_evidence, label_of
from backend.jobs.data.result_frames import groups_frame, of_subgroup, ranking_frame
from backend.jobs.data.task_heads import stored_head
from backend.models import Analysis, Decoder, DecodingEvidence
from backend.queries.stored_report import report_of
from backend.science.analysis.report import Report
from backend.science.lens.other_widths import marked
from backend.science.lens.settings import LensSettings
from backend.science.report import replicate
from backend.science.report.evidence_file import FILE as EVIDENCE_FILE
from backend.science.report.evidence_file import EvidenceParts, evidence_file
from backend.science.report.influence_file import FILE as INFLUENCE_FILE
from backend.science.report.influence_file import LONG_AGO, npz_bytes
from backend.science.report.methods_text import bibtex, methods_text
from backend.science.report.publication_figures import publication_figures
from backend.science.report.replicate import Columns, ReplicationFiles
from backend.science.report.report_html import report_html
from backend.science.report.result_files import (
    METHODS_FILE,
    REFERENCES_FILE,
    SUMS_FILE,
    checksums,
    csv_text,
    decoders_file,
    neutral,
    tensors_file,
)
from backend.science.tables.study_columns import StudyColumn, study_column
from backend.science.tables.target_cells import number_in
from backend.science.tables.types import Clinical, Embeddings, Radiomics
from backend.science.trust.erasure.linear_head import LinearHead, head_bytes
from backend.storage.blob_store import BlobStore

INPUTS = PurePosixPath("inputs")
SETTINGS = frozenset(one.name for one in fields(LensSettings)) - {"threads", "intersect"}

Files = dict[str, bytes]


def zipped(files: Files) -> bytes:
    """A zip of the files by name; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class StoredResult:
    """All that a results folder is made of, read from the database; `arrays` are files already."""

    analysis_id: str
    cohort: str
    title: str
    settings: dict[str, Any]
    raw_report: dict[str, Any]
    report: Report
    ranking: pd.DataFrame
    groups: pd.DataFrame
    tables: AnalysedTables
    head: LinearHead | None
    arrays: Files


def stored_result(session: Session, store: BlobStore, row: Analysis) -> StoredResult:
    """Read an analysis and its tables.

    Raises BadSettings where its tables cannot be gathered any more, Damaged where a stored part is not as it was.
    """
    tables = analysed_tables(session, row)
    return StoredResult(
        analysis_id=row.id,
        cohort=row.cohort.name,
        title=label_of(row),
        settings=row.settings,
        raw_report=row.report,
        report=report_of(row),
        ranking=ranking_frame(session, row.id),
        groups=groups_frame(session, row.id),
        tables=tables,
        head=stored_head(store, row.ft_encoder) if row.settings.get("head") else None,
        arrays=_arrays(session, row, tables),
    )


def result_files(result: StoredResult) -> Files:
    """Everything of an analysis by name of file; needs no database."""
    report, groups = result.report, result.groups
    given = _given(result)
    files = {
        "ranking.csv": csv_text(of_subgroup(marked(result.ranking, report.alerts), report)).encode(),
        "groups.csv": csv_text(of_subgroup(marked(groups, report.alerts), report)).encode(),
        "report.json": (json.dumps(result.raw_report, indent=2, ensure_ascii=False) + "\n").encode(),
        "report.html": report_html(report, groups).encode(),
        METHODS_FILE: f"# Methods\n\n{methods_text(report)}\n".encode(),
        REFERENCES_FILE: bibtex().encode(),
        **result.arrays,
        **{f"figures/{name}": data for name, data in publication_figures(report, groups, result.cohort).items()},
        **given.files,
        **_replication(result, given),
    }
    return files | {SUMS_FILE: checksums(files).encode()}


@dataclass(frozen=True, slots=True)
class _Given:
    """What an analysis was given, as files, and their places."""

    files: Files
    places: ReplicationFiles


def _given(result: StoredResult) -> _Given:
    files: Files = {}
    tables, ranking, head = result.tables, result.ranking, result.head

    def put(name: str, data: bytes) -> PurePosixPath:
        files[str(INPUTS / name)] = data
        return INPUTS / name

    places = {name: put(f"{name}.parquet", _parquet(table)) for name, table in tables.inputs.items()}
    icc = ranking[["feature", "icc"]] if result.settings.get("icc") and "icc" in ranking else None
    return _Given(
        files,
        ReplicationFiles(
            tables=places,
            clinical=put("clinical.csv", _clinical_csv(tables.clinical)),
            head=None if head is None else put("head.safetensors", head_bytes(head)),
            icc=None if icc is None else put("icc.csv", csv_text(icc).encode()),
        ),
    )


def _parquet(table: Embeddings | Radiomics) -> bytes:
    frame = pd.DataFrame(table.values, columns=list(table.columns))
    frame.insert(0, "patient_id", list(table.patient_id))
    frame.insert(0, "study_id", list(table.study_id))
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _clinical_csv(clinical: Clinical) -> bytes:
    ids = {"study_id": clinical.study_id, "patient_id": clinical.patient_id}
    frame = pd.DataFrame(ids | dict(clinical.columns), dtype=str)
    return frame.map(lambda cell: cell if number_in(cell) is not None else neutral(cell)).to_csv(index=False).encode()


def _arrays(session: Session, row: Analysis, tables: AnalysedTables) -> Files:
    """Decoders; of an analysis with its trust block the evidence and influence too."""
    fitted = session.get_one(Decoder, row.id)
    solved = fitted.solved.astype(bool)
    z_pre, z_ft, r_minmax = fitted.z_pre, fitted.z_ft, fitted.r_minmax
    tensors = {
        **{"z_pre": z_pre[solved], "z_ft": z_ft[solved], "r_minmax": r_minmax[solved]},
        **{"theta_pre": fitted.theta_pre, "theta_ft": fitted.theta_ft},
        **{"intercept_pre": fitted.intercept_pre, "intercept_ft": fitted.intercept_ft},
        **{"projection_weight": fitted.weight, "projection_bias": fitted.bias},
        **{"x_mean": fitted.x_mean, "x_sd": fitted.x_sd},
    }
    solved_on = [study for study, used in zip(fitted.study_ids, solved, strict=True) if used]
    files = {"decoders.safetensors": decoders_file(tensors, solved_on, fitted.features)}
    kept = select(DecodingEvidence).where(DecodingEvidence.analysis_id == row.id).order_by(DecodingEvidence.k)
    decoded = [one.decoded for one in session.scalars(kept)]
    if not decoded:
        return files
    patient_of = dict(zip(tables.inputs["pre"].study_id, tables.inputs["pre"].patient_id, strict=True))
    patients = [patient_of[study] for study in fitted.study_ids]
    evidence = change_evidence(session, row, patients)
    joined, controls = tables.joined(fitted.study_ids, fitted.features)
    joined_minmax = type(joined)(joined.x_pre, joined.runs, r_minmax, (), joined.covariates, joined.label)
    parts = EvidenceParts(
        evidence=evidence,
        decoded=np.stack(decoded, axis=-1),
        study_id=fitted.study_ids,
        patient_id=patients,
        feature=fitted.features,
        seed=int(row.settings["seed"]),
        label=label_of(row),
        tables=joined_minmax,
        controls=controls,
    )
    files[EVIDENCE_FILE] = tensors_file(*evidence_file(parts))
    if not evidence.grouped:
        files[INFLUENCE_FILE] = _influence(fitted.study_ids, patients, fitted.features, evidence)
    return files


def _influence(studies: Sequence[str], patients: Sequence[str], features: Sequence[str], evidence: Any) -> bytes:
    return npz_bytes(
        {
            "study_id": np.array(studies, dtype=str),
            "study_patient_id": np.array(patients, dtype=str),
            "patient_id": np.array(evidence.patients, dtype=str),
            "feature": np.array(features, dtype=str),
            "influence": evidence.influence.astype(np.float32),
        }
    )


def _replication(result: StoredResult, given: _Given) -> Files:
    """The command that gives these numbers again, as a script and as a cell, and what is in the folder."""
    tables = result.tables
    asked = {name: value for name, value in result.settings.items() if name in SETTINGS}
    settings = LensSettings(**asked | {"decoders": tuple(asked.get("decoders", ()))})
    columns = Columns(
        [_named(tables.clinical, column) for column in tables.label],
        [_named(tables.clinical, column) for column in tables.covariates],
    )
    radiomics = tables.inputs["radiomics"]
    assert isinstance(radiomics, Radiomics)
    words = replicate.command(settings, given.places, columns, radiomics.modalities)
    own = Columns(*(result.settings.get(name) or [] for name in ("label", "covariates")))
    part = replicate.of_subgroup(result.report, settings, result.cohort, own, bool(result.settings.get("runs")))
    return {
        "replicate.sh": replicate.script(words, given.places, part).encode(),
        "replicate.py": replicate.cell(settings, given.places, columns, radiomics.modalities).encode(),
        "README.md": replicate.readme(
            result.title, result.report.n_studies, result.analysis_id, tables.changed, part
        ).encode(),
    }


def _named(clinical: Clinical, column: StudyColumn) -> str:
    """A column as the command takes it; its kind where the values alone would be read as the other."""
    return column.name if study_column(clinical, column.name).kind == column.kind else f"{column.name}={column.kind}"
