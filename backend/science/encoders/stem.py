"""The first convolution of weights in a file: its shape says how many channels their encoder takes."""

from collections.abc import Mapping

from torch import Tensor


def kernel_of(weights: Mapping[str, Tensor], name: str) -> Tensor | None:
    """The 3-D kernel (out, channels, z, y, x) called `name`, under any prefix; None where there is none."""
    return next((value for key, value in weights.items() if ends_in(key, name) and value.ndim == 5), None)


def ends_in(name: str, own: str) -> bool:
    """Whether a name in a file is `own`, under any prefix."""
    return name == own or name.endswith(f".{own}")
