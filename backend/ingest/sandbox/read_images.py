"""Reads image files of others: paths inside allowed folders only, in a child process with limits, checked and hashed.

Every refusal is one sentence that names the file and never its folder.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, fields, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from backend.errors import BadFile, Refusal
from backend.ingest.formats.open_files import Integrity
from backend.ingest.formats.several_volumes import Volumes
from backend.ingest.limits import MAX_IMAGE_BYTES
from backend.ingest.rejection import Rejection
from backend.ingest.sandbox.sandbox_client import Reader


@dataclass(frozen=True)
class Limits:
    """Limits of one child process: bytes of address space, CPU and wall seconds, bytes of one image."""

    memory_bytes: int = 3 * 2**30
    cpu_s: int = 120
    wall_s: int = 120
    file_bytes: int = MAX_IMAGE_BYTES


@dataclass(frozen=True)
class Source:
    """The source of an image: a file, one `channel` of a 4-D file (or some), or the folder of a DICOM study.

    `series` are those of the study that a person named.
    `load=False` reads a DICOM study's headers only; `references` asks for the UIDs that identify its series, too.
    `protocol` is that of a DICOM study, as JSON, where it is not the prostate's.
    """

    path: Path
    channel: int | Volumes | None = None
    series: Mapping[str, str] = field(default_factory=dict)
    load: bool = True
    references: bool = False
    protocol: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CheckedImage:
    """A checked image, the SHA-256 of its source (of several files: of their hashes), and why a series was chosen.

    `integrity` says what excludes damage: the sender's list, a checksum inside the file, or nothing. `notes`: code of a
    finding -> its sentence, about what reading changed. `unit` is that of the values, and `segments` names them, where
    the file does.
    """

    image: sitk.Image
    sha256: str
    reason: str = ""
    integrity: Integrity = "unverifiable"
    notes: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    segments: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyFacts:
    """The facts in a DICOM study's headers: the choice for each modality, notes by code, scanner and field (tesla).

    `candidates` are all of its series; `undecided` says by modality why none was taken; `objects` are its DICOM masks.
    """

    choices: dict[str, dict[str, Any]]
    notes: dict[str, str]
    scanner: str
    field_t: float | None
    candidates: list[dict[str, Any]] = field(default_factory=list)
    undecided: dict[str, str] = field(default_factory=dict)
    references: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: list[dict[str, Any]] = field(default_factory=list)


Answer = CheckedImage | StudyFacts | Refusal


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


def read_images(
    files: Mapping[str, Path | Source],
    roots: Sequence[Path],
    limits: Limits | None = None,
    sums: Mapping[str, str] | None = None,
    reader: Reader | None = None,
) -> dict[str, Answer]:
    """Name -> image or refusal, all read in one limited process; `sums` are SHA-256 by real path, from the sender.

    A folder is a DICOM study: its facts, or the refusal of the whole study, have its own name. Its images are named
    NAME/T2, NAME/DWI and NAME/ADC, or T2, DWI and ADC where its name is `study`. To read several sets, pass a `reader`:
    its libraries stay loaded. Raises nothing for a file; each refusal is a value of the result.
    """
    limits = limits or Limits()
    results: dict[str, Answer] = {}
    wanted: dict[str, Source] = {}
    for name, given in files.items():
        source = given if isinstance(given, Source) else Source(given)
        try:
            wanted[name] = replace(source, path=resolve(source.path, roots))
        except BadFile as refusal:
            results[name] = refusal
    if wanted:
        with nullcontext(reader) if reader else Reader() as used:
            results.update(_read_in_child(used, wanted, limits, sums or {}))
    return results


def _read_in_child(
    reader: Reader, wanted: Mapping[str, Source], limits: Limits, sums: Mapping[str, str]
) -> dict[str, Answer]:
    near = {path: value for path, value in sums.items() if any(_near(path, each.path) for each in wanted.values())}
    request = {
        "files": {name: asdict(source) | {"path": str(source.path)} for name, source in wanted.items()},
        "limits": asdict(limits),
        "sums": near,
    }
    results: dict[str, Answer] = {}
    reading = next(iter(wanted))
    studies = any(source.path.is_dir() for source in wanted.values())
    with reader.answers(request, limits.wall_s, studies=studies) as (frames, ending):
        for header, payload in frames:
            if header["state"] == "reading":
                reading = header["name"]
            elif header["state"] == "study":
                facts = (header[item.name] for item in fields(StudyFacts))
                results[header["name"]] = StudyFacts(*facts)
            elif header["state"] == "refused":
                results[header["name"]] = _refusal(header)
            else:
                results[header["name"]] = _image(header, payload)
    if ending:
        results[reading] = BadFile(f"{wanted[reading].path.name} {ending}.")
    for name, source in wanted.items():
        if ending and name not in results:
            results[name] = BadFile(
                f"{source.path.name} was not read, because a file before it stopped the reader; mend that one first."
            )
    return results


def _near(listed: str, path: Path) -> bool:
    """Whether a listed file may be read for this source: it lies in the same folder, or in the study's."""
    folder = path if path.is_dir() else path.parent
    return listed.startswith(f"{folder}{os.sep}")


def _refusal(header: Mapping[str, str]) -> Refusal:
    if header["finding"] == "bad_file":
        return BadFile(header["sentence"])
    return Rejection(header["sentence"], header["finding"])


def _image(header: dict[str, Any], payload: memoryview) -> CheckedImage | Refusal:
    dtype = np.dtype(header["dtype"])
    if dtype.kind not in "iuf" or prod(header["shape"]) * dtype.itemsize != len(payload):
        return BadFile(f"The reader's answer for the {header['name']} image is incomplete; try again.")
    image = sitk.GetImageFromArray(np.frombuffer(payload, dtype).reshape(header["shape"]))
    image.SetSpacing(header["spacing"])
    image.SetOrigin(header["origin"])
    image.SetDirection(header["direction"])
    return CheckedImage(
        image,
        header["sha256"],
        header.get("reason", ""),
        header["integrity"],
        header.get("notes", {}),
        header.get("unit", ""),
        {int(value): name for value, name in header.get("segments", {}).items()},
    )


def _shown(path: Path) -> str:
    """A file's name, safe to print: no folder, no control characters, not endless."""
    name = "".join(c if c.isprintable() else "?" for c in path.name) or "The path"
    return name[:120]
