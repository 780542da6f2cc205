"""The architecture and the loading rules against what the published code answers (max difference 2e-4)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.science.encoders.checkpoint import load_classifier, load_encoder, load_segmenter

TOLERANCE = 2e-4


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def close(found: torch.Tensor, expected: object) -> None:
    torch.testing.assert_close(found, torch.tensor(expected), atol=TOLERANCE, rtol=0)


def test_classifier(reference: dict[str, Path], reference_input: torch.Tensor, answers: dict[str, Any]) -> None:
    expected = answers["classifier"]
    model = load_classifier(reference["classifier"])
    maps = model.encoder.feature_maps(reference_input)
    for stage, gap in zip(maps, expected["stage_gap"], strict=True):
        close(stage.mean(dim=(2, 3, 4)), gap)
    close(model.encoder(reference_input), expected["embedding"])
    close(model(reference_input), expected["logits"])


def test_pretraining_file(reference: dict[str, Path], reference_input: torch.Tensor, answers: dict[str, Any]) -> None:
    encoder = load_encoder(reference["pretrain"])
    close(encoder(reference_input), answers["pretrain"]["embedding"])
    assert bool((encoder.norm.weight == 1).all())
    assert bool((encoder.norm.bias == 0).all())


def test_segmenter(reference: dict[str, Path], reference_input: torch.Tensor, answers: dict[str, Any]) -> None:
    expected = answers["segmenter"]
    model = load_segmenter(reference["segmenter"])
    logits = model(reference_input[:1])  # the sample is of the first case; benchmarks/profound.py compares both
    assert list(logits.shape) == [1, *expected["shape"][1:]]
    close(logits[0, 0, ::8, ::16, ::16].flatten(), expected["sample"])
