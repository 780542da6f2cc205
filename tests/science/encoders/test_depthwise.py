import pytest
import torch
from torch.nn import functional

from backend.science.encoders.depthwise import DepthwiseConv, by_spectrum

SHAPES = [(2, 5, 9), (1, 1, 4), (4, 3, 12), (8, 10, 7)]


@pytest.mark.parametrize("shape", SHAPES)
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


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-5), (torch.bfloat16, 2e-5)]
)
def test_by_fft_it_is_the_same_convolution(shape: tuple[int, int, int], dtype: torch.dtype, tolerance: float) -> None:
    """What a GPU computes, here on the CPU; bf16 goes in exactly and is summed in float32."""
    torch.manual_seed(0)
    x, kernel = torch.randn(2, 3, *shape).to(dtype), torch.randn(3, 1, 7, 7, 7, dtype=torch.float64)
    found = by_spectrum(x, kernel.to(torch.promote_types(dtype, torch.float32)))
    assert found.dtype == torch.promote_types(dtype, torch.float32)
    expected = functional.conv3d(x.double(), kernel, padding=3, groups=3)
    tolerance = 1e-12 if dtype == torch.float64 else 2e-5
    torch.testing.assert_close(found.double(), expected, atol=tolerance * float(expected.abs().max()), rtol=0)
