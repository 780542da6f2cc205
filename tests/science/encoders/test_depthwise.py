import pytest
import torch
from torch.nn import functional

from backend.science.encoders.depthwise import DepthwiseConv


@pytest.mark.parametrize("shape", [(2, 5, 9), (1, 1, 4), (4, 3, 12), (8, 10, 7)])
def test_gradients_equal_torchs_own(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    conv = DepthwiseConv(3).double()
    x = torch.randn(2, 3, *shape, dtype=torch.float64, requires_grad=True)
    wanted = torch.randn(2, 3, *shape, dtype=torch.float64)
    fast = torch.autograd.grad((conv(x) * wanted).sum(), [x, conv.weight, conv.bias])
    plain = functional.conv3d(x, conv.weight, conv.bias, padding=3, groups=3)
    slow = torch.autograd.grad((plain * wanted).sum(), [x, conv.weight, conv.bias])
    for ours, torchs in zip(fast, slow, strict=True):
        torch.testing.assert_close(ours, torchs, atol=1e-10, rtol=1e-10)


def test_training_and_inference_compute_the_same() -> None:
    torch.manual_seed(0)
    conv, x = DepthwiseConv(4), torch.randn(1, 4, 6, 6, 6)
    with torch.no_grad():
        inferred = conv(x)
    torch.testing.assert_close(conv(x), inferred, atol=0, rtol=0)
