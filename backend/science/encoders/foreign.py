"""Reads what a module from elsewhere says of itself in its attributes: stages, width, input, preprocessing."""

from dataclasses import replace
from typing import Any

from torch import nn

from backend.errors import BadSettings
from backend.science.encoders.encoder_kinds import USUAL_SIDE, ForeignEncoder, InputFacts, Preparation


def foreign_of(name: str, module: Any) -> ForeignEncoder:
    """The module with what its attributes say (docs/encoders.md). Raises BadSettings for one that does not fit."""
    if isinstance(module, ForeignEncoder):
        return _owned(name, module)
    if not isinstance(module, nn.Module):
        raise BadSettings(f"The encoder {name} gave a {type(module).__name__}; it must build a torch module.")
    return ForeignEncoder(module, _stages(name, module), _width(name, module), _facts(name, module))


def _owned(name: str, foreign: ForeignEncoder) -> ForeignEncoder:
    """The same, its preprocessing under the encoder's name: two of them may call their versions alike."""
    given = foreign.facts.preparation
    if given is None:
        return foreign
    owned = _checked_preparation(name, given.prepare, given.version)
    return replace(foreign, facts=replace(foreign.facts, preparation=owned))


def _stages(name: str, module: nn.Module) -> tuple[nn.Module, ...] | tuple[str, ...]:
    found = getattr(module, "stages", None)
    if found is None:
        return ()
    parts = tuple(found) if isinstance(found, nn.ModuleList | nn.Sequential | list | tuple) else (None,)
    if all(isinstance(part, nn.Module) for part in parts):
        own = {id(part) for part in module.modules()}
        if len({id(part) for part in parts} & own) == len(parts):
            return parts
        raise BadSettings(f"The `stages` of the encoder {name} must be different modules of its own; mend it.")
    if all(isinstance(part, str) for part in parts) and len(set(parts)) == len(parts):
        return parts
    raise BadSettings(
        f"The `stages` of the encoder {name} must be a list of its modules, or of names of the tensors that it answers "
        "with; leave `stages` out where it has none."
    )


def _width(name: str, module: nn.Module) -> int | None:
    width = getattr(module, "embed_dim", None)
    if width is not None and (not isinstance(width, int) or width < 1):
        raise BadSettings(f"The `embed_dim` of the encoder {name} must be a whole number, the width of its embedding.")
    return width


def _facts(name: str, module: nn.Module) -> InputFacts:
    modalities = getattr(module, "modalities", ())
    if isinstance(modalities, str) or not all(isinstance(each, str) for each in modalities):
        raise BadSettings(f"The `modalities` of the encoder {name} must be a list of names, such as ['T2'].")
    return InputFacts(
        tuple(modalities),
        _three(name, module, "spacing_zyx_mm"),
        _size(name, module),
        int(getattr(module, "smallest_side", min((USUAL_SIDE, *(_size(name, module) or ()))))),
        bool(getattr(module, "slice_wise", False)),
        bool(getattr(module, "one_channel", False)),
        _preparation(name, module),
    )


def _three(name: str, module: nn.Module, what: str) -> tuple[float, float, float] | None:
    found = getattr(module, what, None)
    if found is None:
        return None
    if not isinstance(found, tuple | list) or len(found) != 3 or not all(each > 0 for each in found):
        raise BadSettings(f"The `{what}` of the encoder {name} must be three positive numbers, z, y, x.")
    return float(found[0]), float(found[1]), float(found[2])


def _size(name: str, module: nn.Module) -> tuple[int, int, int] | None:
    found = _three(name, module, "size_zyx")
    if found is None:
        return None
    if any(side != int(side) for side in found):
        raise BadSettings(f"The `size_zyx` of the encoder {name} must be whole numbers of voxels.")
    return int(found[0]), int(found[1]), int(found[2])


def _preparation(name: str, module: nn.Module) -> Preparation | None:
    prepare = getattr(module, "prepare", None)
    if prepare is None:
        return None
    return _checked_preparation(name, prepare, getattr(module, "prepare_version", None))


def _checked_preparation(name: str, prepare: Any, version: Any) -> Preparation:
    if not callable(prepare) or not isinstance(version, str) or not version:
        raise BadSettings(
            f"The encoder {name} brings `prepare`, its own preprocessing; it must be a function, and name the version "
            "of its code in `prepare_version`, so that stored embeddings are known to be of that version."
        )
    return Preparation(prepare, version, name)
