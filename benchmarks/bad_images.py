"""Seeded damage of image and mask files, one generator per kind.

A generator returns False where the kind of damage cannot occur in a format.
"""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from benchmarks.images import Sample

Rng = np.random.Generator
FileDamage = Callable[[Path, Sample, Rng], bool]


def _body(path: Path) -> Path:
    """The file that holds the voxels of an image."""
    pairs = ((".hdr", ".img"), (".mhd", ".raw"), (".mhd", ".zraw"), (".nhdr", ".raw"), (".nhdr", ".raw.gz"))
    for ending, other in pairs:
        beside = path.with_name(path.name[: -len(ending)] + other)
        if path.name.endswith(ending) and beside.exists():
            return beside
    return path


def edit_bytes(path: Path, change: Callable[[bytearray], bytes | bytearray]) -> bool:
    """Edit the bytes of a file, inside its gzip where it is compressed."""
    content = path.read_bytes()
    packed = content[:2] == b"\x1f\x8b"
    plain = bytearray(gzip.decompress(content) if packed else content)
    made = bytes(change(plain))
    path.write_bytes(gzip.compress(made, mtime=0) if packed else made)
    return True


def _text_edit(old: bytes, new: bytes) -> FileDamage:
    """Replace a line of a text header that begins with `old`."""

    def damage(path: Path, _one: Sample, _rng: Rng) -> bool:
        content = path.read_bytes()
        at = content.find(old)
        if not path.name.endswith((".mha", ".mhd", ".nrrd", ".nhdr")) or at < 0:
            return False
        end = content.index(b"\n", at)
        path.write_bytes(content[:at] + new + content[end:])
        return True

    return damage


def _nifti_edit(form: str, at_1: int, at_2: int, *values: float) -> FileDamage:
    """Overwrite a field of a NIfTI header at its place in version 1 or 2."""
    import struct

    def damage(path: Path, _one: Sample, _rng: Rng) -> bool:
        if not path.name.endswith((".nii", ".nii.gz", ".hdr", ".img")):
            return False
        head = path.with_suffix(".hdr") if path.name.endswith(".img") else path

        def change(plain: bytearray) -> bytearray:
            order = "<" if bytes(plain[:4]) in (b"\x5c\x01\0\0", b"\x1c\x02\0\0") else ">"
            second = struct.unpack(order + "i", plain[:4])[0] == 540
            wide = form.replace("f", "d").replace("h", "q") if second else form
            struct.pack_into(order + wide, plain, at_2 if second else at_1, *values)
            return plain

        return edit_bytes(head, change)

    return damage


def cut(path: Path, _one: Sample, rng: Rng) -> bool:
    body = _body(path)
    content = body.read_bytes()
    body.write_bytes(content[: int(rng.integers(1, len(content)))])
    return True


def cut_inside(path: Path, _one: Sample, rng: Rng) -> bool:
    """The voxels end early inside an intact gzip file."""
    return edit_bytes(_body(path), lambda plain: plain[: -int(rng.integers(1, 200))])


def longer(path: Path, _one: Sample, rng: Rng) -> bool:
    return edit_bytes(_body(path), lambda plain: plain + bytes(int(rng.integers(1, 64))))


def empty(path: Path, _one: Sample, _rng: Rng) -> bool:
    path.write_bytes(b"")
    return True


def noise(path: Path, _one: Sample, rng: Rng) -> bool:
    path.write_bytes(rng.bytes(5000))
    return True


