"""Encoders on a brain of four sequences and a CT: pre-trained, imported and embedded on the images of the protocol."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sqlalchemy import select

from backend.jobs.data.cohorts import accepted
from backend.jobs.planning.cohort_protocols import UnknownName
from backend.models import Embedding, Encoder
from backend.science.embedding.embed import embed_stages
from backend.science.encoders.checkpoint import load_encoder
from backend.science.encoders.registry import build_encoder
from backend.storage.blob_store import BlobStore
from backend.storage.volumes import load_prepared
from shared import schemas as s
from shared.encoder_facts import seen_words
from tests.ingest.protocol_folders import write_brain, write_ct
from tests.jobs import tiny

ATTO, SIZE = "convnextv2-atto", (16, 32, 32)
BRAIN = s.Protocol.model_validate(
    {
        "name": "my-brain",
        "modalities": [
            {"name": "T1ce", "required": True, "reference": True, "aliases": ["ce-gd_T1w"]},
            {"name": "FLAIR", "required": True},
            {"name": "T1", "aliases": ["T1w"]},
            {"name": "T2", "aliases": ["T2w"]},
        ],
        "regions": [{"name": "tumor", "required": True}],
        "targets": [{"name": "edema", "kind": "class", "column": "e", "classes": ["a", "b"], "modalities": ["FLAIR"]}],
        "grid": {"spacing_mm": [1, 1, 2], "size_zyx": list(SIZE)},
        "intensity": {"FLAIR": {"percentile": [1, 99]}, "T2": "min-max"},
    }
)
CT = s.Protocol.model_validate(
    {
        "name": "my-ct",
        "modalities": [{"name": "CT", "required": True, "reference": True, "aliases": ["Chest_CT"]}],
        "regions": [{"name": "nodule", "required": True, "aliases": ["gtv"]}],
        "grid": {"spacing_mm": [1, 1, 1], "size_zyx": list(SIZE)},
        "intensity": {"CT": {"window": [-1000, 400]}},
    }
)


def cohort_of(settings, path: Path, protocol: s.Protocol) -> str:
    params = s.ImportCasesParams(cohort="mine", path=str(path), protocol=protocol, ids="keep")
    return str(tiny.done(tiny.run(settings, params))["cohort_id"])


@pytest.fixture
def brain(settings, tmp_path: Path) -> str:
    write_brain(tmp_path / "brain", 4)
    return cohort_of(settings, tmp_path / "brain", BRAIN)


@pytest.fixture
def ct(settings, tmp_path: Path) -> str:
    write_ct(tmp_path / "ct", 3)
    return cohort_of(settings, tmp_path / "ct", CT)


def weights(folder: Path, channels: int, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    path = folder / f"weights{channels}.pt"
    torch.save(build_encoder(ATTO, channels).state_dict(), path)
    return path


def imported(settings, cohort: str, path: Path, arch: str = ATTO, **fields) -> str:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(path), arch=arch, **fields)
    return str(tiny.done(tiny.run(settings, params))["encoder_id"])


def embeddings(database, encoder_id: str) -> dict[str, np.ndarray]:
    chosen = select(Embedding).where(Embedding.encoder_id == encoder_id, Embedding.layer == "pooled")
    with database.read() as session:
        return {row.case_id: row.values for row in session.scalars(chosen)}


def scaled(name: str, image: np.ndarray) -> np.ndarray:
    """The intensities that the two protocols declare, from their definitions."""
    x = image.astype(np.float64)
    if name == "CT":
        return (np.clip(x, -1000, 400) + 1000) / 1400
    if name == "FLAIR":
        low, high = np.percentile(x, [1, 99])
        return (np.clip(x, low, high) - low) / (high - low)
    if name == "T2":
        return (x - x.min()) / (x.max() - x.min())
    inside = x[x != 0]
    return np.where(x != 0, (x - inside.mean()) / inside.std(), 0)


def centred(image: np.ndarray) -> np.ndarray:
    """The middle of an image in the window, zero beyond it."""
    window = np.zeros(SIZE)
    source, target = [], []
    for n, length in zip(image.shape, SIZE, strict=True):
        start = -((length - n) // 2) if length >= n else n // 2 - length // 2
        source.append(slice(max(start, 0), min(start + length, n)))
        target.append(slice(max(-start, 0), max(-start, 0) + min(start + length, n) - max(start, 0)))
    window[tuple(target)] = image[tuple(source)]
    return window


def expected(settings, session, cohort: str, protocol: s.Protocol, encoder: Encoder, channels) -> dict[str, np.ndarray]:
    """Embeddings made of the images and definitions alone; `channels`: modality of each, None = zero."""
    files = BlobStore(settings.data_dir / "files")
    cases = accepted(session, cohort)
    made = []
    for case in cases:
        images = load_prepared(files, case, protocol).images
        stack = [np.zeros(SIZE) if name is None else centred(scaled(name, images[name])) for name in channels]
        made.append(np.stack(stack).astype(np.float32))
    pooled = embed_stages(load_encoder(files.path(encoder.sha256), encoder.arch), made).layers["pooled"]
    return {case.id: row for case, row in zip(cases, pooled, strict=True)}


def check(settings, database, cohort: str, protocol: s.Protocol, encoder_id: str, channels) -> Encoder:
    found = embeddings(database, encoder_id)
    with database.read() as session:
        encoder = session.get_one(Encoder, encoder_id)
        wanted = expected(settings, session, cohort, protocol, encoder, channels)
    assert found.keys() == wanted.keys()
    for case, values in found.items():
        np.testing.assert_allclose(values, wanted[case], atol=2e-5)
    return encoder


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
    tuned = imported(settings, brain, weights(tmp_path, 4, seed=1), task="edema", parent_id=parent)
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
