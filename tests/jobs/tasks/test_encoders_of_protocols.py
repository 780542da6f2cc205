"""Encoders on a brain of four sequences and a CT: pre-trained, imported and embedded on the images of the protocol."""

from pathlib import Path

import pytest
from sqlalchemy import select

from backend.jobs.planning import plans
from backend.jobs.planning.cohort_protocols import UnknownName
from backend.models import Embedding, JobLog
from backend.storage.database import Database
from shared import schemas as s
from shared.encoder_facts import seen_words
from tests.ingest.protocol_folders import write_brain, write_ct
from tests.jobs import tiny
from tests.jobs.other_organs import ATTO, BRAIN, CT, SIZE, check, cohort_of, embeddings, imported, weights


@pytest.fixture
def brain(settings, tmp_path: Path) -> str:
    write_brain(tmp_path / "brain", 4)
    return cohort_of(settings, tmp_path / "brain", BRAIN)


@pytest.fixture
def ct(settings, tmp_path: Path) -> str:
    write_ct(tmp_path / "ct", 3)
    return cohort_of(settings, tmp_path / "ct", CT)


def test_a_brain_is_pretrained_on_all_its_modalities_and_embedded(settings, database, brain: str) -> None:
    plan = tiny.submit(settings, s.PretrainParams(cohort_id=brain, epochs=1, batch=2, decoder_width=8))
    assert plan.params["input"]["size_zyx"] == list(SIZE)
    assert plan.params["input"]["spacing_zyx_mm"] == [2.0, 1.0, 1.0]
    made = tiny.done(tiny.run_submitted(settings, plan))
    encoder = check(settings, database, brain, BRAIN, str(made["encoder_id"]), ["T1ce", "FLAIR", "T1", "T2"])
    assert encoder.settings["input"]["modalities"] == ["T1ce", "FLAIR", "T1", "T2"]
    assert encoder.settings["seen"] == {
        "spacing_mm": [1.0, 1.0, 2.0],
        "reference": "T1ce",
        "intensity": {"T1ce": "z-score nonzero", "FLAIR": {"percentile": [1.0, 99.0]},
                      "T1": "z-score nonzero", "T2": "min-max"},
        "targets": {"edema": ["FLAIR"]},
    }  # fmt: skip
    assert seen_words(encoder.settings) == (
        "16 x 32 x 32 voxels (z, y, x) of 2 x 1 x 1 mm, axes LPS, only 0 is zero, sees T1ce, FLAIR, T1, T2, "
        "FLAIR: percentiles 1 to 99 become 0 to 1, T2: min-max"
    )
    again = tiny.done(tiny.run(settings, s.PretrainParams(cohort_id=brain, epochs=1, batch=2, decoder_width=8)))
    assert (again["cached"], again["encoder_id"]) == (True, made["encoder_id"])
    asked = s.EncoderInput(modalities=("FLAIR", "T1ce"))
    other = s.PretrainParams(cohort_id=brain, epochs=1, batch=2, decoder_width=8, input=asked)
    two = str(tiny.done(tiny.run(settings, other))["encoder_id"])
    check(settings, database, brain, BRAIN, two, ["FLAIR", "T1ce"])


def test_weights_see_the_modalities_that_are_chosen_in_their_order(settings, database, brain, tmp_path) -> None:
    chosen = s.EncoderInput(modalities=("T2", "FLAIR", "T1ce"))
    three = imported(settings, brain, weights(tmp_path, 3), input=chosen)
    check(settings, database, brain, BRAIN, three, ["T2", "FLAIR", "T1ce"])
    tiny.done(tiny.run(settings, s.EmbedParams(cohort_id=brain, encoder_id=three)))
    four = imported(settings, brain, weights(tmp_path, 4))
    check(settings, database, brain, BRAIN, four, ["T1ce", "FLAIR", "T1", "T2"])


def test_a_target_that_is_learnt_from_one_modality_sees_the_others_as_zero(settings, database, brain, tmp_path) -> None:
    parent = imported(settings, brain, weights(tmp_path, 4))
    file = str(weights(tmp_path, 4, seed=1))
    told = plan(settings, s.ImportEncoderParams(cohort_id=brain, path=file, arch=ATTO, task="edema", parent_id=parent))
    assert not any("Its input is not that of" in sentence for sentence in told.sentences), told
    tuned = imported(settings, brain, Path(file), task="edema", parent_id=parent)
    check(settings, database, brain, BRAIN, tuned, [None, "FLAIR", None, None])
    with database.read() as session:
        keys = session.scalars(select(Embedding.input_key).where(Embedding.encoder_id == parent).distinct()).all()
    assert len(keys) == 2, "with all modalities, and as the target sees them"
    without = s.EncoderInput(modalities=("T1ce", "T1", "T2", "T2"))
    pre = imported(settings, brain, weights(tmp_path, 4), input=without)
    params = s.ImportEncoderParams(
        cohort_id=brain, path=str(weights(tmp_path, 4, seed=1)), arch=ATTO, task="edema", parent_id=pre, input=without
    )
    error = tiny.run(settings, params).error or ""
    assert "The target edema is learnt from FLAIR, and this encoder sees T1ce, T1, T2, T2; choose another" in error


