"""The files that one checkpoint consists of: one file, shards with their index, or a PEFT adapter folder."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from backend.errors import BadCheckpoint

INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
SINGLE = ("model.safetensors", "pytorch_model.bin")
ADAPTERS = ("adapter_model.safetensors", "adapter_model.bin")
ADAPTER_CONFIG = "adapter_config.json"
WEIGHT_SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".tar")
PART = re.compile(r"-(\d{5})-of-(\d{5})\.(?:safetensors|bin)$")
LARGEST_JSON = 50_000_000
Allow = Callable[[Path], object] | None


@dataclass(frozen=True)
class Source:
    """`files` are all that is read. `main` comes first: the file itself, the index, or the adapter's settings."""

    kind: Literal["file", "shards", "adapter"]
    files: tuple[Path, ...]

    @property
    def main(self) -> Path:
        return self.files[0]

    @property
    def name(self) -> str:
        """What messages call it: the file, or the folder of an adapter."""
        return self.main.parent.name if self.kind == "adapter" else self.main.name


def source_of(path: Path, allow: Allow = None) -> Source:
    """Find the files of a checkpoint, given one of them or their folder. Raises BadCheckpoint.

    An index is read to find them; where it may lead outside, `allow` is called first and raises.
    """
    if path.is_dir():
        return source_of_folder(path, allow)
    if not path.is_file():
        raise BadCheckpoint(f"There is no checkpoint file {path.name}; check the path.")
    if path.name.endswith(".index.json"):
        if allow:
            allow(path)
        return Source("shards", (path, *shards(path)))
    if is_adapter(path):
        return adapter(path.parent)
    part = PART.search(path.name)
    if part and int(part[2]) > 1:
        raise BadCheckpoint(
            f"{path.name} is part {int(part[1])} of {int(part[2])}; give the file *.index.json beside it, or the "
            "folder."
        )
    return Source("file", (path,))


def source_of_folder(folder: Path, allow: Allow = None) -> Source:
    """The same for a folder: adapter, index, the usual single file, or the only file of weights in it."""
    if is_adapter(folder):
        return adapter(folder)
    for name in (*INDEXES, *SINGLE):
        if (folder / name).is_file():
            return source_of(folder / name, allow)
    inside = sorted(each.name for each in folder.iterdir() if each.is_file())
    if ".metadata" in inside and any(name.endswith(".distcp") for name in inside):
        raise BadCheckpoint(
            f"{folder.name} is a distributed checkpoint (FSDP); join it first: python -m "
            "torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER weights.pt."
        )
    if "zero_to_fp32.py" in inside:
        raise BadCheckpoint(
            f"{folder.name} is a DeepSpeed folder; join its parts first: python zero_to_fp32.py . weights.pt."
        )
    weights = [name for name in inside if name.endswith(WEIGHT_SUFFIXES)]
    if len(weights) == 1:
        return Source("file", (folder / weights[0],))
    shown = ", ".join(weights[:3])
    raise BadCheckpoint(
        f"The folder {folder.name} holds {f'{len(weights)} files of weights ({shown})' if weights else 'no weights'}; "
        "give one file, an *.index.json, or the folder of a PEFT adapter."
    )


def is_adapter(path: Path) -> bool:
    """Whether this is the folder of a PEFT adapter, or one of its files; nothing is read."""
    if path.is_dir():
        return (path / ADAPTER_CONFIG).is_file()
    return path.name in (*ADAPTERS, ADAPTER_CONFIG) and (path.parent / ADAPTER_CONFIG).is_file()


def adapter(folder: Path) -> Source:
    """The settings and the weights of a PEFT adapter."""
    for name in ADAPTERS:
        if (folder / name).is_file():
            return Source("adapter", (folder / ADAPTER_CONFIG, folder / name))
    raise BadCheckpoint(f"The adapter folder {folder.name} has no {ADAPTERS[0]}; copy it again.")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file. Raises BadCheckpoint."""
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise ValueError("too large")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path.name} cannot be read as JSON; copy it again.") from error
    if not isinstance(content, dict):
        raise BadCheckpoint(f"{path.name} is not a JSON object; copy it again.")
    return content


def weight_map(index: Path) -> dict[str, str]:
    """Name of a tensor -> name of the file it lies in, as an index says. Raises BadCheckpoint."""
    named = read_json(index).get("weight_map")
    if not isinstance(named, dict) or not named or not all(isinstance(each, str) for each in named.values()):
        raise BadCheckpoint(f'{index.name} has no "weight_map" from names to files; give the index of the shards.')
    return named


def shards(index: Path) -> list[Path]:
    """The files an index names, all beside it. Raises BadCheckpoint where one is absent or elsewhere."""
    names = sorted(set(weight_map(index).values()))
    for name in names:
        if Path(name).name != name or "\\" in name or "\0" in name:
            raise BadCheckpoint(f"{index.name} names {name[:80]!r}, which is not beside it; shards must be.")
    absent = [name for name in names if not (index.parent / name).is_file()]
    if absent:
        raise BadCheckpoint(
            f"{index.name} names {len(names)} files, and {len(absent)} of them {'is' if len(absent) == 1 else 'are'} "
            f"not there ({', '.join(absent[:3])}); copy them beside it."
        )
    return [index.parent / name for name in names]


def identity(contents: dict[str, bytes]) -> str:
    """The sha256 of one file's bytes; of several files, the sha256 over their names and hashes."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    listed = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))
    return hashlib.sha256(listed.encode()).hexdigest()
