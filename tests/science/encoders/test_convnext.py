import pytest
import torch

from backend.errors import BadSettings
from backend.science.encoders.convnext import SIZES, GlobalResponseNorm, build_encoder


@pytest.mark.parametrize("arch", list(SIZES))
def test_every_size_has_its_maps_at_a_quarter_an_eighth_and_twice_a_sixteenth(arch: str) -> None:
    with torch.device("meta"):
        encoder = build_encoder(arch)
        x = torch.empty(1, 3, 32, 48, 64)
        maps = encoder.feature_maps(x)
        assert encoder(x).shape == (1, SIZES[arch].dims[3])
    sides = [(8, 12, 16), (4, 6, 8), (2, 3, 4), (2, 3, 4)]
    expected = [(1, dim, *side) for dim, side in zip(SIZES[arch].dims, sides, strict=True)]
    assert [tuple(x.shape) for x in maps] == expected
    assert [len(stage) for stage in encoder.stages] == list(SIZES[arch].depths)


def test_an_unknown_size_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(BadSettings, match="convnextv2-atto"):
        build_encoder("resnet50")


def test_response_norm_by_hand() -> None:
    norm = GlobalResponseNorm(2)
    torch.nn.init.constant_(norm.gamma, 2.0)
    torch.nn.init.constant_(norm.beta, 0.5)
    x = torch.tensor([[3.0, 1.0], [4.0, 0.0]]).reshape(1, 1, 1, 2, 2)
    # G = (5, 1), mean 3, N = (5/3, 1/3); y = 2 x N + 0.5 + x
    expected = torch.tensor([[3 * 10 / 3 + 3.5, 2 / 3 + 1.5], [4 * 10 / 3 + 4.5, 0.5]]).reshape(1, 1, 1, 2, 2)
    torch.testing.assert_close(norm(x), expected, atol=1e-5, rtol=0)
