"""Plugin encoders: any module with four `stages` and an `embed_dim`.

Forward hooks record the outputs of the stages, which are the stage maps. The module's output is the embedding; an
output map is averaged over space.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder, Widths

STAGES = 4
USUAL_SIDE = 32


class PluginEncoder(Encoder):
    """A plugin's module as an `Encoder`. `smallest_side` is the module's own, or 32."""

    def __init__(self, name: str, module: nn.Module, channels: int) -> None:
        super().__init__()
        self.name = name
        self.module = module
        self.channels = channels
        self.smallest_side = int(getattr(module, "smallest_side", USUAL_SIDE))
        self._width = int(module.embed_dim)  # type: ignore[arg-type] # checked by `check_module`
        self.dims: Widths = probe_widths(self)

    @property
    def embed_dim(self) -> int:
        return self._width

    def forward_stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        maps: dict[int, Any] = {}
        stages = list(self.module.stages)  # type: ignore[arg-type] # a ModuleList or Sequential, see `check_module`
        hooks = [stage.register_forward_hook(capture_hook(maps, index)) for index, stage in enumerate(stages)]
        try:
            answer = self.module(x)
        finally:
            for hook in hooks:
                hook.remove()
        found = [self.check_map(maps.get(index), index, len(x)) for index in range(STAGES)]
        return found, self.check_output(answer, len(x))

    def check_map(self, found: Any, index: int, batch: int) -> Tensor:
        """Return the output of a stage if it is a map. Raises BadSettings otherwise."""
        if not isinstance(found, Tensor) or found.ndim != 5 or len(found) != batch:
            raise BadSettings(
                f"Stage {index + 1} of the encoder {self.name} gave {shape_text(found)}; every stage must be run "
                "by the module and return one tensor (B, C, d, h, w)."
            )
        return found

    def check_output(self, answer: Any, batch: int) -> Tensor:
        """Return the embedding (B, embed_dim). Raises BadSettings for another output."""
        pooled = answer.mean(dim=(2, 3, 4)) if isinstance(answer, Tensor) and answer.ndim == 5 else answer
        if not isinstance(pooled, Tensor) or pooled.shape != (batch, self._width):
            raise BadSettings(
                f"The encoder {self.name} gave {shape_text(answer)}; it must return (B, {self._width}), its "
                f"embed_dim, or a map of {self._width} channels."
            )
        return pooled


def capture_hook(maps: dict[int, Any], index: int) -> Callable[[nn.Module, Any, Any], None]:
    """Return a forward hook that records the output of a stage."""

    def keep(_module: nn.Module, _given: Any, output: Any) -> None:
        maps[index] = output

    return keep


def shape_text(value: Any) -> str:
    """Describe an output in words: `a tensor (2, 8, 4)`, `a tuple`, `nothing`."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)}"
    return "nothing" if value is None else f"a {type(value).__name__}"


@torch.no_grad()
def probe_widths(encoder: PluginEncoder) -> Widths:
    """Channels of the four stages, measured on the smallest volume. Raises BadSettings for an unfit module."""
    training, side = encoder.training, encoder.smallest_side
    encoder.eval()
    try:
        maps, _ = encoder.forward_stages(torch.zeros(1, encoder.channels, side, side, side))
    except BadSettings:
        raise
    except Exception as error:  # somebody else's code: anything may come out of it
        raise BadSettings(
            f"The encoder {encoder.name} failed on a volume of {side}^3 voxels and {encoder.channels} channels "
            f"({type(error).__name__}: {str(error)[:120]}); set its `smallest_side`, or mend it."
        ) from error
    finally:
        encoder.train(training)
    widths = [int(x.shape[1]) for x in maps]
    return widths[0], widths[1], widths[2], widths[3]


def wrap_plugin(name: str, factory: Any, channels: int) -> PluginEncoder:
    """Call a plugin's factory (with `channels` if it takes it) and wrap its module. Raises BadSettings for faults."""
    if not callable(factory):
        raise BadSettings(f"The encoder {name} is registered as a {type(factory).__name__}, not as something to call.")
    try:
        takes_channels = "channels" in inspect.signature(factory).parameters
        module = factory(channels=channels) if takes_channels else factory()
    except Exception as error:  # somebody else's code: anything may come out of it
        raise BadSettings(
            f"The encoder {name} could not be built ({type(error).__name__}: {str(error)[:120]}); mend its package."
        ) from error
    check_module(name, module)
    return PluginEncoder(name, module, channels)


def check_module(name: str, module: Any) -> None:
    """Raise BadSettings unless it is a module with four `stages` of modules and an `embed_dim` of at least 1."""
    if not isinstance(module, nn.Module):
        raise BadSettings(f"The encoder {name} gave a {type(module).__name__}; it must build a torch module.")
    stages = getattr(module, "stages", None)
    parts = list(stages) if isinstance(stages, nn.ModuleList | nn.Sequential | list | tuple) else []
    if len(parts) != STAGES or not all(isinstance(part, nn.Module) for part in parts):
        raise BadSettings(f"The encoder {name} must have `stages`, a list of {STAGES} modules; it has {len(parts)}.")
    width = getattr(module, "embed_dim", None)
    if not isinstance(width, int) or width < 1:
        raise BadSettings(f"The encoder {name} must say the width of its embedding in `embed_dim`.")
