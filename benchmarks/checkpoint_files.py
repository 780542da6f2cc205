"""Kinds of checkpoints beside those of the generator: one function a kind, each writes one file or folder."""

import io
import json
import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

State = Mapping[str, Tensor]
LAYER = "stages.0.0.pwconv1"


def under(prefix: str, state: State) -> dict[str, Tensor]:
    """The state with a prefix before every name."""
    return {prefix + name: value for name, value in state.items()}


class Hostile:
    """Makes a folder where it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = str(place)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.place,)


def adapter(folder: Path, state: State, **settings: object) -> None:
    """A PEFT folder that changes one layer by 0.01 everywhere (alpha / r = 2)."""
    folder.mkdir()
    out, width = state[f"{LAYER}.weight"].shape
    parts = {"lora_A": torch.ones(1, width), "lora_B": torch.full((out, 1), 0.005)}
    named = {f"base_model.model.encoder.{LAYER}.{half}.weight": value for half, value in parts.items()}
    safetensors.torch.save_file(named, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 1, "lora_alpha": 2, **settings}))


def shards(folder: Path, state: State) -> None:
    """Two .bin shards and their index in a folder."""
    folder.mkdir()
    names = list(state)
    where: dict[str, str] = {}
    for number, chosen in enumerate((names[::2], names[1::2]), 1):
        part = f"pytorch_model-{number:05d}-of-00002.bin"
        torch.save({name: state[name] for name in chosen}, folder / part)
        where |= dict.fromkeys(chosen, part)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": where}))


def archive(kind: str, path: Path) -> None:
    """An archive that is no checkpoint: a tar, or a zip that unpacks to a thousand times its size."""
    if kind == "tar":
        with tarfile.open(path, "w") as file:
            file.addfile(tarfile.TarInfo("weights.pt"))
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/data.pkl", bytes(20_000_000))


def scripted(path: Path) -> None:
    """A TorchScript archive."""
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), buffer)
    path.write_bytes(buffer.getvalue())


def kinds(folder: Path, state: State) -> dict[str, Callable[[Path], object]]:
    """Name of a file or folder -> the function that writes it."""
    other = {name: value + 1 if value.is_floating_point() else value for name, value in state.items()}
    save = torch.save
    hostile = Hostile(folder / "ran")
    inside = {f"stages.{name[7]}._orig_mod.{name[9:]}" if name.startswith("stages.") else name: value
              for name, value in state.items()}  # fmt: skip
    return {
        "deepspeed_module.pt": lambda p: save({"module": dict(state), "ds_version": "0.15"}, p),
        "fsdp_wrapped.pt": lambda p: save({"model": under("_fsdp_wrapped_module.", state)}, p),
        "compiled_parts.pt": lambda p: save({"model": inside}, p),
        "lightning_encoder.ckpt": lambda p: save({"state_dict": under("model.encoder.", state), "epoch": 3}, p),
        "swa.pt": lambda p: save({"model": under("module.", state) | {"n_averaged": torch.tensor(3)}}, p),
        "only_ema.pt": lambda p: save({"ema": {"decay": 0.99, "shadow": dict(state)}}, p),
        "unknown_prefix.pt": lambda p: save({"weights": under("image_tower.trunk.", state)}, p),
        "bare_with_head.pt": lambda p: save(dict(state) | {"head.weight": torch.ones(9, 320)}, p),
        "numpy_weights.pt": lambda p: save({"model": {name: value.numpy() for name, value in state.items()}}, p),
        "legacy_lightning.ckpt": lambda p: save(
            {"state_dict": under("model.", state)}, p, _use_new_zipfile_serialization=False
        ),
        "shards_bin": lambda p: shards(p, state),
        "adapter": lambda p: adapter(p, state),
        "adapter_dora": lambda p: adapter(p, state, use_dora=True),
        "two_nets.pt": lambda p: save({"net_a": dict(state), "net_b": other}, p),
        "student_teacher.pt": lambda p: save({"model": under("student.", state) | under("teacher.", other)}, p),
        "deeper.pt": lambda p: save({"model": dict(state) | {"stages.2.6.norm.weight": torch.ones(160)}}, p),
        "int8.pt": lambda p: save({"model": {name: value.to(torch.int8) for name, value in state.items()}}, p),
        "meta.pt": lambda p: save({"model": {name: value.to("meta") for name, value in state.items()}}, p),
        "optimizer_only.pt": lambda p: save({"optimizer": {"lr": 1.0}, "epoch": 1}, p),
        "unknown_class.pt": lambda p: save({"model": dict(state), "device": Path}, p),
        "hostile.pt": lambda p: save({"model": dict(state), "args": hostile}, p),
        "hostile_legacy.pt": lambda p: save({"model": hostile}, p, _use_new_zipfile_serialization=False),
        "plain.pkl": lambda p: p.write_bytes(pickle.dumps(hostile)),
        "torchscript.pt": scripted,
        "archive.tar": lambda p: archive("tar", p),
        "bomb.pt": lambda p: archive("zip", p),
        "lfs.pth": lambda p: p.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
        "cut.pt": lambda p: p.write_bytes((folder / "plain.pt").read_bytes()[:1_000_000]),
        "cut.safetensors": lambda p: p.write_bytes(safetensors.torch.save(dict(state))[:1_000_000]),
    }


def write_all(folder: Path, state: State) -> None:
    """Write every kind, and `truth/adapter.pt`, what the adapter makes of the encoder."""
    torch.save({"model": dict(state)}, folder / "plain.pt")
    for name, write in kinds(folder, state).items():
        write(folder / name)
    (folder / "truth").mkdir()
    changed = {name: value + 0.01 if name == f"{LAYER}.weight" else value for name, value in state.items()}
    torch.save({"model": changed}, folder / "truth" / "adapter.pt")
