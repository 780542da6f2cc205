"""Encoder checkpoints: files of any usual layout are read (`readers/`), this project's safetensors are written.

A file's identity is the sha256 of its bytes. Loading runs no code from the file.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor, nn

from backend.errors import BadCheckpoint
from backend.science.encoders.base import Encoder
from backend.science.encoders.encoder_kinds import USUAL_POOLING, Pooling
from backend.science.encoders.heads import HeadedEncoder, class_head, grade_head, number_head
from backend.science.encoders.plugins import PluginEncoder
from backend.science.encoders.readers.choice import AS_FOUND, Choice
from backend.science.encoders.readers.choose import Chosen, check_all_values, choose
from backend.science.encoders.readers.contents import METADATA_KEY, Contents, read_contents
from backend.science.encoders.readers.fit import listed
from backend.science.encoders.readers.lora import merged, read_adapter
from backend.science.encoders.readers.outputs import outputs, outputs_in
from backend.science.encoders.readers.published import dense_names
from backend.science.encoders.readers.sources import Source, source_of
from backend.science.encoders.registry import build_encoder
from backend.science.encoders.upernet import Segmenter

Build = Callable[[Mapping[str, Tensor]], Encoder]
"""Makes an encoder for weights of a file, which say what an architecture leaves open."""


@dataclass(frozen=True)
class Checkpoint:
    """A file's weights under this project's names, its metadata, and its sha256."""

    name: str
    sha256: str
    state: dict[str, Tensor]
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadedEncoder:
    """An encoder in evaluation mode, and sentences on how its file was read.

    `as_it_is`: `load_encoder` and `read_checkpoint` read the file in the same way again, without being told anything.
    """

    encoder: Encoder
    sentences: tuple[str, ...]
    as_it_is: bool


def file_sha256(path: Path) -> str:
    """Return the sha256 of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file atomically: after an interruption it is the old file or the complete new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def save_checkpoint(path: Path, state: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> str:
    """Write safetensors with JSON metadata and return the file's sha256; the same content gives the same bytes."""
    # copies: safetensors takes no memory twice, and tied weights share theirs
    tensors = {key: value.detach().cpu().contiguous().clone() for key, value in state.items()}
    # one metadata entry: safetensors orders several at random
    content = safetensors.torch.save(tensors, {METADATA_KEY: json.dumps(dict(metadata), sort_keys=True)})
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def read_checkpoint(path: Path) -> Checkpoint:
    """Read the first weights of a file that `LoadedEncoder.as_it_is` holds for. Raises BadCheckpoint for another."""
    contents = read_contents(source_of_file(path))
    state = dense_names(contents.containers[0].state)
    check_all_values(path.name, state)
    return Checkpoint(path.name, file_sha256(path), state, contents.metadata)


def source_of_file(path: Path) -> Source:
    """The file as one checkpoint. Raises BadCheckpoint where it is none."""
    if not path.is_file():
        raise BadCheckpoint(f"There is no checkpoint file {path.name}; check the path.")
    return Source("file", (path,))


def load_into(model: nn.Module, state: Mapping[str, Tensor], name: str, target: str) -> None:
    """Load a state dict. Raises BadCheckpoint, naming bad keys and shapes, and then leaves the model unchanged."""
    own = model.state_dict()
    missing = [key for key in own if key not in state]
    unexpected = [key for key in state if key not in own]
    misshapen = [
        f"{key} {tuple(state[key].shape)} instead of {tuple(own[key].shape)}"
        for key in own
        if key in state and state[key].shape != own[key].shape
    ]
    found = [("missing", missing), ("unexpected", unexpected), ("misshapen", misshapen)]
    faults = [f"{len(keys)} {word} ({listed(tuple(keys))})" for word, keys in found if keys]
    if faults:
        raise BadCheckpoint(f"{name} does not fit {target}: {'; '.join(faults)}; check the architecture.")
    model.load_state_dict(dict(state))


def check_arch(name: str, metadata: Mapping[str, Any], arch: str) -> None:
    """Raise BadCheckpoint where the file's metadata names another architecture."""
    said = metadata.get("arch", arch)
    if said != arch:
        raise BadCheckpoint(f"{name} holds a {said} encoder, not {arch}; ask for {said}.")


def encoder_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The entries `encoder.*` of a model, without the prefix; the whole state where no entry has it."""
    of_encoder = {key.removeprefix("encoder."): value for key, value in state.items() if key.startswith("encoder.")}
    return of_encoder or dict(state)


def load_encoder_state(encoder: Encoder, state: Mapping[str, Tensor], name: str, arch: str) -> None:
    """Load an encoder's entries; a plugin encoder also accepts the entries of its module."""
    model: nn.Module = encoder
    if isinstance(encoder, PluginEncoder):
        of_module = encoder.module.state_dict()
        if sum(key in of_module for key in state) >= sum(f"module.{key}" in state for key in of_module):
            model = encoder.module
    load_into(model, state, name, f"the encoder {arch}")


def read_encoder(
    path: Path,
    arch: str = "convnextv2-tiny",
    choice: Choice = AS_FOUND,
    base: Path | None = None,
    pooling: Pooling = USUAL_POOLING,
    channels: int = 3,
) -> LoadedEncoder:
    """Load the encoder of a file, of shards or of an adapter folder; heads and all else in it are ignored.

    `arch` is a name that `registry.build_encoder` knows, `base` the encoder whose weights an adapter changes. Raises
    BadCheckpoint where nothing fits, or `choice` names nothing there.
    """
    return read_built(partial(build_encoder, arch, channels, pooling), path, arch, choice, base)


def read_built(build: Build, path: Path, arch: str, choice: Choice, base: Path | None) -> LoadedEncoder:
    """The same for an encoder that `build` makes for the weights that are there; `arch` is its name."""
    source = source_of(path)
    if source.kind == "adapter":
        return adapted(build, source, arch, choice, base)
    if base is not None:
        raise BadCheckpoint(f"{path.name} is no adapter folder, so it has no base; leave the base out.")
    contents = read_contents(source)
    check_arch(contents.name, contents.metadata, arch)
    encoder = build(all_weights(contents, choice))
    model = weights_in(encoder)
    chosen = choose(contents, model.state_dict(), f"the encoder {arch}", choice)
    model.load_state_dict(chosen.fit.state)
    same = source.kind == "file" and read_as_it_is(contents, chosen)
    silent = same and not choice.made and not chosen.fit.is_ema
    return LoadedEncoder(encoder.eval(), (*(() if silent else chosen.read), *chosen.beside), same)


def all_weights(contents: Contents, choice: Choice = AS_FOUND) -> dict[str, Tensor]:
    """The weights of every container that may be read, by name; of one name those that would be tried first."""
    containers = [each for each in contents.containers if choice.key in ("", each.key)]
    return {name: value for container in reversed(containers) for name, value in container.state.items()}


def weights_in(encoder: Encoder) -> nn.Module:
    """The module whose names a file has: that of a plugin, or the encoder itself."""
    return encoder.module if isinstance(encoder, PluginEncoder) else encoder


def adapted(build: Build, source: Source, arch: str, choice: Choice, base: Path | None) -> LoadedEncoder:
    """The encoder `base` with the changes of an adapter folder."""
    if base is None:
        raise BadCheckpoint(
            f"{source.name} is a PEFT adapter folder, which holds only changes of a base; give the base's weights "
            "(embed: --base FILE; import encoder: --task, and --parent where it is not the newest)."
        )
    if choice.made:
        raise BadCheckpoint(f"{source.name} is a PEFT adapter folder; --key, --prefix and --ema do not apply to it.")
    encoder = read_built(build, base, arch, AS_FOUND, None).encoder
    model = weights_in(encoder)
    state, sentence = merged(read_adapter(source), model.state_dict(), f"the encoder {arch}")
    model.load_state_dict(state)
    return LoadedEncoder(encoder.eval(), (sentence,), False)


def read_as_it_is(contents: Contents, chosen: Chosen) -> bool:
    """Whether the first container, with `encoder.` at most taken off, is what was chosen."""
    if chosen.fit.container is not contents.containers[0]:
        return False
    plain, state = encoder_state(dense_names(chosen.fit.container.state)), chosen.fit.state
    for prefix in ("", "module."):  # a plugin's module lies under `module.` in our own files
        named = {f"{prefix}{key}": value for key, value in state.items()}
        if set(named) == set(plain) and all(value.equal(plain[key]) for key, value in named.items()):
            return True
    return False


def load_encoder(
    path: Path, arch: str = "convnextv2-tiny", pooling: Pooling = USUAL_POOLING, channels: int = 3
) -> Encoder:
    """Load the encoder of any known file, in evaluation mode; heads in the file are ignored."""
    return read_encoder(path, arch, pooling=pooling, channels=channels).encoder


def load_classifier(path: Path, arch: str = "convnextv2-tiny", choice: Choice = AS_FOUND) -> HeadedEncoder:
    """Load encoder and head of a classifier's or a regression's file, in evaluation mode.

    The head has as many outputs as its weights: FC, BatchNorm, ReLU, FC (and thresholds of grades), or, where only
    `head.1` is a matrix, BatchNorm, FC.
    """
    contents = read_contents(source_of_file(path))
    check_arch(contents.name, contents.metadata, arch)
    encoder = build_encoder(arch, like=all_weights(contents, choice))
    width, kind = encoder.embed_dim, "classifier"
    head = class_head(width, outputs(contents, "head.3.weight"))
    if thresholds := outputs_in(contents, "head.4.raw"):
        head = grade_head(width, thresholds + 1)
    if outputs_in(contents, "head.3.weight") is None and (numbers := outputs_in(contents, "head.1.weight", 2)):
        constant = outputs_in(contents, "head.1.bias") is not None
        head, kind = number_head(width, numbers, bias=constant), "regression"
    model = HeadedEncoder(encoder, head)
    model.load_state_dict(choose(contents, model.state_dict(), f"a {arch} {kind}", choice).fit.state)
    return model.eval()


def load_segmenter(path: Path, arch: str = "convnextv2-tiny", choice: Choice = AS_FOUND) -> Segmenter:
    """Load encoder and UPerNet of a segmenter file, in evaluation mode; outputs and width are those of its weights."""
    contents = read_contents(source_of_file(path))
    check_arch(contents.name, contents.metadata, arch)
    width = outputs(contents, "decode_head.fpn_bottleneck.conv.weight")
    encoder = build_encoder(arch, like=all_weights(contents, choice))
    model = Segmenter(encoder, width, outputs(contents, "decode_head.classifier.weight"))
    target = f"a {arch} segmenter of width {width}"
    model.load_state_dict(choose(contents, model.state_dict(), target, choice).fit.state)
    return model.eval()
