"""Files of torch.save, read without running code: `weights_only=True` and a short list of harmless types."""

import argparse
import collections
import io
import pickletools
import re
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import torch

from backend.errors import BadCheckpoint
from backend.science.encoders.readers.kinds import Kind
from backend.science.encoders.readers.numpy_stubs import STUBS

PATHS: list[tuple[Any, str]] = [
    (pure, f"{module}.{name}{pure.__name__.removeprefix('Pure')}")
    for module in ("pathlib", "pathlib._local")
    for pure in (PurePosixPath, PureWindowsPath)
    for name in ("", "Pure")
]
HARMLESS: list[Any] = [argparse.Namespace, *PATHS, *STUBS]
"""Types beside torch's own that training loops leave in their files: settings, paths (made pure), numpy values."""

UNSUPPORTED = re.compile(r"GLOBAL ([\w.<>]+)")
MODULE_PARTS = {"_parameters", "_modules", "_buffers"}
MOST_READ = 50_000_000
LONGEST_STRING = 40


def read_torch(path: Path, kind: Kind) -> Any:
    """Whatever the file holds. Raises BadCheckpoint, naming what stands in the way; nothing of the file is run."""
    try:
        with torch.serialization.safe_globals(HARMLESS):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many exception types on damaged or hostile bytes
        raise BadCheckpoint(refusal(path, kind, error)) from error


def refusal(path: Path, kind: Kind, error: Exception) -> str:
    """The sentence for a file that torch could not read, after looking at what it holds."""
    name = path.name
    strings = pickled_strings(path, kind)
    found = UNSUPPORTED.search(str(error))
    if strings >= MODULE_PARTS:
        return (
            f"{name} is a pickled module{f' ({found[1]})' if found else ''}, which can only be read by running its "
            f'code. Save its state dict where it was made: `module = torch.load("{name}", weights_only=False)`, then '
            '`torch.save(module.state_dict(), "weights.pt")`.'
        )
    if found:
        return (
            f"{name} asks for {found[1][:120]}, which is neither weights nor a plain value, so it was not read and "
            "nothing of it was run. Save the weights alone where it was made: "
            '`torch.save(model.state_dict(), "weights.pt")`.'
        )
    return (
        f"{name} begins as a file of torch.save, but torch cannot read it ({told(error)}); copy or download it again."
    )


def told(error: Exception) -> str:
    """Kind of an error and the first words of its message, without file paths."""
    line = str(error).split("\n")[0].split("Please")[0]
    words = " ".join(word for word in line.split() if "/" not in word)
    return f"{type(error).__name__}: {words[:120]}" if words else type(error).__name__


def pickled_strings(path: Path, kind: Kind) -> set[str]:
    """Short strings in the pickle that describes the saved object; its opcodes are listed, never run."""
    found: set[str] = set()
    try:
        stream = io.BytesIO(first_bytes(path, kind))
        for _ in range(3 if kind == "legacy" else 0):  # magic number, protocol and system stand before it
            collections.deque(pickletools.genops(stream), maxlen=0)
        for _, content, _ in pickletools.genops(stream):
            if isinstance(content, str) and len(content) < LONGEST_STRING:
                found.add(content)
    except Exception:  # pickletools raises many exception types on damaged bytes; what was seen until then counts
        return found
    return found


def first_bytes(path: Path, kind: Kind) -> bytes:
    """The bytes in which the description of the saved object stands."""
    if kind == "legacy":
        with path.open("rb") as file:
            return file.read(MOST_READ)
    with zipfile.ZipFile(path) as archive:
        named = next(each for each in archive.namelist() if each.partition("/")[2] == "data.pkl")
        with archive.open(named) as entry:
            return entry.read(MOST_READ)
