"""The available encoders: the built-in sizes, those of installed packages, and models of zoos by name.

A package registers one by an entry point of the group `radiomiclens.encoders`: name -> a callable that builds the
module (docs/encoders.md). Listing the names imports neither torch nor those packages.
"""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from backend.errors import BadSettings
from backend.science.encoders.sizes import SIZES, VIT_SIZES
from backend.science.encoders.zoos.names import ZOOS, is_zoo_name, only_local, zoo_name

if TYPE_CHECKING:
    from torch import Tensor

    from backend.science.encoders.base import Encoder
    from backend.science.encoders.encoder_kinds import Pooling

GROUP = "radiomiclens.encoders"
BUILT_IN = (*SIZES, *VIT_SIZES)


def plugin_entry_points() -> dict[str, EntryPoint]:
    """Entry points by name; one with a built-in name is ignored, so no package can replace a built-in encoder."""
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}


def architectures() -> tuple[str, ...]:
    """Every name `build_encoder` knows."""
    return (*BUILT_IN, *sorted(plugin_entry_points()))


def check_architecture(arch: str) -> None:
    """Raise BadSettings for an unknown name, and for code or a program of a user, which no job and no server runs."""
    if is_zoo_name(arch):
        zoo_name(arch)
    elif only_local(arch):
        raise BadSettings(
            f"{arch[-60:]!r} is a program of a user, which only the command `radiomiclens embed` runs, never a job or "
            "the server; embed with it there, and analyse the tables."
        )
    elif arch not in architectures():
        zoos = " or ".join(f"{zoo}:NAME" for zoo in ZOOS)
        raise BadSettings(
            f"There is no encoder called {arch[:60]!r}; choose one of {', '.join(architectures())}, {zoos}."
        )


def read_as(arch: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """The architecture of an imported encoder that is not built in, as part of a key: one file may fit two of them.

    `settings` are those of its record; files that are written here name their architecture themselves.
    """
    return {"arch": arch} if "file" in settings and arch not in BUILT_IN else {}


def build_encoder(
    arch: str,
    channels: int = 3,
    pooling: "Pooling | None" = None,
    like: "Mapping[str, Tensor] | None" = None,
) -> "Encoder":
    """Build an encoder, initialised from torch's current random state. Raises BadSettings for an unknown name.

    `pooling`: how the slices or modalities that a module takes one by one become one embedding. `like`: weights that
    will be loaded, by their names in a file; they say what an architecture leaves open, such as the channels of a
    built-in one.
    """
    check_architecture(arch)
    if arch in SIZES:
        from backend.science.encoders import convnext

        return convnext.build_encoder(arch, channels, like)
    if arch in VIT_SIZES:
        from backend.science.encoders.vit import build_vit

        return build_vit(arch, channels, like)
    from backend.science.encoders.encoder_kinds import USUAL_POOLING
    from backend.science.encoders.plugins import PluginEncoder, wrap_plugin

    if is_zoo_name(arch):
        from backend.science.encoders.zoos.model_zoos import zoo_encoder

        return PluginEncoder(arch, zoo_encoder(arch, channels), channels, pooling or USUAL_POOLING)
    try:
        factory = plugin_entry_points()[arch].load()
    except Exception as error:  # somebody else's package: its import may fail in any way
        raise BadSettings(
            f"The package that brings the encoder {arch} cannot be imported ({type(error).__name__}: "
            f"{str(error)[:120]}); mend or uninstall it."
        ) from error
    return wrap_plugin(arch, factory, channels, pooling or USUAL_POOLING)
