"""Checkpoints as whole frameworks leave them, with heads, and with numbers that no training should have."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from benchmarks.checkpoint_files import State, under

VIT = "vit3d-tiny"
MANY = 100_000


def nnunet(state: State) -> dict[str, Any]:
    """What nnU-Net v2 saves at the end: the decoder holds the encoder a second time."""
    network = under("encoder.", state) | under("decoder.encoder.", state)
    return {
        "network_weights": network | {"decoder.seg_layers.0.weight": torch.ones(9, 40, 1, 1, 1)},
        "optimizer_state": {"state": {}, "param_groups": [{"lr": 0.01, "nesterov": True}]},
        "grad_scaler_state": {"scale": 65536.0},
        "logging": {"mean_fg_dice": [np.float64(0.81)], "epoch_end_timestamps": [1.0]},
        "_best_ema": np.float64(0.8),
        "current_epoch": 1000,
        "init_args": {"configuration": "3d_fullres", "fold": 0, "device": torch.device("cpu")},
        "trainer_name": "nnUNetTrainer",
        "inference_allowed_mirroring_axes": (0, 1, 2),
    }


def masked_autoencoder(state: State) -> dict[str, Tensor]:
    """A vision transformer with the decoder of its pre-training."""
    decoder = {"decoder_embed.weight": torch.ones(8, 192), "decoder_blocks.0.norm1.weight": torch.ones(8)}
    return dict(state) | decoder | {"mask_token": torch.ones(1, 1, 8), "decoder_pos_embed": torch.ones(1, 9, 8)}


def views(state: State) -> dict[str, Tensor]:
    """The weights as parts of one row of numbers, as optimisers and FSDP keep them."""
    flat, start, found = torch.cat([value.flatten() for value in state.values()]), 0, {}
    for name, value in state.items():
        found[name] = flat[start : start + value.numel()].view(value.shape)
        start += value.numel()
    return found


def saved(state: State, path: Path) -> None:
    """A plain file of torch.save."""
    torch.save({"model": dict(state)}, path)


def folder(path: Path, files: dict[str, Callable[[Path], object]]) -> None:
    """A folder with these files."""
    path.mkdir()
    for name, write in files.items():
        write(path / name)


def claimed(path: Path) -> None:
    """A safetensors file whose header claims a terabyte."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [500_000, 500_000], "data_offsets": [0, 10**12]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)


def exported(path: Path) -> None:
    """A program of torch.export."""
    torch.export.save(torch.export.export(nn.Linear(2, 2), (torch.zeros(1, 2),)), path)


def text(words: str) -> Callable[[Path], object]:
    """A function that writes a small file."""
    return lambda path: path.write_text(words)


def kinds(state: State, vit: State, heads: Mapping[str, State]) -> dict[str, Callable[[Path], object]]:
    """Name of a file or folder -> the function that writes it. `heads`: whole models by the name of their file."""
    save, tensors = torch.save, safetensors.torch.save_file
    other = {name: value + 1 for name, value in state.items()}
    some = next(iter(state))
    broken = dict(state) | {some: torch.full_like(state[some], float("nan"))}
    head = {"head.mlp.0.weight": torch.ones(8, 320), "head.last_layer.weight_v": torch.ones(8, 8)}
    moco = under("module.encoder_q.", state) | under("module.encoder_k.", other) | {"module.queue": torch.ones(8, 8)}
    clip = under("module.visual.", state) | {"module.logit_scale": torch.ones(()), "module.text.w": torch.ones(2)}
    return {
        **{name: partial(saved, model) for name, model in heads.items()},
        "nnunet_final.pth": lambda p: save(nnunet(state), p),
        "dino_heads.pth": lambda p: save(
            {"student": under("module.backbone.", other), "teacher": under("backbone.", state) | head}, p
        ),
        "moco.pth.tar": lambda p: save({"state_dict": moco, "arch": "x"}, p),
        "clip.pt": lambda p: save({"state_dict": clip, "epoch": 3}, p),
        "timm_ema.pth.tar": lambda p: save({"state_dict": dict(state), "state_dict_ema": other}, p),
        "lightning_ema.ckpt": lambda p: save({"state_dict": under("model.", state) | under("ema_model.", other)}, p),
        "vit_mae.pth": lambda p: save({"model": masked_autoencoder(vit)}, p),
        "vit_lightning.ckpt": lambda p: save({"state_dict": under("model.", vit)}, p),
        "views.pt": lambda p: save({"model": views(state)}, p),
        "float64.pt": lambda p: save({"model": {name: value.double() for name, value in state.items()}}, p),
        "float8.pt": lambda p: save({"model": {name: v.to(torch.float8_e4m3fn) for name, v in state.items()}}, p),
        "complex.pt": lambda p: save({"model": {name: v.to(torch.complex64) for name, v in state.items()}}, p),
        "nan.pt": lambda p: save({"model": broken}, p),
        "repeated.pt": lambda p: save(
            {"model": {name: value.flatten()[:1].clone().expand(value.shape) for name, value in state.items()}}, p
        ),
        "huge_shape.pt": lambda p: save({"model": dict(state) | {some: torch.zeros(1).expand(10**6, 10**6)}}, p),
        "huge.safetensors": claimed,
        "many_keys.pt": lambda p: save(
            {"model": dict(state), "log": {f"step.{number}": torch.zeros(()) for number in range(MANY)}}, p
        ),
        "huggingface_folder": lambda p: folder(
            p, {"config.json": text("{}"), "model.safetensors": lambda f: tensors(dict(state), f)}
        ),
        "accelerate_folder": lambda p: folder(
            p, {"optimizer.bin": lambda f: save({}, f), "pytorch_model.bin": lambda f: save(dict(state), f)}
        ),
        "deepspeed_folder": lambda p: folder(p, {"zero_to_fp32.py": text(""), "latest": text("global_step1")}),
        "fsdp_folder": lambda p: folder(p, {".metadata": text(""), "__0_0.distcp": text("")}),
        "parameter_list.pt": lambda p: save(list(state.values()), p),
        "one_tensor.pt": lambda p: save(state[some], p),
        "exported.pt2": exported,
        "model.onnx": lambda p: p.write_bytes(b"\x08\x09\x12\x07pytorch\x1a\x032.13:\x02\x12\x00"),
        "weights.npz": lambda p: np.savez(p, weight=state[some].numpy()),
        "keras.weights.h5": lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600)),
        "flax.msgpack": lambda p: p.write_bytes(b"\x81\xa6params\x80"),
        "zipped.zip": lambda p: zipped(p, state),
        "page.pth": text("<!DOCTYPE html><html><body>Sign in</body></html>"),
        "settings.yaml": text("model:\n  arch: x\n"),
        "empty.pt": lambda p: p.write_bytes(b""),
    }


def zipped(path: Path, state: State) -> None:
    """A zip archive with a checkpoint inside."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("run/weights.pt", buffer.getvalue())
