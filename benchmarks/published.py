"""Second implementation of ProFound's published architecture, as functions on a checkpoint's arrays.

It shares no code with `backend/science/encoders`: `embed` is compared with it where no stored output exists
(`benchmarks/profound.py`, tests/cli/test_embed.py). Source: ../shared/profound/README.md; it is itself checked against
the stored outputs for seed 7. Float64 throughout, so its rounding is negligible.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

State = Mapping[str, Tensor]
Shape = tuple[int, ...]
EPSILON = 1e-6


def in_float64(state: State) -> dict[str, Tensor]:
    """The arrays of a checkpoint in double precision."""
    return {key: value.double() for key, value in state.items()}


def channel_norm(x: Tensor, state: State, name: str) -> Tensor:
    """LayerNorm over axis 1 of (B, C, ...), by hand."""
    mean = x.mean(dim=1, keepdim=True)
    variance = (x - mean).square().mean(dim=1, keepdim=True)
    shape = [1, -1] + [1] * (x.ndim - 2)
    scaled = (x - mean) / (variance + EPSILON).sqrt()
    return scaled * state[f"{name}.weight"].reshape(shape) + state[f"{name}.bias"].reshape(shape)


def block(x: Tensor, state: State, name: str) -> Tensor:
    """Depthwise 7^3, LayerNorm, linear, GELU, GRN, linear, residual: (B, C, d, h, w) -> the same."""
    y = functional.conv3d(x, state[f"{name}.dwconv.weight"], state[f"{name}.dwconv.bias"], padding=3, groups=x.shape[1])
    y = channel_norm(y, state, f"{name}.norm")
    y = torch.einsum("oc,bcdhw->bodhw", state[f"{name}.pwconv1.weight"], y)
    y = functional.gelu(y + state[f"{name}.pwconv1.bias"].reshape(1, -1, 1, 1, 1))
    energy = y.square().sum(dim=(2, 3, 4), keepdim=True).sqrt()
    relative = energy / (energy.mean(dim=1, keepdim=True) + EPSILON)
    gamma, beta = (state[f"{name}.grn.{part}"].reshape(1, -1, 1, 1, 1) for part in ("gamma", "beta"))
    y = gamma * (y * relative) + beta + y
    y = torch.einsum("oc,bcdhw->bodhw", state[f"{name}.pwconv2.weight"], y)
    return x + y + state[f"{name}.pwconv2.bias"].reshape(1, -1, 1, 1, 1)


def stages(x: Tensor, state: State) -> list[Tensor]:
    """The four stage maps of (B, 3, D, H, W); `state` has the encoder's keys under `encoder.`."""
    maps: list[Tensor] = []
    for stage in range(4):
        name = f"encoder.downsample_layers.{stage}"
        if stage == 0:
            x = functional.conv3d(x, state[f"{name}.0.weight"], state[f"{name}.0.bias"], stride=4)
            x = channel_norm(x, state, f"{name}.1")
        else:
            weight = state[f"{name}.1.weight"]
            x = channel_norm(x, state, f"{name}.0")
            x = functional.conv3d(x, weight, state[f"{name}.1.bias"], stride=weight.shape[-1])
        depth = 1 + max(int(key.split(".")[3]) for key in state if key.startswith(f"encoder.stages.{stage}."))
        for number in range(depth):
            x = block(x, state, f"encoder.stages.{stage}.{number}")
        maps.append(x)
    return maps


def averages(maps: list[Tensor]) -> list[Tensor]:
    """Global average of every stage, (B, C_i)."""
    return [x.flatten(2).mean(dim=2) for x in maps]


def pooled(maps: list[Tensor], state: State) -> Tensor:
    """The embedding (B, C): LayerNorm of stage 4's global average; 1 and 0 where the file has no final norm."""
    average, name = averages(maps)[3], "encoder.norm"
    plain = {f"{name}.weight": torch.ones_like(average[0]), f"{name}.bias": torch.zeros_like(average[0])}
    return channel_norm(average, {**plain, **state}, name)


