"""Jobs on images, for real on tiny studies: import, extraction, training, analysis."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from backend.jobs.compute import measure_case
from backend.models import Case, Embedding, Encoder, JobLog, Radiomics
from backend.science.encoders.checkpoint import load_encoder
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny
from tests.jobs.compute import fatal_measurements

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    tiny.write_studies(tmp_path / "studies", 4)
    return tmp_path / "studies"


@pytest.fixture
def first_order() -> str:
    """Radiomics settings that take milliseconds."""
    return tiny.FIRST_ORDER


def imported(settings, studies: Path) -> str:
    job = tiny.run(settings, s.ImportCasesParams(cohort="tiny", path=str(studies)))
    return str(tiny.done(job)["cohort_id"])


def extracted(settings, cohort: str, yaml: str, **changes) -> s.Job:
    params = s.ExtractParams(cohort_id=cohort, settings="first.yaml", yaml=yaml)
    job = tiny.submit(settings.model_copy(update=changes), params)
    return tiny.run_submitted(settings.model_copy(update=changes), job)


def features(database: Database) -> dict[tuple[str, str], np.ndarray | None]:
    with database.read() as session:
        rows = session.execute(select(Case.study_id, Radiomics.roi, Radiomics.values).join(Radiomics))
        return {(study, roi): values for study, roi, values in rows}


def test_an_import_keeps_the_volumes_and_says_why_a_study_is_rejected(settings, database, studies) -> None:
    (studies / "002" / "002_5001_adc.mha").unlink()
    broken = studies / "003" / "003_5002_t2w.mha"
    broken.write_bytes(broken.read_bytes()[:-100])
    result = tiny.done(tiny.run(settings, s.ImportCasesParams(cohort="tiny", path=str(studies))))
    assert (result["accepted"], result["rejected"]) == (2, 2)
    with database.read() as session:
        cases = {case.study_id: case for case in session.scalars(select(Case))}
        good = cases["001_5000"]
        assert sorted(volume.kind for volume in good.volumes) == ["ADC", "DWI", "T2", "gland", "lesion"]
        assert good.geometry["T2"]["size"] == [32, 32, 12]
        assert (good.pirads, good.patient_id) == (2, "001")
        assert good.gland_ml == pytest.approx(good.volume_ml, abs=1e-3)
        assert good.lesion_ml > 0
        assert "ADC" in cases["002_5001"].reason
        assert "003_5002_t2w.mha" in cases["003_5002"].reason
        assert not cases["003_5002"].volumes
    assert str(studies) not in "".join(case.reason for case in cases.values())


def test_an_import_says_which_cohort_holds_the_same_files(settings, database, studies) -> None:
    tiny.done(tiny.run(settings, s.ImportCasesParams(cohort="first", path=str(studies))))
    second = tiny.run(settings, s.ImportCasesParams(cohort="second", path=str(studies)))
    tiny.done(second)
    with database.read() as session:
        lines = session.scalars(select(JobLog.line).where(JobLog.level == "warning")).all()
        hashes = session.scalars(select(Case.source_hash)).all()
    assert lines == ["4 of these studies have the same source files as studies of the cohort first."]
    assert len(set(hashes)) == 4


def test_an_import_without_a_usable_study_fails_but_lists_them(settings, database, studies) -> None:
    for adc in studies.rglob("*_adc.mha"):
        adc.unlink()
    job = tiny.run(settings, s.ImportCasesParams(cohort="tiny", path=str(studies)))
    assert (job.state, "None of the 4 studies" in job.error) == ("failed", True)
    with database.read() as session:
        first = session.scalars(select(Case.reason).order_by(Case.study_id)).first()
        assert f", the first: {first.removesuffix('.')}" in job.error
        assert session.scalar(select(func.count()).where(Case.status == "rejected")) == 4


def test_features_are_measured_once_and_found_again_in_another_cohort(
    settings, database, studies, first_order, monkeypatch
) -> None:
    cohort = imported(settings, studies)
    first = tiny.done(extracted(settings, cohort, first_order))
    assert (first["regions"], first["reused"], first["failed"]) == (6, 0, 0)
    before = features(database)
    assert sum(values is not None for values in before.values()) == 6
    with database.read() as session:
        reasons = session.scalars(select(Radiomics.reason).where(Radiomics.values.is_(None))).all()
    assert set(reasons) == {"there is no lesion mask, or it is empty"}
    monkeypatch.setattr(measure_case, "measure", None)
    again = tiny.done(extracted(settings, cohort, first_order))
    assert again["reused"] == 6
    twin = tiny.run(settings, s.ImportCasesParams(cohort="twin", path=str(studies)))
    copied = tiny.done(extracted(settings, str(tiny.done(twin)["cohort_id"]), first_order))
    assert copied["reused"] == 6
    with database.read() as session:
        assert session.scalar(select(func.count()).where(Radiomics.values.is_not(None))) == 12


def test_a_study_that_kills_its_process_is_recorded_and_the_others_finish(
    settings, database, studies, first_order, monkeypatch
) -> None:
    cohort = imported(settings, studies)
    poisonous = "002_5001"
    monkeypatch.setenv(fatal_measurements.VARIABLE, tiny.volume_hash(database, poisonous))
    monkeypatch.setattr(measure_case, "measure", fatal_measurements.measure)
    result = tiny.done(extracted(settings, cohort, first_order, executor="local"))
    assert result["failed"] == 1
    with database.read() as session:
        failed = session.scalars(
            select(Radiomics).join(Case).where(Case.study_id == poisonous, Radiomics.roi == "gland")
        ).one()
        assert (failed.status, failed.values) == ("failed", None)
        assert "SIGKILL" in failed.reason
        assert session.scalar(select(func.count()).where(Radiomics.values.is_not(None))) == 5


def test_a_damaged_volume_is_recorded_and_never_measured(settings, database, studies, first_order) -> None:
    cohort = imported(settings, studies)
    with database.read() as session:
        case = session.scalars(select(Case).where(Case.study_id == "001_5000")).one()
        damaged = BlobStore(settings.data_dir / "files").path(case.volumes[0].sha256)
    data = bytearray(damaged.read_bytes())
    data[-20] ^= 4
    damaged.write_bytes(bytes(data))
    assert tiny.done(extracted(settings, cohort, first_order))["failed"] == 2
    with database.read() as session:
        reasons = session.scalars(select(Radiomics.reason).join(Case).where(Case.study_id == "001_5000")).all()
    assert all("no longer matches its hash" in reason for reason in reasons)


def test_training_makes_encoders_with_embeddings_and_answers_again_from_the_cache(settings, database, studies) -> None:
    cohort = imported(settings, studies)
    pre_params = s.PretrainParams(cohort_id=cohort, input=INPUT, epochs=1, batch=2)
    pre = tiny.done(tiny.run(settings, pre_params))
    made = {"pre": pre}
    for task in ("pirads", "volume", "lesion_seg"):
        params = s.FinetuneParams(cohort_id=cohort, task=task, epochs=1, batch=2, decoder_width=8)
        made[task] = tiny.done(tiny.run(settings, params))
        assert made[task]["cached"] is False
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        encoders = {row.id: row for row in session.scalars(select(Encoder))}
        splits = set(session.scalars(select(Case.split)))
        pooled = Embedding.layer == "pooled"
        counted = select(Embedding.encoder_id, func.count()).where(pooled).group_by(Embedding.encoder_id)
        counts = dict(session.execute(counted).all())
        sizes = {row.values.shape for row in session.scalars(select(Embedding).where(pooled))}
    assert len(encoders) == 4
    assert splits == {"train", "test"}
    assert counts[pre["encoder_id"]] == 8, "all three modalities, and T2 alone for the volume task"
    assert [counts[made[task]["encoder_id"]] for task in ("pirads", "volume", "lesion_seg")] == [4, 4, 4]
    assert sizes == {(320,)}
    tuned = encoders[made["pirads"]["encoder_id"]]
    assert (tuned.parent_id, tuned.stage, tuned.task) == (pre["encoder_id"], "ft", "pirads")
    assert len(tuned.history) == 1
    assert load_encoder(files.path(tuned.sha256), "convnextv2-atto").embed_dim == 320
    assert not list((files.root / "work").iterdir())
    again = tiny.done(tiny.run(settings, pre_params))
    assert (again["cached"], again["encoder_id"]) == (True, pre["encoder_id"])


def test_training_resumes_from_the_last_epoch_and_ends_the_same(settings, database, studies, monkeypatch) -> None:
    from backend.jobs.context import JobContext

    cohort = imported(settings, studies)
    params = s.PretrainParams(cohort_id=cohort, input=INPUT, epochs=2, batch=2)
    whole = tiny.done(tiny.run(settings, params))
    with database.write() as session:
        encoder = session.get_one(Encoder, whole["encoder_id"])
        expected = encoder.sha256
        for row in session.scalars(select(Embedding)):
            session.delete(row)
        session.flush()
        session.delete(encoder)
    with monkeypatch.context() as patched:

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(JobContext, "saved", stop)  # called when the first epoch is on disk
        with pytest.raises(KeyboardInterrupt):
            tiny.run(settings, params)
    lines: list[str] = []
    monkeypatch.setattr(JobContext, "log", lambda _, line, *__: lines.append(line))
    resumed = tiny.done(tiny.run(settings, params))
    assert [line for line in lines if "epoch 1 of" in line] == []
    with database.read() as session:
        assert session.get_one(Encoder, resumed["encoder_id"]).sha256 == expected
