import numpy as np
import pytest
import torch

from backend.errors import BadImage
from backend.science.embedding import embed, embed_stages
from backend.science.encoders.convnext import ConvNeXt, build_encoder
from tests.science.planted import planted_cases

CASES = planted_cases(5)[0]


@pytest.fixture(scope="module")
def encoder() -> ConvNeXt:
    torch.manual_seed(0)
    encoder = build_encoder("convnextv2-atto")
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return encoder


def test_stage_embeddings_are_global_averages_and_pooled_is_the_encoders_answer(encoder: ConvNeXt) -> None:
    found = embed_stages(encoder, CASES)
    with torch.no_grad():
        x = torch.from_numpy(np.stack(CASES))
        maps = encoder.feature_maps(x)
        np.testing.assert_allclose(found["pooled"], encoder(x).numpy(), atol=1e-5)
    for index, (dim, stage) in enumerate(zip(encoder.size.dims, ("stage1", "stage2", "stage3", "stage4"), strict=True)):
        assert found[stage].shape == (5, dim)
        np.testing.assert_allclose(found[stage], maps[index].numpy().mean(axis=(2, 3, 4)), atol=1e-5, rtol=1e-5)
    assert found["pooled"].dtype == np.float32
    assert np.array_equal(embed(encoder, CASES, stage="stage2"), found["stage2"])


def test_the_batch_does_not_matter_and_repeats_are_bit_identical(encoder: ConvNeXt) -> None:
    alone, together = embed(encoder, CASES, batch=1), embed(encoder, iter(CASES), batch=4)
    assert np.abs(alone - together).max() <= 1e-6
    assert np.array_equal(embed(encoder, CASES, batch=1), alone)


def test_progress_counts_cases_and_the_encoder_is_set_to_evaluation(encoder: ConvNeXt) -> None:
    encoder.train()
    heard: list[int] = []
    embed(encoder, CASES, batch=2, progress=heard.append)
    assert heard == [2, 4, 5]
    assert not encoder.training


def test_unfit_cases_are_refused_by_number(encoder: ConvNeXt) -> None:
    holed = CASES[0].copy()
    holed[1, 2, 3, 4] = np.inf
    unfit = {"not finite": holed, "float64": CASES[0].astype(float), "shape": CASES[0][:, :8], r"\(2, ": CASES[0][:2]}
    for words, case in unfit.items():
        with pytest.raises(BadImage, match=f"Case 1 .*{words}"):
            embed(encoder, [CASES[0], case])
    with pytest.raises(BadImage, match="no case"):
        embed(encoder, [])
