"""The only way in for image files: paths inside allowed folders, opened in a limited child process, checked, hashed.

Every refusal is one sentence that names the file and never its folder.
"""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

import backend
from backend.errors import BadFile, Refusal


@dataclass(frozen=True)
class Limits:
    """What one child process may take: bytes of address space, CPU and wall seconds, bytes of one image."""

    memory_bytes: int = 3 * 2**30
    cpu_s: int = 120
    wall_s: int = 120
    file_bytes: int = 512 * 2**20


@dataclass(frozen=True)
class GuardedImage:
    """A checked image, the SHA-256 of its source (of its slices' hashes for a series), and why a series was taken."""

    image: sitk.Image
    sha256: str
    reason: str = ""


def resolve(path: Path, roots: Sequence[Path]) -> Path:
    """The real path of a file or folder inside one of `roots`. Raises BadFile."""
    try:
        real = path.resolve(strict=True)
        allowed = [root.resolve(strict=True) for root in roots]
    except (OSError, ValueError, RuntimeError):
        raise BadFile(f"{_shown(path)} does not exist or cannot be opened; check the name.") from None
    if not any(real == root or root in real.parents for root in allowed):
        raise BadFile(f"{_shown(path)} lies outside the folders that may be read here; copy it into one of them.")
    if not (real.is_file() or real.is_dir()):
        raise BadFile(f"{_shown(path)} is no regular file; give the image itself.")
    return real


def read_image(path: Path, roots: Sequence[Path], limits: Limits | None = None) -> GuardedImage:
    """One image file, checked. Raises BadFile."""
    result = read_images({"image": path}, roots, limits)["image"]
    if isinstance(result, Refusal):
        raise result
    return result


def read_images(
    files: Mapping[str, Path], roots: Sequence[Path], limits: Limits | None = None
) -> dict[str, GuardedImage | Refusal]:
    """Name -> image or refusal, all read in one child process.

    A folder is a DICOM study: it answers under T2, DWI and ADC, or under its own name where it is refused as a whole.
    """
    limits = limits or Limits()
    results: dict[str, GuardedImage | Refusal] = {}
    wanted: dict[str, str] = {}
    for name, path in files.items():
        try:
            wanted[name] = str(resolve(path, roots))
        except BadFile as refusal:
            results[name] = refusal
    if wanted:
        results.update(_read_in_child(wanted, limits))
    return results


def _read_in_child(wanted: Mapping[str, str], limits: Limits) -> dict[str, GuardedImage | Refusal]:
    output, ending = _run_child(json.dumps({"files": wanted, "limits": asdict(limits)}).encode(), limits.wall_s)
    results: dict[str, GuardedImage | Refusal] = {}
    reading = next(iter(wanted))
    for header, payload in _frames(output):
        if header["state"] == "reading":
            reading = header["name"]
        elif header["state"] == "refused":
            results[header["name"]] = BadFile(header["sentence"])
        else:
            results[header["name"]] = _image(header, payload)
    if ending:
        results[reading] = BadFile(f"{Path(wanted[reading]).name} {ending}.")
    for name in wanted:
        if ending and name not in results and not Path(wanted[name]).is_dir():
            results[name] = BadFile(
                f"{Path(wanted[name]).name} was not read, because a file before it stopped the reader."
            )
    return results


def _run_child(request: bytes, wall_s: float) -> tuple[bytes, str]:
    """The child's output and, where it did not end well, how it ended in words."""
    root = str(Path(backend.__file__).parents[1])
    environment = {"PATH": os.defpath, "PYTHONPATH": root, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"
    with subprocess.Popen(
        [sys.executable, "-m", "backend.ingest.reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as child:
        try:
            output, _ = child.communicate(request, timeout=wall_s)
        except subprocess.TimeoutExpired:
            child.kill()
            output, _ = child.communicate()
            return output, f"could not be read within {wall_s:g} s"
    return output, "" if child.returncode == 0 else "stopped the reader (out of memory, or a damaged file)"


def _frames(output: bytes) -> list[tuple[dict[str, Any], bytes]]:
    """Complete (header, payload) frames; what a dying child left half-written is dropped."""
    frames, at = [], 0
    while at + 16 <= len(output):
        line, payload = struct.unpack_from("<QQ", output, at)
        end = at + 16 + line + payload
        if end > len(output):
            break
        frames.append((json.loads(output[at + 16 : at + 16 + line]), output[at + 16 + line : end]))
        at = end
    return frames


def _image(header: dict[str, Any], payload: bytes) -> GuardedImage | Refusal:
    dtype = np.dtype(header["dtype"])
    if dtype.kind not in "iuf" or prod(header["shape"]) * dtype.itemsize != len(payload):
        return BadFile(f"The reader's answer for the {header['name']} image is incomplete; try again.")
    image = sitk.GetImageFromArray(np.frombuffer(payload, dtype).reshape(header["shape"]))
    image.SetSpacing(header["spacing"])
    image.SetOrigin(header["origin"])
    image.SetDirection(header["direction"])
    return GuardedImage(image, header["sha256"], header["reason"])


def _shown(path: Path) -> str:
    """A file's name, safe to print: no folder, no control characters, not endless."""
    name = "".join(c if c.isprintable() else "?" for c in path.name) or "The path"
    return name[:120]
