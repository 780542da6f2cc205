"""Cohorts of a brain of four sequences and of a CT, encoders imported for them, and what these should embed."""

from pathlib import Path

import numpy as np
import torch
from sqlalchemy import select

from backend.jobs.data.cohorts import accepted
from backend.models import Embedding, Encoder
from backend.science.embedding.embed import embed_stages
from backend.science.encoders.checkpoint import load_encoder
from backend.science.encoders.registry import build_encoder
from backend.storage.blob_store import BlobStore
from backend.storage.volumes import load_prepared
from shared import schemas as s
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
        "targets": [{"name": "years", "kind": "number", "column": "age"}],
        "grid": {"spacing_mm": [1, 1, 1], "size_zyx": list(SIZE)},
        "intensity": {"CT": {"window": [-1000, 400]}},
    }
)


def cohort_of(settings, path: Path, protocol: s.Protocol) -> str:
    params = s.ImportCasesParams(cohort="mine", path=str(path), protocol=protocol, ids="keep")
    return str(tiny.done(tiny.run(settings, params))["cohort_id"])


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
