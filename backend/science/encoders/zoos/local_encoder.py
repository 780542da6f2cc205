"""The encoder that `radiomiclens embed` was asked for: of a name, the user's code, or a file that brings its own."""

from dataclasses import replace
from pathlib import Path

from backend.errors import BadSettings
from backend.science.encoders.base import Encoder
from backend.science.encoders.checkpoint import LoadedEncoder, read_built, read_encoder
from backend.science.encoders.encoder_kinds import ForeignEncoder, Pooling
from backend.science.encoders.plugins import PluginEncoder, wrap_plugin
from backend.science.encoders.readers.choice import Choice
from backend.science.encoders.registry import BUILT_IN
from backend.science.encoders.zoos.code_file import factory_of
from backend.science.encoders.zoos.huggingface import huggingface_encoder
from backend.science.encoders.zoos.names import CODE_FILE, OF_FILES
from backend.science.encoders.zoos.onnx_model import onnx_encoder
from backend.science.encoders.zoos.torchscript import torchscript_encoder

RANDOM = "{name} sets other weights each time: they are random, and so is this embedding; name a file by --checkpoint."


def local_encoder(
    arch: str, checkpoint: Path | None, channels: int, choice: Choice, base: Path | None, pooling: Pooling
) -> LoadedEncoder:
    """Read it for an input of `channels`. Raises BadSettings or BadCheckpoint, in one sentence.

    Code may load weights itself; then there is no `checkpoint`. This runs programs of the user: never call it for
    somebody else, such as from a job.
    """
    if CODE_FILE.fullmatch(arch):
        name = f"{Path(arch.rpartition(':')[0]).name}:{arch.rpartition(':')[2]}"
        factory = factory_of(arch)
        encoder = wrap_plugin(name, factory, channels, pooling)
        if checkpoint is None:
            again = wrap_plugin(name, factory, channels, pooling).state_dict()
            same = all(value.equal(again[key]) for key, value in encoder.state_dict().items())
            said = f"The weights are those that {name} set." if same else RANDOM.format(name=name)
            return LoadedEncoder(encoder.eval(), (said,), False)
        return read_built(lambda _weights: encoder, checkpoint, name, choice, base)
    if checkpoint is None:
        raise BadSettings("Name the weights with --checkpoint; only the code of --arch FILE.py:factory brings its own.")
    if arch in OF_FILES:
        if choice.made or base is not None:
            raise BadSettings(f"--arch {arch} reads a file as it is; leave --key, --prefix, --ema and --base out.")
        return whole_file(arch, checkpoint, channels, pooling)
    return read_encoder(checkpoint, arch, choice, base, pooling, 3 if arch in BUILT_IN else channels)


def check_size(arch: str, encoder: Encoder, sides: tuple[int, ...]) -> None:
    """Raise BadSettings where the encoder takes inputs of one size only, and this is another."""
    own = encoder.facts.size_zyx
    if own is None or tuple(sides) == own or (encoder.facts.slice_wise and tuple(sides[1:]) == own[1:]):
        return
    size, given = (" x ".join(map(str, each)) for each in (own[1 if encoder.facts.slice_wise else 0 :], sides))
    raise BadSettings(f"The encoder {arch[-60:]} takes {size} voxels only, and the input has {given}; add --window.")


def whole_file(arch: str, path: Path, channels: int, pooling: Pooling) -> LoadedEncoder:
    """The encoder of a file that brings its own architecture."""
    if arch == "torchscript":
        foreign = torchscript_encoder(path)
        try:
            encoder = PluginEncoder(path.name, foreign, channels, pooling)
        except BadSettings as first:  # it may be one for slices: an archive does not say
            facts = replace(foreign.facts, slice_wise=True)
            try:
                encoder = PluginEncoder(path.name, replace(foreign, facts=facts), channels, pooling)
            except BadSettings:
                raise first from None
    else:
        read: ForeignEncoder = onnx_encoder(path) if arch == "onnx" else huggingface_encoder(path, channels)
        encoder = PluginEncoder(path.name, read, channels, pooling)
    how = ", slice by slice" if encoder.facts.slice_wise else ""
    return LoadedEncoder(encoder.eval(), (f"{path.name}: read as {arch}{how}.",), False)
