"""NIfTI-1 and NIfTI-2 single files (.nii, .nii.gz): every claim of the header checked against the bytes that are there.

SimpleITK zero-fills a truncated file and turns NaN into 0, both in silence, so this check comes before it reads.
Source: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
"""

import struct
import zlib
from dataclasses import dataclass
from math import isfinite, isinf, prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile

GZIP_MAGIC = b"\x1f\x8b"
LARGEST_HEADER = 1 << 20  # bytes of header plus extensions
LONGEST_AXIS = 32_767  # voxels, what NIfTI-1 can say
TWO_FORMS_MM = 0.5  # a quaternion of float32 may be 0.1 mm off at a corner; readers differ in which form they take

# datatype code -> numpy type; complex, RGB and 128-bit values are no MR intensities
TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
# field -> (struct format, byte position); `placement` is quaternion b c d, offsets x y z, then the sform's 12 numbers
FIELDS_1 = {
    "dim": ("8h", 40),
    "datatype": ("2h", 70),
    "pixdim": ("8f", 76),
    "offset": ("f", 108),
    "scaling": ("2f", 112),
    "codes": ("2h", 252),
    "units": ("B", 123),
    "placement": ("18f", 256),
}
FIELDS_2 = {
    "dim": ("8q", 16),
    "datatype": ("2h", 12),
    "pixdim": ("8d", 104),
    "offset": ("q", 168),
    "scaling": ("2d", 176),
    "codes": ("2i", 344),
    "units": ("i", 500),
    "placement": ("18d", 352),
}


@dataclass(frozen=True)
class NiftiLayout:
    """Where the voxels are: version and byte order (`<`, `>`), shape as in the file, numpy type, first byte."""

    version: int
    order: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int

    @property
    def size(self) -> int:
        """Bytes of the whole uncompressed file."""
        return self.offset + prod(self.shape) * self.dtype.itemsize


def checked_nifti(content: bytes, name: str, largest: int) -> bytes:
    """The uncompressed bytes of a sound NIfTI file; `largest` caps them. Raises BadFile."""
    if content[:2] == GZIP_MAGIC:
        content = _decompressed(content, name, largest)
    layout = nifti_layout(content, name)
    if layout.size > largest:
        raise BadFile(f"{name} declares {layout.size / 1e6:.0f} MB of voxels, more than one image may hold here.")
    if len(content) < layout.size:
        raise BadFile(
            f"{name} is cut short: its header promises {layout.size} bytes, {len(content)} are there; copy it again."
        )
    voxels = np.frombuffer(content, layout.dtype, prod(layout.shape), layout.offset)
    if layout.dtype.kind == "f" and not np.isfinite(voxels).all():
        raise BadFile(f"{name} holds voxels that are not finite (NaN or infinite); repair it before import.")
    return content if layout.version == 1 else _as_nifti1(content, layout)


def _as_nifti1(content: bytes, layout: NiftiLayout) -> bytes:
    """The same volume as NIfTI-1, which is the version SimpleITK reads."""
    order, header = layout.order, bytearray(352)
    struct.pack_into(order + "i", header, 0, 348)
    for key, (form, at) in FIELDS_2.items():
        values = (352.0,) if key == "offset" else struct.unpack_from(order + form, content, at)
        struct.pack_into(order + FIELDS_1[key][0], header, FIELDS_1[key][1], *values)
    header[344:348] = b"n+1\0"
    return bytes(header) + content[layout.offset : layout.size]


