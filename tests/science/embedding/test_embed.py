import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from backend.errors import BadImage, BadSettings
from backend.science.embedding.embed import CaseEmbeddings, Embedder, embed_stages
from backend.science.embedding.settings import LAYERS, EmbedSettings
from backend.science.encoders.base import Encoder
from backend.science.encoders.convnext import ConvNeXt
from tests.science.planted_cases import planted_cases, spread_encoder

CASES = planted_cases(5)[0]
WINDOW = CASES[0].shape[1:]


@pytest.fixture(scope="module")
def encoder() -> ConvNeXt:
    return spread_encoder()


def pooled(encoder: Encoder, cases: list[np.ndarray], **settings) -> np.ndarray:
    return embed_stages(encoder, iter(cases), EmbedSettings(**settings)).layers["pooled"]


def test_stage_embeddings_are_global_averages_and_pooled_is_the_encoders_answer(encoder: ConvNeXt) -> None:
    found = embed_stages(encoder, CASES).layers
    with torch.no_grad():
        x = torch.from_numpy(np.stack(CASES))
        maps = encoder.feature_maps(x)
        np.testing.assert_allclose(found["pooled"], encoder(x).numpy(), atol=1e-5)
    assert tuple(found) == LAYERS
    for index, (dim, stage) in enumerate(zip(encoder.dims, LAYERS[:4], strict=True)):
        assert found[stage].shape == (5, dim)
        np.testing.assert_allclose(found[stage], maps[index].numpy().mean(axis=(2, 3, 4)), atol=1e-5, rtol=1e-5)
    assert found["pooled"].dtype == np.float32


@pytest.mark.parametrize("prefetch", [0, 3])
def test_the_batch_does_not_matter_and_repeats_are_bit_identical(encoder: ConvNeXt, prefetch: int) -> None:
    alone, together = pooled(encoder, CASES, batch=1), pooled(encoder, CASES, batch=4, prefetch=prefetch)
    assert np.abs(alone - together).max() <= 1e-6
    assert np.array_equal(pooled(encoder, CASES, batch=1), alone)


def test_cases_of_different_shapes_are_embedded_in_their_order(encoder: ConvNeXt) -> None:
    mixed = [CASES[0], CASES[1][:, :, :16], CASES[2]]
    found = pooled(encoder, mixed, batch=4)
    for row, case in enumerate(mixed):
        assert np.abs(found[row] - pooled(encoder, [case])[0]).max() <= 1e-6


def test_progress_counts_cases_and_the_encoder_is_set_to_evaluation(encoder: ConvNeXt) -> None:
    encoder.train()
    heard: list[int] = []
    found = embed_stages(encoder, CASES, EmbedSettings(batch=2), progress=heard.append)
    assert heard == [1, 2, 3, 4, 5]
    assert (found.record.cases, found.record.windows, found.record.precision) == (5, 5, "float32")
    assert not encoder.training


def test_unfit_cases_are_refused_by_number(encoder: ConvNeXt) -> None:
    holed = CASES[0].copy()
    holed[1, 2, 3, 4] = np.inf
    unfit = {"not finite": holed, "float64": CASES[0].astype(float), "shape": CASES[0][:, :8], r"\(2, ": CASES[0][:2]}
    for words, case in unfit.items():
        with pytest.raises(BadImage, match=f"Case 1 .*{words}"):
            embed_stages(encoder, [CASES[0], case])
    with pytest.raises(BadImage, match="no case"):
        embed_stages(encoder, [])


def test_only_a_few_cases_are_read_ahead(encoder: ConvNeXt) -> None:
    read: list[int] = []

    def cases():
        for row in range(40):
            read.append(row)
            yield CASES[row % 5]

    stream = Embedder(encoder, EmbedSettings(batch=2, prefetch=2)).stream(cases())
    next(stream)
    assert len(read) <= 2 + 2 + 2 + 1  # two batches, what waits, and the one in hand
    stream.close()


# --- windows ---------------------------------------------------------------------------------------------------------


def test_a_volume_as_large_as_the_window_gives_the_crops_embedding(encoder: ConvNeXt) -> None:
    plain, windowed = embed_stages(encoder, CASES), embed_stages(encoder, CASES, EmbedSettings(window=WINDOW))
    assert all(np.array_equal(plain.layers[layer], windowed.layers[layer]) for layer in LAYERS)
    assert windowed.record.windows == 5


