"""Runs that were fine-tuned here are embedded where that is missing, and analysed as one."""

import numpy as np
from sqlalchemy import delete, select

from backend.jobs.data.table_rows import feature_list, imported_features
from backend.models import Analysis, Case, Embedding, Encoder, JobLog
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny
from tests.science.lens_tables import FEATURES

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))
STUDIES = 20


def test_missing_embeddings_of_further_runs_and_controls_are_computed(settings, database: Database) -> None:
    cohort_id = tiny.store_studies(settings, STUDIES)
    tiny.done(
        tiny.run(settings, s.PretrainParams(cohort_id=cohort_id, input=INPUT, epochs=1, batch=8, decoder_width=16))
    )
    tuning = s.FinetuneParams(cohort_id=cohort_id, task="volume", epochs=1, batch=8, seeds=2, shuffle_labels=1)
    made = tiny.done(tiny.run(settings, tuning))
    second, control = made["runs"][1], made["controls"][0]  # type: ignore[index]  # JSON
    rng = np.random.default_rng(0)
    with database.write() as session:
        cases = session.scalars(select(Case).order_by(Case.study_id)).all()
        listed = feature_list(session, [feature.column for feature in FEATURES])
        session.add_all(
            imported_features(case.id, "gland", listed, rng.standard_normal(len(FEATURES))) for case in cases
        )
        before = embedded(session, second), embedded(session, control)
        gone = Embedding.encoder_id.in_([second, control]) & Embedding.case_id.in_([case.id for case in cases[:5]])
        session.execute(delete(Embedding).where(gone))
    params = s.AnalyseParams(cohort_id=cohort_id, task="volume", roi="gland", hidden=4, epochs=1, runs=True)
    job = tiny.run(settings, params)
    result = tiny.done(job)
    with database.read() as session:
        analysis = session.get_one(Analysis, result["analysis_id"])
        after = embedded(session, second), embedded(session, control)
        lines = list(session.scalars(select(JobLog.line).where(JobLog.job_id == job.id)))
        first = session.get_one(Encoder, made["encoder_id"])
    assert analysis.ft_encoder_id == first.id
    assert (analysis.settings["further_runs"], analysis.settings["controls"]) == ([second], [control])
    assert (analysis.report["runs"]["n_runs"], analysis.report["controls"]["n_runs"]) == (2, 1)
    assert analysis.settings["label"] == ["gland_ml"], "the task's own label"
    for was, now in zip(before, after, strict=True):
        assert was.shape[0] == STUDIES
        assert np.allclose(was, now, atol=1e-5)
    assert "The run is analysed with 1 more run and 1 control on shuffled labels of its recipe." in lines


def embedded(session, encoder_id: str) -> np.ndarray:
    rows = (
        select(Embedding.values)
        .join(Case)
        .where(Embedding.encoder_id == encoder_id, Embedding.layer == "pooled")
        .order_by(Case.study_id)
    )
    return np.stack(session.scalars(rows).all())
