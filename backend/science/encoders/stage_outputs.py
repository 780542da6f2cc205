"""The outputs of a module's stages: recorded by forward hooks, or taken by name out of its answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from backend.errors import BadSettings


class StageOutputs:
    """What the stages gave in one run of a module; a stage that ran more than once is refused."""

    def __init__(self, name: str, stages: Sequence[nn.Module | str]) -> None:
        self._name, self._stages = name, stages
        self._recorded: dict[int, Any] = {}

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record what stages that are modules give, while the module runs."""
        modules = [(index, stage) for index, stage in enumerate(self._stages) if isinstance(stage, nn.Module)]
        hooks = [stage.register_forward_hook(self._keep(index)) for index, stage in modules]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def maps(self, answer: Any, batch: int) -> list[Tensor]:
        """The output of every stage, in order. Raises BadSettings for one that is none."""
        named = answer if isinstance(answer, Mapping) else {}
        found = [
            named.get(stage) if isinstance(stage, str) else self._recorded.get(index)
            for index, stage in enumerate(self._stages)
        ]
        return [self._checked(given, index, batch) for index, given in enumerate(found)]

    def _keep(self, index: int) -> Callable[[nn.Module, Any, Any], None]:
        def keep(_module: nn.Module, _given: Any, output: Any) -> None:
            if index in self._recorded:
                raise BadSettings(
                    f"Stage {index + 1} of the encoder {self._name} runs more than once for a case, so no one output "
                    "of it is the stage; name a module that runs once, or set `one_channel` or `slice_wise` and take "
                    "one modality or slice at a time."
                )
            # a copy: what follows in the module may change it in place
            self._recorded[index] = output.clone() if isinstance(output, Tensor) else output

        return keep

    def _checked(self, found: Any, index: int, batch: int) -> Tensor:
        if (
            not isinstance(found, Tensor)
            or not found.is_floating_point()
            or not 2 <= found.ndim <= 5
            or len(found) != batch
        ):
            raise BadSettings(
                f"Stage {index + 1} of the encoder {self._name} gave {shape_text(found)}; every stage must be run "
                "by the module and return one tensor (B, C), (B, C, h, w), (B, C, d, h, w) or (B, T, C)."
            )
        return found


def shape_text(value: Any) -> str:
    """Describe an output in words: `a tensor (2, 8, 4)`, `a tuple`, `nothing`."""
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)}"
    return "nothing" if value is None else f"a {type(value).__name__}"
