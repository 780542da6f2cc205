"""The state dicts in a checkpoint, by the containers they lie in, and what else lies there."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor

from backend.errors import BadCheckpoint
from backend.science.encoders.readers.kinds import check_length, kind_of
from backend.science.encoders.readers.numpy_stubs import ArrayStub
from backend.science.encoders.readers.sources import Source, weight_map
from backend.science.encoders.readers.torch_files import read_torch

METADATA_KEY = "radiomiclens"
CONTAINERS = ("model", "", "state_dict", "model_state_dict", "network_weights", "module", "teacher")
"""Names under which training loops save weights, in the order they are tried; "" is the file as a whole."""
EMA_WORDS = re.compile(r"(^|[._])(ema|averaged|shadow)([._]|$)", re.IGNORECASE)
DEEPEST = 3


@dataclass(frozen=True)
class Container:
    """Weights under one name of a file: `state` as it is written there."""

    key: str
    state: dict[str, Tensor]

    @property
    def is_ema(self) -> bool:
        """Whether its name says that these are averaged weights."""
        return bool(EMA_WORDS.search(self.key))

    @property
    def words(self) -> str:
        """What messages call it."""
        return f'"{self.key}"' if self.key else "the file as a whole"

    @property
    def rank(self) -> int:
        """Its place in the order of trying."""
        return CONTAINERS.index(self.key) if self.key in CONTAINERS else len(CONTAINERS)


@dataclass(frozen=True)
class Contents:
    """`containers` in the order they are tried, those of averaged weights last; `metadata` of our own files."""

    name: str
    containers: tuple[Container, ...]
    metadata: dict[str, Any] = field(default_factory=dict)


def read_contents(source: Source) -> Contents:
    """Read every state dict of a checkpoint. Raises BadCheckpoint where there is none."""
    if source.kind == "shards":
        return Contents(source.name, (Container("", joined(source)),))
    weights = source.files[-1]
    kind = kind_of(weights)
    if kind == "safetensors":
        state, metadata = read_safetensors(weights)
        return Contents(source.name, (Container("", state),), metadata)
    content = read_torch(weights, kind)
    found = sorted(state_dicts(content), key=lambda each: (each.is_ema, each.rank))
    if not found:
        raise BadCheckpoint(
            f"{source.name} has no state dict: {described(content)}. Save the weights by name where it was made: "
            '`torch.save(module.state_dict(), "weights.pt")`.'
        )
    return Contents(source.name, tuple(found))


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and our own metadata of a safetensors file. Raises BadCheckpoint."""
    check_length(path)
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            said = (file.metadata() or {}).get(METADATA_KEY, "{}")
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 # safe_open has no iterator
        metadata = json.loads(said)
    except Exception as error:  # safetensors raises its own types on damaged bytes, json others
        raise BadCheckpoint(
            f"The safetensors file {path.name} cannot be read ({type(error).__name__}); copy or download it again."
        ) from error
    if not isinstance(metadata, dict):
        raise BadCheckpoint(
            f"The metadata of {path.name} are not the ones this project writes; give the file as it was written."
        )
    return state, metadata


def joined(source: Source) -> dict[str, Tensor]:
    """The tensors of all shards. Raises BadCheckpoint where a shard and the index disagree."""
    index = source.main
    wanted = weight_map(index)
    state: dict[str, Tensor] = {}
    for path in source.files[1:]:
        found = read_contents(Source("file", (path,))).containers[0].state
        state |= {key: value for key, value in found.items() if wanted.get(key) == path.name}
    absent = [key for key in wanted if key not in state]
    if absent:
        raise BadCheckpoint(
            f"{index.name} names {len(absent)} tensors that its shards do not hold ({', '.join(absent[:3])}); the "
            "files are not of one checkpoint."
        )
    return state


def state_dicts(content: Any, key: str = "", depth: int = 0, seen: set[int] | None = None) -> Iterator[Container]:
    """Every mapping of names to tensors, at most three levels deep; other entries beside the tensors are left out.

    A mapping that lies in several places is taken at the first.
    """
    seen = set() if seen is None else seen
    if not isinstance(content, Mapping) or id(content) in seen:
        return
    seen.add(id(content))
    state = {name: tensor for name, value in content.items() if (tensor := as_tensor(value)) is not None}
    if state and all(isinstance(name, str) for name in state):
        yield Container(key, state)
    if depth == DEEPEST:
        return
    for name, value in content.items():
        if isinstance(name, str) and isinstance(value, Mapping):
            yield from state_dicts(value, f"{key}.{name}" if key else name, depth + 1, seen)


def as_tensor(value: Any) -> Tensor | None:
    """A tensor, or a numpy array as one; None for anything else."""
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, ArrayStub) and value.values is not None:
        values = value.values
        return torch.from_numpy(values.astype(values.dtype.newbyteorder("=")))
    return None


def described(content: Any) -> str:
    """What lies in a file without weights, in words."""
    if isinstance(content, Mapping):
        shown = ", ".join(f'"{str(name)[:40]}"' for name in list(content)[:5])
        more = f" and {len(content) - 5} more" if len(content) > 5 else ""
        return f"it holds {shown}{more}, and no tensors by name under any of them" if shown else "it is an empty dict"
    return f"its content is a {type(content).__name__}"