def logits(embedding: Tensor, state: State) -> Tensor:
    """Logits of the classifier (B, classes) in evaluation mode."""
    y = embedding @ state["head.0.weight"].T + state["head.0.bias"]
    y = (y - state["head.1.running_mean"]) / (state["head.1.running_var"] + 1e-5).sqrt()
    y = (y * state["head.1.weight"] + state["head.1.bias"]).clamp(min=0)
    return y @ state["head.3.weight"].T + state["head.3.bias"]


def unit(x: Tensor, state: State, name: str) -> Tensor:
    """Convolution without bias, LayerNorm over channels, GELU."""
    weight = state[f"{name}.conv.weight"]
    y = functional.conv3d(x, weight, padding=weight.shape[-1] // 2)
    return functional.gelu(channel_norm(y, state, f"{name}.batch_norm"))


def resized(x: Tensor, like: Shape) -> Tensor:
    """Trilinear, align_corners False."""
    return functional.interpolate(x, size=like[-3:], mode="trilinear", align_corners=False)


def segmentation(x: Tensor, state: State) -> Tensor:
    """UPerNet's logits (B, classes, D, H, W)."""
    head = "decode_head"
    maps = [channel_norm(y, state, f"hidden_norm.{i}") for i, y in enumerate(stages(x, state))]
    contexts = [
        resized(unit(functional.adaptive_avg_pool3d(maps[3], side), state, f"{head}.psp_modules.{i}.1"), maps[3].shape)
        for i, side in enumerate((1, 2, 3, 6))
    ]
    top = unit(torch.cat([maps[3], *contexts], dim=1), state, f"{head}.bottleneck")
    levels = [unit(maps[i], state, f"{head}.lateral_convs.{i}") for i in range(3)] + [top]
    for i in (3, 2, 1):
        levels[i - 1] = levels[i - 1] + resized(levels[i], levels[i - 1].shape)
    refined = [unit(levels[i], state, f"{head}.fpn_convs.{i}") for i in range(3)] + [levels[3]]
    joined = torch.cat([resized(level, refined[0].shape) for level in refined], dim=1)
    y = unit(joined, state, f"{head}.fpn_bottleneck")
    y = functional.conv3d(y, state[f"{head}.classifier.weight"], state[f"{head}.classifier.bias"])
    return resized(y, x.shape)


def renamed(state: State) -> dict[str, Tensor]:
    """A sparse pre-training file's encoder under dense names; kernels are laid out element by element."""
    found: dict[str, Tensor] = {}
    for key, value in state.items():
        if not key.startswith("encoder."):
            continue
        name = key.replace(".ln.", ".").replace(".linear.", ".").replace("kernel", "weight")
        if key.endswith("kernel"):
            found[name] = laid_out(value, depthwise="dwconv" in key)
        elif "grn" in key:
            found[name] = value.reshape(1, 1, 1, 1, -1)
        else:
            found[name] = value.flatten() if value.ndim == 2 and value.shape[0] == 1 else value
    return found


def laid_out(kernel: Tensor, depthwise: bool) -> Tensor:
    """(k^3, C) -> (C, 1, k, k, k), (k^3, in, out) -> (out, in, k, k, k), (in, out) -> (out, in, 1, 1, 1).

    Row number of the offset (z, y, x) is z + k y + k^2 x: the first axis varies fastest.
    """
    if kernel.ndim == 2 and not depthwise:
        return kernel.T[:, :, None, None, None]
    side = round(len(kernel) ** (1 / 3))
    z, y, x = np.indices((side, side, side)).reshape(3, -1)
    rows = kernel[torch.from_numpy(z + side * y + side**2 * x)]  # in the order of a dense kernel
    if depthwise:
        return rows.T.reshape(-1, 1, side, side, side)
    return rows.permute(2, 1, 0).reshape(rows.shape[2], rows.shape[1], side, side, side)
