"""Training jobs on tiny studies: what they leave in the database, and what a kill -9 cannot change."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from backend.jobs.resume import epoch_rows
from backend.jobs.resume.checkpoints import checkpoints_of
from backend.models import Embedding, Encoder
from backend.science.encoders.checkpoint import load_encoder
from backend.storage.blob_store import BlobStore
from benchmarks.resume import killed_and_resumed, prepared
from shared import schemas as s
from tests.jobs import tiny

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))


@pytest.fixture
def cohort(settings) -> str:
    return tiny.store_studies(settings, 4)


def test_epochs_checkpoints_pictures_and_scores_of_a_training_are_kept(settings, database, cohort) -> None:
    pre_params = s.PretrainParams(
        cohort_id=cohort, input=INPUT, epochs=2, batch=2, patch=8, decoder_width=16, checkpoint_every=1
    )
    pre = tiny.run(settings, pre_params)
    pre_id = str(tiny.done(pre)["encoder_id"])
    ft_params = s.FinetuneParams(
        cohort_id=cohort, task="lesion_seg", epochs=3, batch=2, decoder_width=8, checkpoint_every=1, adapt="lora"
    )
    ft = tiny.run(settings, ft_params)
    ft_id = str(tiny.done(ft)["encoder_id"])
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        painted = epoch_rows.epochs_of(session, pre.id)
        assert [(row.epoch, sorted(row.pictures)) for row in painted] == [
            (1, ["ADC", "DWI", "T2"]),
            (2, ["ADC", "DWI", "T2"]),
        ]
        png = files.read(epoch_rows.picture_of(session, pre.id, 2, "T2"))
        told = epoch_rows.epochs_of(session, ft.id)
        run = session.get_one(Encoder, ft_id)
        passed = checkpoints_of(session, run)
        embedded = set(session.scalars(select(Embedding.encoder_id)))
    picture = np.array(Image.open(io.BytesIO(png)))
    assert picture.shape == (160, 3 * 160 + 2 * 4, 3)
    assert not np.array_equal(picture[:, :160], picture[:, -160:]), "what is painted is not the image"
    assert (picture == (0x46, 0x4B, 0x57)).all(axis=2).mean() == pytest.approx(0.2, abs=0.05), "0.6 of the middle one"
    assert [row.scores for row in told] == [{k: v for k, v in e.items() if k != "epoch"} for e in run.history]
    assert [(row.epoch, row.run_id) for row in passed] == [(1, ft_id), (2, ft_id), (3, None)]
    assert {row.parent_id for row in passed} == {pre_id}
    assert embedded == {pre_id, ft_id}, "checkpoints are embedded when somebody asks"
    weights = [load_encoder(files.path(row.sha256), row.arch).state_dict() for row in passed]
    assert not all(np.array_equal(weights[0][key], weights[2][key]) for key in weights[0])
    assert set(run.metrics) >= {"test", "intervals", "studies", "patients", "notes", "stopped_early"}
    assert run.metrics["patients"]["test"] == run.metrics["studies"]["test"] >= 1
    assert "LoRA" in run.name
    assert any("low-rank" in note for note in run.metrics["notes"])


def test_a_fine_tuning_killed_at_a_random_moment_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    site = prepared(tmp_path, studies=4, epochs=3)
    report = killed_and_resumed(site, kills=1, seed=0, end_here=True)
    assert report.kills == 1
    assert report.largest_difference == 0.0
    assert report.same_weights