def error_page(path: Path, _one: Sample, _rng: Rng) -> bool:
    path.write_bytes(b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n" * 20)
    return True


def flipped_packed_bit(path: Path, _one: Sample, rng: Rng) -> bool:
    """One bit inside compressed voxels."""
    body = _body(path)
    content = bytearray(body.read_bytes())
    packed = content[:2] == b"\x1f\x8b" or b"CompressedData = True" in content[:500] or body.name.endswith(".zraw")
    if not packed and b"encoding: gzip" not in content[:600]:
        return False
    start = content.find(b"LOCAL\n") + 6 if b"LOCAL\n" in content[:600] else content.find(b"\n\n") + 2
    start = start if bytes(content[:4]) in (b"Obje", b"NRRD") else 12
    at = int(rng.integers(start, len(content)))
    content[at] ^= 1 << int(rng.integers(8))
    body.write_bytes(content)
    return True


def flipped_voxel_bit(path: Path, _one: Sample, rng: Rng) -> bool:
    """One bit of an uncompressed voxel: only the sender's SHA-256 can tell."""
    body = _body(path)
    content = bytearray(body.read_bytes())
    if content[:2] == b"\x1f\x8b" or b"CompressedData = True" in content[:500] or b"gzip" in content[:600]:
        return False
    if body.name.endswith(".zraw") or path.name.endswith(".gz"):
        return False
    content[len(content) - int(rng.integers(1, 400))] ^= 1 << int(rng.integers(8))
    body.write_bytes(content)
    return True


def zeroed_tail(path: Path, _one: Sample, _rng: Rng) -> bool:
    """A transfer that stopped and left zeros, in an uncompressed file."""
    body = _body(path)
    content = body.read_bytes()
    if not flipped_voxel_bit(path, _one, np.random.default_rng(0)):
        return False
    body.write_bytes(content[: len(content) * 2 // 3] + bytes(len(content) - len(content) * 2 // 3))
    return True


def fifo(path: Path, _one: Sample, _rng: Rng) -> bool:
    path.unlink()
    os.mkfifo(path)
    return True


def link(path: Path, _one: Sample, _rng: Rng) -> bool:
    path.unlink()
    path.symlink_to("/etc/passwd")
    return True


def other_format(path: Path, one: Sample, _rng: Rng) -> bool:
    """A picture under the name of an image."""
    made = path.with_name("other.png")
    sitk.WriteImage(sitk.Cast(one.image[:, :, 0], sitk.sitkUInt8), str(made))
    made.replace(path)
    return True


def without_data_file(path: Path, _one: Sample, _rng: Rng) -> bool:
    body = _body(path)
    if body == path:
        return False
    body.unlink()
    return True


FILES: dict[str, FileDamage] = {
    "cut short": cut,
    "cut inside its compression": cut_inside,
    "bytes appended": longer,
    "empty": empty,
    "random bytes": noise,
    "an error page": error_page,
    "bit flipped in compressed voxels": flipped_packed_bit,
    "named pipe": fifo,
    "link out of the folder": link,
    "another format's bytes": other_format,
    "data file missing": without_data_file,
    "spacing 0": _nifti_edit("f", 80, 112, 0.0),
    "spacing NaN": _nifti_edit("f", 84, 120, float("nan")),
    "sform NaN": _nifti_edit("f", 280, 400, float("nan")),
    "larger than there": _nifti_edit("h", 42, 24, 30_000),
    "smaller than there": _nifti_edit("h", 42, 24, 5),
    "negative size": _nifti_edit("h", 44, 32, -3),
    "two-dimensional": _nifti_edit("h", 40, 16, 2),
    "spacing 0 (text header)": _text_edit(b"ElementSpacing", b"ElementSpacing = 0 1 1"),
    "offset NaN (text header)": _text_edit(b"Offset", b"Offset = nan 0 0"),
    "flat axes (text header)": _text_edit(b"TransformMatrix", b"TransformMatrix = 1 0 0 0 1 0 0 0 0"),
    "directions NaN": _text_edit(b"space directions", b"space directions: (nan,0,0) (0,1,0) (0,0,1)"),
    "directions flat": _text_edit(b"space directions", b"space directions: (1,0,0) (0,1,0) (0,0,0)"),
    "no space": _text_edit(b"space:", b"# space:"),
    "declares gigabytes": _text_edit(b"sizes", b"sizes: 2000 2000 900"),
    "declares gigabytes (MetaImage)": _text_edit(b"DimSize", b"DimSize = 2000 2000 900"),
    "points at a server file": _text_edit(b"data file", b"data file: /etc/passwd"),
    "points at a server file (MetaImage)": _text_edit(b"ElementDataFile", b"ElementDataFile = /etc/passwd"),
    "points upwards": _text_edit(b"ElementDataFile", b"ElementDataFile = ../../secret.raw"),
    "list of files": _text_edit(b"ElementDataFile", b"ElementDataFile = LIST"),
    "vector voxels": _text_edit(b"ElementType", b"ElementNumberOfChannels = 3\nElementType = MET_SHORT"),
}
ONLY_WITH_SUMS: dict[str, FileDamage] = {
    "bit flipped in an uncompressed voxel": flipped_voxel_bit,
    "last third zeroed": zeroed_tail,
}
