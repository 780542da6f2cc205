"""Embeddings made on a GPU: near the CPU's, checked in bf16, and halved where the memory is really short."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from backend.errors import BadSettings
from backend.science.embedding.embed import Embedder, embed_stages
from backend.science.embedding.settings import LAYERS, TOLERANCE, EmbedSettings
from tests.science.embedding.test_embed import Fragile
from tests.science.planted_cases import planted_cases, spread_encoder

CASES = planted_cases(6)[0]
LARGE = [np.random.default_rng(row).standard_normal((3, 32, 96, 96)).astype(np.float32) for row in range(9)]


def test_float32_agrees_with_the_cpu_in_every_layer() -> None:
    on_cpu = embed_stages(spread_encoder(), CASES, device=torch.device("cpu")).layers
    found = embed_stages(spread_encoder(), CASES, EmbedSettings(precision="float32"))
    assert found.record.device == "cuda"
    for layer in LAYERS:
        np.testing.assert_allclose(found.layers[layer], on_cpu[layer], atol=2e-4, rtol=1e-4)


def test_automatic_precision_is_bf16_within_the_tolerance_and_repeats_are_bit_identical() -> None:
    exact = embed_stages(spread_encoder(), CASES, EmbedSettings(precision="float32")).layers["pooled"]
    first, second = (embed_stages(spread_encoder(), CASES) for _ in range(2))
    assert first.record.precision == "bf16"
    assert 0.0 < (first.record.largest_difference or 0.0) <= TOLERANCE
    for row, embedded in zip(exact, first.layers["pooled"], strict=True):
        assert np.linalg.norm(embedded - row) <= TOLERANCE * np.linalg.norm(row)
    assert all(np.array_equal(first.layers[layer], second.layers[layer]) for layer in LAYERS)


def test_automatic_precision_goes_back_to_float32_where_bf16_is_too_far_off() -> None:
    embedder = Embedder(Fragile(), EmbedSettings())
    rows = [layers["pooled"] for layers in embedder.stream(iter(CASES))]
    assert embedder.record.precision == "float32"
    assert "goes on in float32" in embedder.record.sentences[0]
    assert len(rows) == 6


def taken(batch: int) -> int:
    """Bytes torch takes from the GPU to embed `batch` cases at once, beyond what it holds."""
    encoder = spread_encoder()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_reserved()
    embed_stages(encoder, LARGE[:batch], EmbedSettings(batch=batch, precision="float32"))
    return torch.cuda.max_memory_reserved() - before


def test_a_batch_that_really_does_not_fit_is_halved(room: Callable[[int], None]) -> None:
    whole = embed_stages(spread_encoder(), LARGE, EmbedSettings(batch=4, precision="float32")).layers["pooled"]
    small, large = taken(4), taken(8)
    assert large > 1.5 * small
    room((small + large) // 2)
    found = embed_stages(spread_encoder(), LARGE, EmbedSettings(batch=8, precision="float32"))
    assert (found.record.halved, found.record.batch, found.record.cases) == (True, 4, 9)
    np.testing.assert_allclose(found.layers["pooled"], whole, atol=2e-4)


def test_no_memory_for_one_case_is_a_refusal_in_either_precision(room: Callable[[int], None]) -> None:
    for precision in ("float32", "bf16"):
        encoder = spread_encoder()
        encoder.cuda()
        room(2**21)
        with pytest.raises(BadSettings, match="The GPU has too little memory for"):
            embed_stages(encoder, LARGE, EmbedSettings(batch=1, precision=precision))  # type: ignore[arg-type]
