"""The limited child process that opens what others made: `python -m backend.ingest.reader`, one request on stdin.

It never runs in the parent: a file that exhausts memory, loops or crashes a library takes only this process with it.
Answers go to stdout as frames: 8 bytes of length, a JSON line, then the voxels' bytes. No pickle crosses the border.
"""

import hashlib
import json
import os
import resource
import stat
import struct
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.errors import BadFile, Refusal

SPACING_MM = (0.01, 100.0)
FURTHEST_MM = 1e5


def main() -> None:
    """Reads every file of the request; each gets an answer of its own."""
    request = json.load(sys.stdin.buffer)
    limits = request["limits"]
    _limit(limits)
    warnings.simplefilter("ignore")
    out = sys.stdout.buffer
    for name, path in request["files"].items():
        _send(out.write, {"name": name, "state": "reading"})
        try:
            if Path(path).is_dir():
                _send_study(out.write, Path(path))
            else:
                _send_file(out.write, name, Path(path), limits["file_bytes"])
        except Refusal as refusal:
            _send(out.write, {"name": name, "state": "refused", "sentence": refusal.sentence})
        except MemoryError:
            _send(out.write, _too_large(name, path))
        out.flush()


def read_once(path: Path, largest: int) -> bytes:
    """The bytes of a regular file, opened once, no link followed. Raises BadFile."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise BadFile(f"{path.name} cannot be opened; check that it exists and is readable.") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise BadFile(f"{path.name} is no regular file.")
        content = file.read(largest + 1)
    if len(content) > largest:
        raise BadFile(f"{path.name} is larger than {largest / 1e6:.0f} MB, more than one image may hold here.")
    if not content:
        raise BadFile(f"{path.name} is empty; copy it again.")
    return content


def _send_file(write: Callable[[bytes], Any], name: str, path: Path, largest: int) -> None:
    from backend.ingest.metaimage import checked_metaimage
    from backend.ingest.nifti import checked_nifti

    content = read_once(path, largest)
    lowered = path.name.lower()
    if lowered.endswith((".nii", ".nii.gz")):
        checked, suffix = checked_nifti(content, path.name, largest), ".nii"
    elif lowered.endswith(".mha"):
        checked, suffix = checked_metaimage(content, path.name, largest), ".mha"
    else:
        raise BadFile(f"{path.name} is of no format read here; convert it to .nii.gz or .mha.")
    digest = hashlib.sha256(content).hexdigest()
    # The library reads a private copy of the checked bytes, so nobody can change them in between.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "checked" + suffix)
        copy.write_bytes(checked)
        _send_image(write, name, copy, path.name, digest)


def _send_image(write: Callable[[bytes], Any], name: str, copy: Path, shown: str, digest: str) -> None:
    import SimpleITK as sitk

    try:
        image = sitk.ReadImage(str(copy))
    except RuntimeError:
        raise BadFile(f"{shown} cannot be read: its header is contradictory; write it again.") from None
    if image.GetDimension() > 3:
        # Only trailing dimensions of length 1 come this far.
        image = sitk.Extract(image, [*image.GetSize()[:3], *[0] * (image.GetDimension() - 3)])
    geometry = image.GetSpacing(), image.GetOrigin(), image.GetDirection()
    _send_volume(write, name, sitk.GetArrayViewFromImage(image), geometry, digest, shown, "")


def _send_study(write: Callable[[bytes], Any], folder: Path) -> None:
    from backend.ingest.dicom import read_study

    for modality, volume in read_study(folder).items():
        if isinstance(volume, Refusal):
            _send(write, {"name": modality, "state": "refused", "sentence": volume.sentence})
            continue
        digest = hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in volume.files))
        geometry = volume.spacing, volume.origin, volume.direction
        _send_volume(
            write, modality, volume.voxels, geometry, digest.hexdigest(), f"the {modality} series", volume.reason
        )


def _send_volume(
    write: Callable[[bytes], Any], name: str, voxels: Any, geometry: Any, digest: str, shown: str, reason: str
) -> None:
    import numpy as np

    spacing, origin, direction = geometry
    axes = np.array(direction).reshape(3, 3)
    if not (np.isfinite(spacing).all() and SPACING_MM[0] <= min(spacing) <= max(spacing) <= SPACING_MM[1]):
        raise BadFile(f"{shown} has a voxel spacing of {', '.join(f'{mm:g}' for mm in spacing)} mm; correct it.")
    if not (np.isfinite(origin).all() and np.abs(origin).max() < FURTHEST_MM):
        raise BadFile(f"{shown} lies {np.abs(origin).max():g} mm from the scanner's centre; correct its header.")
    if not (np.isfinite(axes).all() and np.allclose(axes @ axes.T, np.eye(3), atol=1e-2)):
        raise BadFile(f"{shown} has axes that are not at right angles; correct its header.")
    array = np.ascontiguousarray(voxels)
    header = {
        "name": name,
        "state": "read",
        "shape": array.shape,
        "dtype": array.dtype.newbyteorder("=").str,
        "spacing": spacing,
        "origin": origin,
        "direction": direction,
        "sha256": digest,
        "reason": reason,
    }
    _send(write, header, array.astype(array.dtype.newbyteorder("="), copy=False).tobytes())


def _send(write: Callable[[bytes], Any], header: dict[str, Any], payload: bytes = b"") -> None:
    line = json.dumps(header).encode()
    write(struct.pack("<QQ", len(line), len(payload)) + line)
    write(payload)


def _too_large(name: str, path: str) -> dict[str, str]:
    sentence = f"{Path(path).name} needs more memory than reading one image may take."
    return {"name": name, "state": "refused", "sentence": sentence}


def _limit(limits: dict[str, int]) -> None:
    for what, value in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"] * 2),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


if __name__ == "__main__":
    main()