def test_a_larger_volume_gives_the_mean_over_half_overlapping_windows(encoder: ConvNeXt) -> None:
    depth, height, width = WINDOW
    large = np.random.default_rng(0).standard_normal((3, depth, height + 12, 2 * width)).astype(np.float32)
    found = embed_stages(encoder, [CASES[0], large, CASES[1]], EmbedSettings(window=WINDOW, batch=3))
    places = [(y, x) for y in (0, 12) for x in (0, width // 2, width)]
    pieces = [np.ascontiguousarray(large[:, :, y : y + height, x : x + width]) for y, x in places]
    assert found.record.windows == 2 + len(pieces)
    by_hand = embed_stages(encoder, pieces).layers
    for layer in LAYERS:
        np.testing.assert_allclose(found.layers[layer][1], by_hand[layer].mean(axis=0), atol=2e-6)
    assert np.abs(found.layers["pooled"][2] - pooled(encoder, [CASES[1]])[0]).max() <= 1e-6


# --- precision -------------------------------------------------------------------------------------------------------


def test_bf16_is_checked_against_float32_and_the_check_is_in_the_record(encoder: ConvNeXt) -> None:
    exact = embed_stages(encoder, CASES)
    rounded = embed_stages(encoder, CASES, EmbedSettings(precision="bf16"))
    record = rounded.record
    assert (record.precision, record.checked, record.cases) == ("bf16", 4, 5)
    apart = max(
        float(np.linalg.norm(a - b) / np.linalg.norm(a))
        for layer in LAYERS
        for a, b in zip(exact.layers[layer][:4], rounded.layers[layer][:4], strict=True)
    )
    assert 1e-5 < apart == pytest.approx(record.largest_difference, rel=0.1)
    assert "largest relative difference" in record.sentences[0]


class Fragile(Encoder):
    """Answers with a difference of large numbers, which eight bits cannot hold."""

    channels, dims, smallest_side, embed_dim = 3, (2, 2, 2, 2), 1, 2  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv3d(3, 2, 1, bias=False)
        nn.init.ones_(self.layer.weight)

    def forward_stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        deep = self.layer(x + 1000.0) - 3000.0
        return [deep] * 4, deep.mean(dim=(2, 3, 4))


def test_bf16_too_far_from_float32_is_refused() -> None:
    with pytest.raises(BadSettings, match=r"bf16 against float32 on 4 inputs.*embed in float32"):
        embed_stages(Fragile(), CASES, EmbedSettings(precision="bf16"))


def test_automatic_precision_goes_back_to_float32_where_bf16_is_too_far_off() -> None:
    embedder = Embedder(Fragile(), EmbedSettings())
    embedder.record.precision = "bf16"  # what auto means on CUDA
    rows = [layers["pooled"] for layers in embedder.stream(iter(CASES))]
    assert embedder.record.precision == "float32"
    assert "goes on in float32" in embedder.record.sentences[0]
    np.testing.assert_array_equal(np.stack(rows), pooled(Fragile(), CASES))


# --- memory ----------------------------------------------------------------------------------------------------------


class Hungry(Encoder):
    """Finds memory for `room` cases at once; torch's own exception says so otherwise."""

    channels, dims, smallest_side, embed_dim = 3, (1, 1, 1, 1), 1, 1  # type: ignore[assignment]

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room, self.seen = room, []  # type: ignore[var-annotated]

    def forward_stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        self.seen.append(len(x))
        if len(x) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        deep = x[:, :1]
        return [deep] * 4, deep.mean(dim=(2, 3, 4))


def test_a_batch_too_large_for_the_memory_is_halved_once_and_said() -> None:
    encoder = Hungry(room=2)
    found = embed_stages(encoder, CASES, EmbedSettings(batch=4))
    assert encoder.seen == [4, 2, 2, 1]
    assert (found.record.halved, found.record.batch) == (True, 2)
    assert "A batch of 4 did not fit the memory of the machine; it goes on with 2." in found.record.sentences
    np.testing.assert_allclose(found.layers["pooled"][:, 0], [case[0].mean() for case in CASES], atol=1e-6)


def test_memory_that_is_short_for_the_check_of_bf16_is_a_refusal() -> None:
    with pytest.raises(BadSettings, match="too little memory for a batch of 1"):
        embed_stages(Hungry(room=0), CASES, EmbedSettings(precision="bf16"))


@pytest.mark.parametrize(("room", "batch"), [(1, 4), (0, 1)])
def test_memory_that_is_short_after_halving_is_a_refusal(room: int, batch: int) -> None:
    encoder = Hungry(room)
    with pytest.raises(BadSettings, match="too little memory for a batch of"):
        embed_stages(encoder, CASES, EmbedSettings(batch=batch))
    assert encoder.seen == ([4, 2] if batch == 4 else [1])


CAPPED = """
import re, resource, numpy as np, torch
from pathlib import Path
from backend.science.embedding.embed import embed_stages
from backend.science.embedding.settings import EmbedSettings
from backend.science.encoders.convnext import build_encoder
def address_space(name):
    return 1024 * int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))
torch.manual_seed(0)
encoder = build_encoder("convnextv2-atto")
cases = [np.full((3, 16, 64, 64), float(row), np.float32) for row in range(48)]
half = embed_stages(encoder, cases[:24], EmbedSettings(batch=24, prefetch=0)).layers["pooled"]
peak, now = address_space("VmPeak"), address_space("VmSize")
resource.setrlimit(resource.RLIMIT_AS, (peak + (peak - now) * 6 // 10,) * 2)
found = embed_stages(encoder, iter(cases), EmbedSettings(batch=48, prefetch=0))
assert np.abs(found.layers["pooled"][:24] - half).max() < 1e-5
print(found.record.halved, found.record.batch, found.record.cases)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is capped and measured as Linux does it")
def test_a_real_forward_under_a_memory_cap_halves_the_batch() -> None:
    # Every array in a mapping of its own, given back when freed: else what the allocator keeps decides what fits.
    returned = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(
        [sys.executable, "-c", CAPPED], env=os.environ | returned, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["True", "24", "48"], done.stderr[-500:]


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in ({"batch": 0}, {"precision": "fp8"}, {"overlap": 1.0}, {"prefetch": -1}):
        with pytest.raises(BadSettings):
            EmbedSettings(**wrong)  # type: ignore[arg-type]
    assert isinstance(embed_stages(Hungry(9), CASES), CaseEmbeddings)