def test_a_ct_fills_every_channel_of_weights_that_take_three(settings, database, ct, tmp_path) -> None:
    one = imported(settings, ct, weights(tmp_path, 1))
    assert seen_words(check(settings, database, ct, CT, one, ["CT"]).settings) == (
        "16 x 32 x 32 voxels (z, y, x) of 1 x 1 x 1 mm, axes LPS, sees CT, CT: -1000 to 400 become 0 to 1"
    )
    three = imported(settings, ct, weights(tmp_path, 3), input=s.EncoderInput(modalities=("CT", "CT", "CT")))
    check(settings, database, ct, CT, three, ["CT", "CT", "CT"])


def test_other_numbers_of_channels_are_refused_with_what_there_is(settings, brain, tmp_path) -> None:
    def error(**fields) -> str:
        params = s.ImportEncoderParams(cohort_id=brain, path=str(weights(tmp_path, 3)), arch=ATTO, **fields)
        return tiny.run(settings, params).error or ""

    assert error() == (
        "The weights of convnextv2-atto take 3 channels, and the input has 4 modalities (T1ce, FLAIR, T1, T2); choose "
        "3, one of them several times if need be (input.modalities, --modalities A,B)."
    )
    two = s.EncoderInput(modalities=("T1ce", "FLAIR"))
    assert "take 3 channels, and the input has 2 modalities (T1ce, FLAIR); choose 3" in error(input=two)
    with pytest.raises(UnknownName, match="my-brain has no modality 'ADC'; there is T1ce, FLAIR, T1, T2"):
        error(input=s.EncoderInput(modalities=("ADC",)))


def test_a_study_without_an_image_that_is_seen_is_left_out_by_name(settings, database, tmp_path: Path) -> None:
    write_brain(tmp_path / "brain", 4)
    (tmp_path / "brain" / "sub-03" / "anat" / "sub-03_T2w.nii.gz").unlink()
    brain = cohort_of(settings, tmp_path / "brain", BRAIN)
    three = imported(settings, brain, weights(tmp_path, 3))
    check(settings, database, brain, BRAIN, three, ["T1ce", "FLAIR", "T1"])
    chosen = s.EncoderInput(modalities=("T1ce", "T2"))
    two = imported(settings, brain, weights(tmp_path, 2), input=chosen)
    job = tiny.submit(settings, s.PretrainParams(cohort_id=brain, epochs=1, batch=2, decoder_width=8, input=chosen))
    made = str(tiny.done(tiny.run_submitted(settings, job))["encoder_id"])
    assert len(embeddings(database, two)) == len(embeddings(database, made)) == 3
    with database.read() as session:
        lines = session.scalars(select(JobLog.line).order_by(JobLog.id)).all()
        mine = session.scalars(select(JobLog.line).where(JobLog.job_id == job.id)).all()
    missing = "The case has no T2 image, which the encoder needs; import one, or leave the case out."
    assert f"Study 03 has no embedding: {missing}" in lines
    assert "Study 03 is left out: it has no T2 image." in mine


def test_a_sliding_window_sees_the_same_intensities(settings, database, ct, tmp_path) -> None:
    whole = s.EncoderInput(coverage="sliding", size_zyx=(16, 64, 64))
    one = imported(settings, ct, weights(tmp_path, 1), input=whole)
    crop = imported(settings, ct, weights(tmp_path, 1), input=s.EncoderInput(size_zyx=(16, 64, 64)))
    first, second = embeddings(database, one), embeddings(database, crop)
    for case, values in first.items():
        assert abs(values - second[case]).max() < 1e-5, "the images are smaller than one window"


def test_what_means_nothing_for_the_intensities_is_refused(settings, ct, tmp_path) -> None:
    given = s.EncoderInput(zero_below=1e-5)
    params = s.ImportEncoderParams(cohort_id=ct, path=str(weights(tmp_path, 1)), arch=ATTO, input=given)
    assert "z-score nonzero, which CT of the protocol my-ct do not have; leave zero_below" in str(
        plan(settings, params)
    )


def plan(settings, params) -> s.JobPlan:
    database = Database(settings)
    with database.read() as session:
        found = plans.plan(session, settings, params, local=True)
    database.close()
    return found
