"""Headers that state no geometry or scale, or two: seeded, one generator per kind, for every format that has the field.

Some are sound: a size that stands in one of two places only, or values stored on a scale. Those must be read as they
were. A generator returns False where a format has no such field.
"""

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.bad_images import FileDamage, Rng, edit_bytes
from benchmarks.images import WRITERS, Sample

NIFTI = (".nii", ".nii.gz", ".hdr", ".img")
TEXT = (".mha", ".mhd", ".nrrd", ".nhdr")
UNIT_AXES = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
# field -> form and byte in NIfTI-1, form and byte in NIfTI-2
PLACES = {
    "codes": ("2h", 252, "2i", 344),
    "qform": ("h", 252, "i", 344),
    "sform": ("h", 254, "i", 348),
    "pixdim": ("3f", 80, "3d", 112),
    "scale": ("2f", 112, "2d", 176),
    "units": ("B", 123, "i", 500),
    "rows": ("12f", 280, "12d", 400),
}


def _nifti(**fields: tuple[float, ...]) -> FileDamage:
    """Overwrite fields of a NIfTI header."""

    def damage(path: Path, _one: Sample, _rng: Rng) -> bool:
        if not path.name.endswith(NIFTI):
            return False
        head = path.with_suffix(".hdr") if path.name.endswith(".img") else path

        def change(plain: bytearray) -> bytearray:
            order = "<" if bytes(plain[:4]) in (b"\x5c\x01\0\0", b"\x1c\x02\0\0") else ">"
            second = struct.unpack(order + "i", plain[:4])[0] == 540
            for name, values in fields.items():
                form, at = PLACES[name][2:] if second else PLACES[name][:2]
                struct.pack_into(order + form, plain, at, *values)
            return plain

        return edit_bytes(head, change)

    return damage


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> FileDamage:
    """Change the lines of a text header; where that changes nothing, the format has no such field."""

    def damage(path: Path, _one: Sample, _rng: Rng) -> bool:
        content = path.read_bytes()
        end = content.find(b"ElementDataFile") if b"NDims" in content[:200] else content.find(b"\n\n") + 1
        if not path.name.endswith(TEXT) or end < 1:
            return False
        lines = content[:end].splitlines(keepends=True)
        made = change(lines)
        path.write_bytes(b"".join(made) + content[end:])
        return made != lines

    return damage


def _without(field: bytes) -> FileDamage:
    return _lines(lambda lines: [line for line in lines if not line.startswith(field)])


def _beside(field: bytes, more: bytes) -> FileDamage:
    """A line behind the one of a field."""
    return _lines(lambda lines: [part for line in lines for part in (line, more) if part is line or _is(line, field)])


def _is(line: bytes, field: bytes) -> bool:
    return line.startswith(field)


def _renamed(old: bytes, new: bytes) -> FileDamage:
    return _lines(lambda lines: [new + line.removeprefix(old) if line.startswith(old) else line for line in lines])


def _on_a_scale(edit: FileDamage, slope: float, offset: float) -> FileDamage:
    """The same values, stored as the scale of the header undoes it."""

    def damage(path: Path, one: Sample, rng: Rng) -> bool:
        stored = (one.voxels.astype(np.float64) - offset) / slope
        writer = next(write for ending, write in WRITERS.values() if path.name.endswith(ending))
        writer(path, replace(one, voxels=stored))
        return edit(path, one, rng)

    return damage


HEADERS: dict[str, FileDamage] = {
    "neither form stated": _nifti(codes=(0, 0)),
    "neither form, no size": _nifti(codes=(0, 0), pixdim=(1, 1, 1)),
    "sform without sizes, pixdim with them": _nifti(qform=(0,), rows=UNIT_AXES),
    "sform of zeros": _nifti(qform=(0,), rows=(0,) * 12),
    "qform without a size": _nifti(sform=(0,), pixdim=(0, 0, 0)),
    "forms apart by the sizes": _nifti(pixdim=(1.5, 9, 9)),
    "units metres": _nifti(units=(1,)),
    "units micrometres": _nifti(units=(3,)),
    "slope NaN": _nifti(scale=(float("nan"), 0)),
    "slope infinite": _nifti(scale=(float("inf"), 0)),
    "offset without slope": _nifti(scale=(0, -1024)),
    "offset NaN": _nifti(scale=(1, float("nan"))),
    "sform alone, pixdim unstated": _nifti(qform=(0,), pixdim=(1, 1, 1)),
    "values on a scale (NIfTI)": _on_a_scale(_nifti(scale=(0.5, 16)), 0.5, 16),
    "no spacing (text header)": _without(b"ElementSpacing"),
    "no offset (text header)": _without(b"Offset"),
    "no axes (text header)": _without(b"TransformMatrix"),
    "two sizes (text header)": _beside(b"ElementSpacing", b"ElementSize = 9 9 9\n"),
    "two places (text header)": _beside(b"Offset", b"Position = 999 0 0\n"),
    "two byte orders (text header)": _beside(b"Offset", b"ElementByteOrderMSB = True\n"),
    "micrometres (text header)": _beside(b"Offset", b"DistanceUnits = um\n"),
    "scale of 0 (text header)": _beside(b"Offset", b"ElementToIntensityFunctionSlope = 0\n"),
    "size under its other name (text header)": _renamed(b"ElementSpacing", b"ElementSize"),
    "place under its other name (text header)": _renamed(b"Offset", b"Position"),
    "values on a scale (text header)": _on_a_scale(
        _beside(b"Offset", b"ElementToIntensityFunctionSlope = 0.5\nElementToIntensityFunctionOffset = 16\n"),
        0.5,
        16,
    ),
    "directions missing": _without(b"space directions"),
    "origin missing": _without(b"space origin"),
    "spacings in place of directions": _lines(
        lambda lines: [b"spacings: 1 1 1\n" if line.startswith(b"space directions") else line for line in lines]
    ),
    "spacings beside directions": _beside(b"space origin", b"spacings: 9 9 9\n"),
    "space in metres": _beside(b"space origin", b'space units: "m" "m" "m"\n'),
    "an axis of time": _renamed(b"kinds: domain domain domain", b"kinds: domain domain time"),
    "byte order missing": _without(b"endian"),
}
