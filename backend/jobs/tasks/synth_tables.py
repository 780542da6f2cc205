"""The job of sample tables: draws tables with planted changes and stores them as a cohort."""

from functools import partial
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd

from backend.jobs.context import JobContext
from backend.jobs.data.table_identifiers import GivenTables
from backend.jobs.data.tables_cohort import Facts, plan, store
from backend.science.synthetic.tables import synth_tables
from backend.science.tables import types
from backend.science.tables.feature_names import parse
from shared.schemas import SynthTablesParams

TASK, ROI = "pirads", "gland"
DIMENSIONS = 192
"""Width of the sample's embeddings, as of a small encoder: wide ones need thousands of patients for decoding."""
REPEATED = 0.15
"""Share of patients with a second study, as in clinical cohorts: the split is by patient there too."""


def run(context: JobContext, params: SynthTablesParams) -> dict[str, Any]:
    """Draw embeddings and radiomics of some patients and import them; the note states the planted changes."""
    start = monotonic()
    context.progress("drawing patients", 0, 1)
    drawn = synth_tables(params.patients, d=DIMENSIONS, seed=params.seed, scenario=params.scenario, repeated=REPEATED)
    pre, ft = [_embeddings(frame, f"sample {stage}") for stage, frame in (("pre", drawn.pre), ("ft", drawn.ft))]
    given = GivenTables(pre, ft, _radiomics(drawn.radiomics), _clinical(drawn.clinical))
    planned = plan(given, ROI, intersect=False)
    groups = drawn.truth.groups
    changed = [f"{group.replace('_', ' ')} {change}" for group, change in groups.items() if change != "untouched"]
    note = f"Synthetic tables, drawn by chance (seed {params.seed}). Planted: {', '.join(changed) or 'nothing'}."
    facts = Facts(note, {"truth": groups})
    store(context.database, params.cohort, planned, TASK, facts, partial(context.progress, "storing tables"))
    return {**planned.counts, "units": params.patients, "seconds": monotonic() - start}


def _ids(frame: pd.DataFrame, name: str) -> tuple[str, ...]:
    return tuple(frame[name].astype(str))


def _embeddings(frame: pd.DataFrame, name: str) -> types.Embeddings:
    values = frame.drop(columns=["study_id", "patient_id"]).to_numpy(np.float64)
    return types.Embeddings(
        study_id=_ids(frame, "study_id"),
        patient_id=_ids(frame, "patient_id"),
        values=values,
        name=name,
        dimensions=tuple(range(values.shape[1])),
    )


def _radiomics(frame: pd.DataFrame) -> types.Radiomics:
    columns = [name for name in frame.columns if name not in ("study_id", "patient_id")]
    features = tuple(parse(name) for name in columns)
    return types.Radiomics(
        study_id=_ids(frame, "study_id"),
        patient_id=_ids(frame, "patient_id"),
        values=frame[columns].to_numpy(np.float64),
        name="sample radiomics",
        features=features,
    )


def _clinical(frame: pd.DataFrame) -> types.Clinical:
    words = {name: tuple(frame[name].astype(str)) for name in frame.columns if name not in ("study_id", "patient_id")}
    return types.Clinical(
        _ids(frame, "study_id"), _ids(frame, "patient_id"), columns=words, name="sample clinical table"
    )
