"""ProFound's pre-training files: names and layouts of the sparse masked autoencoder, renamed to the dense encoder."""

from collections.abc import Mapping

import torch
from torch import Tensor

PRETRAINING_ONLY = ("decoder.", "proj.", "pred.", "mask_token")
WRAPPED = ("module.", "_orig_mod.")


def dense_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state as it is, or renamed where it is of a sparse masked autoencoder."""
    if not any(key.endswith(".kernel") for key in state):
        return dict(state)
    for word in WRAPPED * 2:
        if all(key.startswith(word) for key in state):
            state = {key.removeprefix(word): value for key, value in state.items()}
    return rename_pretrained(state)


def rename_pretrained(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Map names and layouts of the sparse masked autoencoder to the dense encoder (rules of ProFound's loader).

    The file has no final LayerNorm: weight 1 and bias 0 are added.
    """
    dense = {}
    for key, value in state.items():
        if key.startswith(PRETRAINING_ONLY):
            continue
        name = key.replace(".ln.", ".").replace(".linear.", ".")
        dense[name.removesuffix("kernel") + "weight" if name.endswith(".kernel") else name] = dense_layout(name, value)
    widths = [value.shape[0] for key, value in dense.items() if key.endswith("downsample_layers.3.1.weight")]
    if widths:
        dense["encoder.norm.weight"] = torch.ones(widths[0])
        dense["encoder.norm.bias"] = torch.zeros(widths[0])
    return dense


def dense_layout(name: str, value: Tensor) -> Tensor:
    """Return an array of a sparse convolution in the layout of a dense one; other arrays unchanged."""
    if name.endswith("dwconv.kernel"):  # (343, C) -> (C, 1, 7, 7, 7), space reversed
        return value.T.reshape(-1, 1, 7, 7, 7).permute(0, 1, 4, 3, 2).contiguous()
    if name.endswith(".kernel") and value.ndim == 3:  # (8, in, out) -> (out, in, 2, 2, 2), space reversed
        cube = value.permute(2, 1, 0).reshape(value.shape[2], value.shape[1], 2, 2, 2)
        return cube.permute(0, 1, 4, 3, 2).contiguous()
    if name.endswith(".kernel"):  # (in, out) -> (out, in, 1, 1, 1)
        return value.T[:, :, None, None, None].contiguous()
    if name.endswith(("grn.gamma", "grn.beta")):  # (1, C) -> (1, 1, 1, 1, C)
        return value.reshape(1, 1, 1, 1, -1)
    return value.reshape(-1) if name.endswith(".bias") and value.ndim == 2 else value
