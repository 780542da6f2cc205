"""Encoder checkpoints: ProFound's classifier, segmenter and pre-training files, and our own safetensors.

A file's identity is the sha256 of its bytes. Loading runs no code from the file.
"""

import argparse
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from backend.errors import BadCheckpoint
from backend.science.encoders.base import Encoder
from backend.science.encoders.heads import HeadedEncoder, pirads_head
from backend.science.encoders.plugins import PluginEncoder
from backend.science.encoders.registry import build_encoder
from backend.science.encoders.upernet import Segmenter

METADATA_KEY = "radiomiclens"
PRETRAINING_ONLY = ("decoder.", "proj.", "pred.", "mask_token")
SHOWN_KEYS = 3


@dataclass(frozen=True)
class Checkpoint:
    """A file's weights under this project's names, its metadata, and its sha256."""

    name: str
    sha256: str
    state: dict[str, Tensor]
    metadata: dict[str, Any] = field(default_factory=dict)


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
    tensors = {key: value.detach().cpu().contiguous() for key, value in state.items()}
    # one metadata entry: safetensors orders several at random
    content = safetensors.torch.save(tensors, {METADATA_KEY: json.dumps(dict(metadata), sort_keys=True)})
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint of any known format. Raises BadCheckpoint for another file."""
    if not path.is_file():
        raise BadCheckpoint(f"There is no checkpoint file {path.name}.")
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"PK"
        state, metadata = read_torch(path) if zipped else read_safetensors(path)
    except BadCheckpoint:
        raise
    except Exception as error:  # both readers raise many exception types on damaged or hostile bytes
        raise BadCheckpoint(
            f"{path.name} cannot be read as a PyTorch or safetensors checkpoint ({type(error).__name__}); "
            "it is damaged, of another kind, or would run code."
        ) from error
    broken = [key for key, value in state.items() if value.is_floating_point() and not bool(value.isfinite().all())]
    if broken:
        raise BadCheckpoint(f"{path.name} holds non-finite values in {listed(broken)}; train or fetch it again.")
    return Checkpoint(path.name, file_sha256(path), state, metadata)


def read_torch(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read `{"model": state_dict, ...}` or a plain state dict with torch.load, without running code.

    The published files may also contain their argparse settings.
    """
    with torch.serialization.safe_globals([argparse.Namespace]):
        content = torch.load(path, map_location="cpu", weights_only=True)
    state = content.get("model", content) if isinstance(content, dict) else None
    if not isinstance(state, dict) or not state or not all(isinstance(value, Tensor) for value in state.values()):
        raise BadCheckpoint(f'{path.name} has no state dict, neither under "model" nor as a whole.')
    pretraining = any(key.endswith(".kernel") for key in state)
    return (rename_pretrained(state) if pretraining else dict(state)), {}


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read this project's own safetensors files."""
    with safetensors.safe_open(path, framework="pt") as file:
        metadata = json.loads((file.metadata() or {}).get(METADATA_KEY, "{}"))
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 # safe_open has no iterator
    if not isinstance(metadata, dict):
        raise BadCheckpoint(f"The metadata of {path.name} are not the ones this project writes.")
    return state, metadata


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


def listed(keys: list[str]) -> str:
    """Text with the first keys and the number of the others."""
    rest = len(keys) - SHOWN_KEYS
    return ", ".join(keys[:SHOWN_KEYS]) + (f" and {rest} more" if rest > 0 else "")


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
    faults = [f"{len(keys)} {word} ({listed(keys)})" for word, keys in found if keys]
    if faults:
        raise BadCheckpoint(f"{name} does not fit {target}: {'; '.join(faults)}; check the architecture.")
    model.load_state_dict(dict(state))


def check_arch(checkpoint: Checkpoint, arch: str) -> None:
    """Raise BadCheckpoint where the file's metadata names another architecture."""
    said = checkpoint.metadata.get("arch", arch)
    if said != arch:
        raise BadCheckpoint(f"{checkpoint.name} holds a {said} encoder, not {arch}; ask for {said}.")


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


def load_encoder(path: Path, arch: str = "convnextv2-tiny") -> Encoder:
    """Load the encoder of any known file, in evaluation mode; heads in the file are ignored.

    `arch` is a built-in size or a name that an installed package registered (`registry.architectures`).
    """
    checkpoint = read_checkpoint(path)
    check_arch(checkpoint, arch)
    encoder = build_encoder(arch)
    load_encoder_state(encoder, encoder_state(checkpoint.state), checkpoint.name, arch)
    return encoder.eval()


def load_classifier(path: Path, arch: str = "convnextv2-tiny", classes: int = 4) -> HeadedEncoder:
    """Load encoder and PI-RADS head of a classifier file, in evaluation mode."""
    checkpoint = read_checkpoint(path)
    check_arch(checkpoint, arch)
    encoder = build_encoder(arch)
    model = HeadedEncoder(encoder, pirads_head(encoder.embed_dim, classes))
    load_into(model, checkpoint.state, checkpoint.name, f"a {arch} classifier")
    return model.eval()


def load_segmenter(path: Path, arch: str = "convnextv2-tiny", width: int = 512) -> Segmenter:
    """Load encoder and UPerNet of a segmenter file, in evaluation mode."""
    checkpoint = read_checkpoint(path)
    check_arch(checkpoint, arch)
    model = Segmenter(build_encoder(arch), width)
    load_into(model, checkpoint.state, checkpoint.name, f"a {arch} segmenter of width {width}")
    return model.eval()
