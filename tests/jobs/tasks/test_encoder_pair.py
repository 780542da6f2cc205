"""A pair of encoders made elsewhere: imported one by one, analysed together, of other widths and architectures too."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sqlalchemy import select

from backend.errors import Conflict
from backend.jobs.data.table_rows import feature_list, imported_features
from backend.models import Analysis, Case, Encoder, JobLog
from backend.science.encoders.convnext import build_encoder
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from backend.storage.integrity_check import check_store
from shared import schemas as s
from tests.jobs import tiny
from tests.science.lens_tables import FEATURES

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))
ATTO, FEMTO = "convnextv2-atto", "convnextv2-femto"
WIDTHS = {ATTO: 320, FEMTO: 384}


def weights(folder: Path, arch: str, seed: int) -> str:
    torch.manual_seed(seed)
    torch.save({"model": build_encoder(arch).state_dict()}, folder / f"{arch}-{seed}.pt")
    return str(folder / f"{arch}-{seed}.pt")


def head_file(folder: Path, width: int, outputs: int = 1) -> str:
    rng = np.random.default_rng(0)
    np.savez(folder / "head.npz", w=rng.standard_normal((outputs, width)), b=rng.standard_normal(outputs))
    return str(folder / "head.npz")


@pytest.fixture
def cohort(settings, database: Database) -> str:
    """20 studies with radiomics of the gland."""
    cohort_id = tiny.store_studies(settings, 20)
    rng = np.random.default_rng(0)
    with database.write() as session:
        listed = feature_list(session, [feature.column for feature in FEATURES])
        for case in session.scalars(select(Case).order_by(Case.study_id)):
            case.clinical = {"idh": ["wildtype", "mutant"][int(case.study_id[2]) % 2]}
            session.add(imported_features(case.id, "gland", listed, rng.standard_normal(len(FEATURES))))
    return cohort_id


def imported(settings, cohort: str, path: str, arch: str, **fields: object) -> str:
    params = s.ImportEncoderParams(cohort_id=cohort, path=path, arch=arch, input=INPUT, **fields)  # type: ignore[arg-type] # a test's own
    return str(tiny.done(tiny.run(settings, params))["encoder_id"])


@pytest.mark.parametrize(
    ("after", "task", "label"), [(ATTO, "volume", "gland_ml"), (FEMTO, "volume", "gland_ml"), (FEMTO, "idh", "idh")]
)
def test_two_imports_are_analysed_with_their_target_and_head(
    settings, database, cohort, tmp_path, after: str, task: str, label: str
) -> None:
    before = imported(settings, cohort, weights(tmp_path, ATTO, 0), ATTO)
    head = head_file(tmp_path, WIDTHS[after])
    tuned = imported(settings, cohort, weights(tmp_path, after, 1), after, task=task, head=head)
    job = tiny.run(settings, s.AnalyseParams(cohort_id=cohort, task=task, roi="gland", hidden=4, epochs=1))
    result = tiny.done(job)
    with database.read() as session:
        analysis = session.get_one(Analysis, result["analysis_id"])
        lines = list(session.scalars(select(JobLog.line).where(JobLog.job_id == job.id)))
        row = session.get_one(Encoder, tuned)
    assert (analysis.pre_encoder_id, analysis.ft_encoder_id, row.parent_id) == (before, tuned, before)
    assert analysis.settings["label"] == [label]
    assert row.settings["head"] == {"file": "head.npz", "sha256": row.settings["head"]["sha256"], "outputs": 1}
    assert analysis.report["trust"]["use"]["head_given"] is True
    compared = bool(analysis.report["weights_by_stage"])
    assert compared is (after == ATTO)
    other = "The encoders are of different architectures (convnextv2-atto, convnextv2-femto); their weights are not"
    assert any(line.startswith(other) for line in lines) is not compared
    again = tiny.run(settings, s.AnalyseParams(cohort_id=cohort, task=task, roi="gland", hidden=4, epochs=1))
    assert tiny.done(again)["cached"] is True


def test_another_head_is_another_encoder_and_is_kept_like_weights(settings, database, cohort, tmp_path) -> None:
    imported(settings, cohort, weights(tmp_path, ATTO, 0), ATTO)
    path, head = weights(tmp_path, ATTO, 1), head_file(tmp_path, 320)
    plain = imported(settings, cohort, path, ATTO, task="pirads")
    one = imported(settings, cohort, path, ATTO, task="pirads", head=head)
    head_file(tmp_path, 320, outputs=3)
    other = imported(settings, cohort, path, ATTO, task="pirads", head=head)
    assert len({plain, one, other}) == 3
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        sha256 = session.get_one(Encoder, other).settings["head"]["sha256"]
    assert files.has(sha256)
    (files.root / "objects" / sha256[:2] / sha256).unlink()
    assert any("head of the encoder" in problem for problem in check_store(database, files).problems)


def test_heads_that_do_not_fit_are_refused_by_a_sentence(settings, database, cohort, tmp_path) -> None:
    imported(settings, cohort, weights(tmp_path, ATTO, 0), ATTO)
    given = {"cohort_id": cohort, "path": weights(tmp_path, ATTO, 1), "arch": ATTO, "input": INPUT}
    narrow = s.ImportEncoderParams(**given, task="pirads", head=head_file(tmp_path, 64))
    job = tiny.run(settings, narrow)
    assert job.error == "head.npz: the head reads embeddings of width 64, and this encoder's have 320; give its own."
    with pytest.raises(Conflict, match="A head belongs to an encoder after fine-tuning; name the task"):
        tiny.submit(settings, s.ImportEncoderParams(**given, head=head_file(tmp_path, 320)))
    with pytest.raises(Conflict, match=r"none\.npz"):
        tiny.submit(settings, narrow.model_copy(update={"head": str(tmp_path / "none.npz")}))
    with database.read() as session:
        assert len(session.scalars(select(Encoder)).all()) == 1
