"""What a module from elsewhere must give to be an encoder, whatever it comes from.

A source of encoders (an entry point, a file of code, TorchScript, ONNX, a model zoo) makes a `ForeignEncoder`;
`plugins.PluginEncoder` makes an `Encoder` of it. The pooled embedding is always there, stages only where named.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.science.imaging.prepare import PreparedCase
from backend.science.types import Size, Spacing

Answer = Tensor | Mapping[str, Tensor]
"""The embedding or something that is reduced to it (`reduced`); or tensors by name, of which `POOLED` is that one."""
POOLED = "pooled"
SlicePool = Literal["mean", "max"]
ModalityPool = Literal["concatenate", "average"]
USUAL_SIDE = 32


@runtime_checkable
class Runs(Protocol):
    """A module from elsewhere: a batch (B, C, D, H, W) -> the embedding, or tensors by name.

    A slice-wise one is given slices (B, C, H, W), a one-channel one C = 1. A tensor may be (B, d), a map
    (B, d, ...) of one to three axes of space, or tokens (B, T, d); maps and tokens are averaged.
    """

    def __call__(self, batch: Tensor) -> Answer: ...


@dataclass(frozen=True)
class Preparation:
    """Own preprocessing: a case on its reference grid -> (C, D, H, W) float32; `version` names its code.

    `owner`: the encoder that brings it; two of them may call their versions alike.
    """

    prepare: Callable[[PreparedCase], NDArray[np.float32]]
    version: str
    owner: str = ""

    @property
    def key(self) -> str:
        """Its identity in cache keys."""
        return f"{self.owner}\n{self.version}"


@dataclass(frozen=True)
class InputFacts:
    """What a module says of its input; None or empty = it takes what the request and the cohort give.

    `slice_wise`: a 2-D module, run on every slice along z, `slice_pool` says how slices become one embedding.
    `one_channel`: run on each modality alone, `modality_pool` says how modalities become one embedding.
    """

    modalities: tuple[str, ...] = ()
    spacing_zyx_mm: Spacing | None = None
    size_zyx: Size | None = None
    smallest_side: int = USUAL_SIDE
    slice_wise: bool = False
    one_channel: bool = False
    preparation: Preparation | None = None


@dataclass(frozen=True)
class Pooling:
    """How the parts of a case that run one by one become one embedding; settings of the encoder's input."""

    slices: SlicePool = "mean"
    modalities: ModalityPool = "concatenate"


USUAL_POOLING = Pooling()


@dataclass(frozen=True)
class ForeignEncoder:
    """A module from elsewhere, what it says of its input, and its stages.

    `stages`: modules (parts of `module`) whose outputs are the stages, or names of the tensors that it answers with,
    in order; empty = none. `embed_dim`: width of what `module` gives; None = measured.
    """

    module: nn.Module
    stages: tuple[nn.Module, ...] | tuple[str, ...] = ()
    embed_dim: int | None = None
    facts: InputFacts = InputFacts()