def nifti_layout(content: bytes, name: str) -> NiftiLayout:
    """The layout a NIfTI header declares, every field that matters checked. Raises BadFile."""
    order = next((o for o in "<>" if content[:4] in (struct.pack(o + "i", 348), struct.pack(o + "i", 540))), None)
    if order is None:
        raise BadFile(f"{name} is not a NIfTI file: it starts with another format's bytes or is damaged.")
    (length,) = struct.unpack(order + "i", content[:4])
    if len(content) < length + 4:
        raise BadFile(f"{name} is cut short inside its header; copy it again.")
    magic = content[344:348] if length == 348 else content[4:8]
    if magic != (b"n+1\0" if length == 348 else b"n+2\0"):
        raise BadFile(f"{name} is not a NIfTI file with its voxels inside; convert it to .nii.gz.")
    fields = {
        key: struct.unpack_from(order + form, content, at)
        for key, (form, at) in (FIELDS_1 if length == 348 else FIELDS_2).items()
    }
    _check_placement(fields, name)
    datatype, bits = fields["datatype"]
    kind = TYPES.get(datatype)
    if kind is None or np.dtype(kind).itemsize * 8 != bits:
        raise BadFile(f"{name} declares voxels of type {datatype} with {bits} bits, which is no plain number.")
    (offset,) = fields["offset"]
    if not isfinite(offset) or offset != int(offset) or not length + 4 <= offset <= LARGEST_HEADER:
        raise BadFile(f"{name} declares its voxels at byte {offset:g}, which cannot be; its header is damaged.")
    return NiftiLayout(
        1 if length == 348 else 2, order, _shape(fields["dim"], name), np.dtype(order + kind), int(offset)
    )


def _shape(dim: tuple[int, ...], name: str) -> tuple[int, ...]:
    rank, shape = dim[0], dim[1 : dim[0] + 1] if 0 < dim[0] <= 7 else ()
    if rank not in range(3, 8) or min(shape) < 1 or max(shape) > LONGEST_AXIS or max(shape[3:], default=1) != 1:
        raise BadFile(f"{name} is not one 3-D volume (dimensions {list(dim[1:])}, {rank} of them used).")
    return shape


def _check_placement(fields: dict[str, tuple[Any, ...]], name: str) -> None:
    """Spacing, qform and sform must be finite and invertible; a reader would replace them by defaults in silence."""
    spacing, (qform, sform), placement = fields["pixdim"][1:4], fields["codes"], fields["placement"]
    if not all(isfinite(mm) and mm > 0 for mm in spacing):
        raise BadFile(f"{name} declares a voxel spacing of {', '.join(f'{mm:g}' for mm in spacing)} mm; correct it.")
    if any(isinf(value) for value in fields["scaling"]):
        raise BadFile(f"{name} declares an infinite intensity scale; its header is damaged.")
    quaternion, rows = placement[:6], np.array(placement[6:], dtype=np.float64).reshape(3, 4)
    if qform > 0 and not (all(isfinite(value) for value in quaternion) and sum(q * q for q in quaternion[:3]) < 1.01):
        raise BadFile(f"{name} has an impossible orientation (qform); correct its header.")
    if sform > 0 and not (np.isfinite(rows).all() and abs(np.linalg.det(rows[:, :3])) > 1e-9):
        raise BadFile(f"{name} has an impossible orientation (sform); correct its header.")
    if qform > 0 and sform > 0:
        along_axes = (_qform(fields) - rows) * [*fields["dim"][1:4], 1.0]
        apart = np.linalg.norm(along_axes, axis=0).max()
        if apart > TWO_FORMS_MM:
            raise BadFile(f"{name} states two orientations that disagree by {apart:.1f} mm (qform, sform); keep one.")


def _qform(fields: dict[str, tuple[Any, ...]]) -> npt.NDArray[np.float64]:
    """The (3, 4) affine of quaternion, offsets and spacing (nifti1.h, method 2)."""
    b, c, d, *offset = fields["placement"][:6]
    a = sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    handedness, *spacing = fields["pixdim"][:4]
    spacing[2] *= -1 if handedness < 0 else 1
    return np.column_stack([rotation * spacing, offset])


def _decompressed(content: bytes, name: str, largest: int) -> bytes:
    """Gzip members one after the other, each with its CRC and length verified by zlib, never more than the cap."""
    parts, total = [], 0
    while content:
        stream = zlib.decompressobj(wbits=31)
        try:
            part = stream.decompress(content, largest + LARGEST_HEADER - total + 1)
        except zlib.error:
            raise BadFile(f"{name} is damaged: its gzip data does not fit its checksum; copy it again.") from None
        total += len(part)
        if total > largest + LARGEST_HEADER:
            raise BadFile(f"{name} unpacks to more than {largest / 1e6:.0f} MB, more than one image may hold here.")
        if not stream.eof:
            raise BadFile(f"{name} is cut short: its gzip data has no end; copy it again.")
        parts.append(part)
        content = stream.unused_data
    return b"".join(parts)
