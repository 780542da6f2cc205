"""Weights that exist already: taken over byte for byte, embedded, and fine-tuned from."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from sqlalchemy import select

from backend.jobs.data.cohorts import accepted
from backend.jobs.data.encoder_inputs import EncoderInputs
from backend.models import Embedding, Encoder
from backend.science.embedding.embed import embed_stages
from backend.science.encoders.checkpoint import load_encoder
from backend.science.encoders.convnext import build_encoder
from backend.storage.blob_store import BlobStore
from shared import schemas as s
from tests.jobs import tiny

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))
ATTO = "convnextv2-atto"


@pytest.fixture
def cohort(settings) -> str:
    return tiny.store_studies(settings, 4)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A classifier file in ProFound's layout."""
    torch.manual_seed(0)
    state = {f"encoder.{key}": value for key, value in build_encoder(ATTO).state_dict().items()}
    torch.save({"model": state | {"head.0.weight": torch.zeros(256, 320)}}, tmp_path / "profound.pth.tar")
    return tmp_path / "profound.pth.tar"


def test_a_file_becomes_an_encoder_under_its_own_hash(settings, database, cohort, weights) -> None:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch=ATTO, input=INPUT)
    result = tiny.done(tiny.run(settings, params))
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        row = session.get_one(Encoder, result["encoder_id"])
        cases = accepted(session, cohort)
        found = {e.case_id: e.values for e in session.scalars(select(Embedding).where(Embedding.layer == "pooled"))}
    assert row.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert (row.stage, row.task, row.settings["file"]) == ("pre", None, "profound.pth.tar")
    assert files.read(row.sha256) == weights.read_bytes()
    expected = embed_stages(load_encoder(weights, ATTO), EncoderInputs(files, cases, INPUT)).layers["pooled"]
    np.testing.assert_allclose(np.stack([found[case.id] for case in cases]), expected, atol=1e-5)
    again = tiny.done(tiny.run(settings, params))
    assert (again["cached"], again["encoder_id"]) == (True, row.id)
    tuned = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch=ATTO, input=INPUT, task="volume")
    after = tiny.done(tiny.run(settings, tuned))
    with database.read() as session:
        ft = session.get_one(Encoder, after["encoder_id"])
        assert (ft.stage, ft.task, ft.parent_id) == ("ft", "volume", row.id)
    next_step = s.FinetuneParams(cohort_id=cohort, task="pirads", epochs=1, batch=2)
    assert tiny.done(tiny.run(settings, next_step))["cached"] is False


def test_a_wrong_file_is_refused_by_its_keys_and_leaves_nothing(settings, database, cohort, weights) -> None:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch="convnextv2-pico", input=INPUT)
    job = tiny.run(settings, params)
    assert job.state == "failed"
    assert "profound.pth.tar does not fit the encoder convnextv2-pico" in job.error
    assert "misshapen (downsample_layers.0.0.weight (40, 3, 4, 4, 4) instead of (64, 3, 4, 4, 4)" in job.error
    with database.read() as session:
        assert session.scalars(select(Encoder)).all() == []
    root = BlobStore(settings.data_dir / "files").root
    assert not list((root / "work").iterdir())


def test_a_file_outside_the_import_roots_is_not_read_for_the_browser(settings, cohort, weights) -> None:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(weights), arch=ATTO, input=INPUT)
    job = tiny.submit(settings, params)
    assert job.state == "queued"
    with pytest.raises(Exception, match="outside the folders"):
        tiny.submit(settings, params, local=False)
