"""The 7^3 depthwise convolution, in a form that is fast on a CPU and one that is fast on a GPU.

torch's own backward of a grouped 3-D convolution takes 80 to 90 % of a training step on a CPU. Both of its halves
have a fast form: the gradient of the input is a forward convolution with the kernel reversed, the gradient of the
kernel is a cross-correlation at 7^3 lags, done by FFT. That is five to seven times faster for the blocks of the
smallest encoder, and equal to torch's gradient within float32 rounding.

On a GPU cuDNN starts a kernel for every few channels; this takes 95 % of the encoder's forward pass. By FFT the
convolution takes a twentieth of that time (docs/performance.md), with the rounding of float32.
"""

from collections.abc import Sequence
from typing import Any

import torch
from scipy.fft import next_fast_len
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

KERNEL = 7
REACH = KERNEL // 2
SPACE = (2, 3, 4)


def convolved(x: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolve x (B, C, d, h, w) with one kernel per channel, (C, 1, 7, 7, 7), padding 3, as `conv3d` does.

    With `bias` (C,) the output has a layer's type (autocast's where that is on); without it, the type of the sums.
    """
    if x.device.type != "cuda":
        return functional.conv3d(x, kernel, bias, padding=REACH, groups=kernel.shape[0])
    y = by_spectrum(x, kernel)
    if bias is None:
        return y
    dtype = torch.get_autocast_dtype("cuda") if torch.is_autocast_enabled("cuda") else x.dtype
    whole = torch.empty(y.shape, dtype=dtype, device=y.device, memory_format=torch.channels_last_3d)
    return torch.add(y, bias[:, None, None, None], out=whole)  # what comes next reads channels last


def by_spectrum(x: Tensor, kernel: Tensor) -> Tensor:
    """Compute `convolved` by FFT, in float32 or wider.

    The circular convolution with the reversed kernel is the convolution shifted by REACH voxels. Padding each axis by
    REACH keeps wrapped voxels out of the result, also where an axis is shorter than the kernel.
    """
    wide = torch.promote_types(x.dtype, torch.float32)
    sizes = padded(x.shape[2:], [REACH] * 3)
    spectrum = torch.fft.rfftn(x.to(wide), s=sizes, dim=SPACE)
    spectrum = spectrum * torch.fft.rfftn(kernel[:, 0].to(wide).flip((1, 2, 3)), s=sizes, dim=(1, 2, 3))
    whole: Tensor = torch.fft.irfftn(spectrum, s=sizes, dim=SPACE)
    for axis, side in zip(SPACE, x.shape[2:], strict=True):
        whole = whole.narrow(axis, REACH, side)
    return whole


def padded(sides: Sequence[int], by: Sequence[int]) -> list[int]:
    """Sides, each at least that much longer, for which the FFT is fast."""
    return [next_fast_len(side + more, real=True) for side, more in zip(sides, by, strict=True)]


def kernel_gradient(x: Tensor, gradient: Tensor) -> Tensor:
    """Gradient of the kernel, (C, 1, 7, 7, 7), from the input and the output's gradient, both (B, C, d, h, w).

    Element (c, k) is the sum over batch and positions p of x[p + k - 3] * gradient[p]. Lags beyond the map's own side
    have no pair of voxels; padding by the largest lag that has one keeps the circular correlation free of wrap-around.
    """
    reaches = [min(REACH, side - 1) for side in x.shape[2:]]
    sizes = padded(x.shape[2:], reaches)
    spectrum = torch.fft.rfftn(x, s=sizes, dim=SPACE) * torch.fft.rfftn(gradient, s=sizes, dim=SPACE).conj()
    lags = torch.fft.irfftn(spectrum.sum(dim=0), s=sizes, dim=(1, 2, 3)).roll(reaches, dims=(1, 2, 3))
    depth, height, width = (2 * reach + 1 for reach in reaches)
    margins = [REACH - reach for reach in reversed(reaches) for _ in range(2)]
    return functional.pad(lags[:, :depth, :height, :width], margins).unsqueeze(1)


class FastDepthwise(torch.autograd.Function):
    """Depthwise convolution, padding 3, with the fast gradients described in the module's docstring."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return convolved(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        wide = torch.promote_types(weight.dtype, torch.float32)  # under autocast x and gradient are bf16; no FFT is
        gradient = gradients[0].contiguous().to(wide)
        of_input = convolved(gradient, weight.to(wide).flip(SPACE))
        of_weight = kernel_gradient(x.to(wide), gradient).to(weight.dtype)
        return of_input.to(x.dtype), of_weight, gradient.sum(dim=(0, *SPACE)).to(weight.dtype)


class DepthwiseConv(nn.Conv3d):
    """`Conv3d(channels, channels, 7, padding=3, groups=channels)` with fast CPU gradients and a fast GPU form."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, kernel_size=KERNEL, padding=REACH, groups=channels)

    def forward(self, x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return convolved(x, self.weight, self.bias)
        output: Tensor = FastDepthwise.apply(x, self.weight, self.bias)  # type: ignore[no-untyped-call] # untyped torch
        return output
