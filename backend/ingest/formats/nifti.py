"""NIfTI-1 and NIfTI-2, one file or a pair (.hdr and .img): checks every field of the header against the file's bytes.

SimpleITK fills a truncated file with zeros and turns NaN into 0, both without an error, so this check comes first.
Source: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
"""

import struct
from dataclasses import dataclass
from math import isfinite, isinf, prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile
from backend.ingest.formats.gzip_stream import GZIP_MAGIC, GzipStream
from backend.ingest.formats.open_files import CheckedFile, FileReader

HEADER_AND_FLAGS = 540 + 4  # bytes, of the longer version
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


def checked_nifti(path: Path, reader: FileReader, channel: int | None = None) -> CheckedFile:
    """A sound NIfTI image as one NIfTI-1 file; of a 4-D image the volume `channel`, counted from 0. Raises BadFile."""
    name = path.name
    single = name.lower().endswith((".nii", ".nii.gz"))
    header, body = (reader.read(path),) * 2 if single else _pair(path, reader)
    head = _header(header, name, whole=not single)
    layout = nifti_layout(head, name, pair=not single)
    if layout.size > reader.largest:
        raise BadFile(f"{name} declares {layout.size / 1e6:.0f} MB of voxels, more than one image may hold here.")
    plain = GzipStream(body, name).whole(layout.size) if _packed(body) else body
    if len(plain) > layout.size:
        raise BadFile(f"{name} holds more bytes than its header promises; write it again.")
    if len(plain) < layout.size:
        raise BadFile(
            f"{name} is cut short: its header promises {layout.size} bytes, {len(plain)} are there; copy it again."
        )
    voxels = np.frombuffer(plain, layout.dtype, prod(layout.shape), layout.offset)
    if layout.dtype.kind == "f" and not np.isfinite(voxels).all():
        raise BadFile(f"{name} holds voxels that are not finite (NaN or infinite); repair it before import.")
    return CheckedFile(
        _as_nifti1(head, voxels, layout, _volume(layout, channel, name)), ".nii", _packed(header) and _packed(body)
    )


def _volume(layout: NiftiLayout, channel: int | None, name: str) -> int:
    """Which of the volumes of a 4-D image is meant; a 3-D image has one."""
    volumes = prod(layout.shape[3:])
    if channel is None and volumes > 1:
        raise BadFile(f"{name} holds {volumes} volumes, not one 3-D volume; split it, or name each in dataset.json.")
    if channel is not None and channel >= volumes:
        raise BadFile(f"{name} holds {volumes} volumes, so there is no number {channel}.")
    return channel or 0


def _pair(path: Path, reader: FileReader) -> tuple[bytes, bytes]:
    """Header and voxels of a pair; either file of it may be named."""
    stem, _, ending = path.name.partition(".") if path.name.count(".") == 1 else _ending(path.name)
    both = []
    for kind in ("hdr", "img"):
        names = [f"{stem}.{kind}", f"{stem}.{kind}.gz"]
        if ending.startswith(kind):
            names = [path.name]
        found = [name for name in names if path.with_name(name).is_file()]
        if len(found) != 1:
            raise BadFile(
                f"{path.name} needs one {names[0]} beside it, of which there are {len(found)}; copy both files."
            )
        both.append(reader.read(path.with_name(found[0])))
    return both[0], both[1]


def _ending(name: str) -> tuple[str, str, str]:
    """Stem and format of a name such as `a.b.img.gz`."""
    bare = name[:-3] if name.lower().endswith(".gz") else name
    stem, dot, ending = bare.rpartition(".")
    return stem, dot, ending


def _packed(content: bytes) -> bool:
    return content[:2] == GZIP_MAGIC


def _header(content: bytes, name: str, whole: bool) -> bytes:
    """The first bytes of a file, unpacked where it is packed; `whole` for a .hdr, of which every byte is checked."""
    if not _packed(content):
        return content[:HEADER_AND_FLAGS]
    stream = GzipStream(content, name)
    return bytes(stream.whole(LARGEST_HEADER)) if whole else stream.head(HEADER_AND_FLAGS)


def _as_nifti1(content: bytes, voxels: npt.NDArray[Any], layout: NiftiLayout, volume: int) -> bytes:
    """One volume as a single NIfTI-1 file, which is what SimpleITK reads."""
    order, header = layout.order, bytearray(352)
    if layout.version == 1:
        header[:348] = content[:348]
    struct.pack_into(order + "i", header, 0, 348)
    for key, (form, at) in (FIELDS_1 if layout.version == 1 else FIELDS_2).items():
        values = list(struct.unpack_from(order + form, content, at))
        if key == "offset":
            values = [352.0]
        if key == "dim":
            values = [3, *layout.shape[:3], 1, 1, 1, 1]
        struct.pack_into(order + FIELDS_1[key][0], header, FIELDS_1[key][1], *values)
    header[344:352] = b"n+1\0\0\0\0\0"
    each = prod(layout.shape[:3])
    return bytes(header) + voxels[volume * each : (volume + 1) * each].tobytes()


def nifti_layout(content: bytes, name: str, pair: bool = False) -> NiftiLayout:
    """The layout a NIfTI header declares, every field that matters checked (`pair`: of a .hdr). Raises BadFile."""
    order = next((o for o in "<>" if content[:4] in (struct.pack(o + "i", 348), struct.pack(o + "i", 540))), None)
    if order is None:
        raise BadFile(f"{name} is not a NIfTI file: it starts with another format's bytes or is damaged.")
    (length,) = struct.unpack(order + "i", content[:4])
    if len(content) < length + (0 if pair else 4):
        raise BadFile(f"{name} is cut short inside its header; copy it again.")
    magic = content[344:348] if length == 348 else content[4:8]
    if magic != (b"ni" if pair else b"n+") + (b"1\0" if length == 348 else b"2\0"):
        where = "in a file beside it" if pair else "inside"
        raise BadFile(f"{name} is not a NIfTI file with its voxels {where}; convert it to .nii.gz.")
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
    lowest = 0 if pair else length + 4
    if not isfinite(offset) or offset != int(offset) or not lowest <= offset <= LARGEST_HEADER:
        raise BadFile(f"{name} declares its voxels at byte {offset:g}, which cannot be; its header is damaged.")
    return NiftiLayout(
        1 if length == 348 else 2, order, _shape(fields["dim"], name), np.dtype(order + kind), int(offset)
    )


def _shape(dim: tuple[int, ...], name: str) -> tuple[int, ...]:
    rank, shape = dim[0], dim[1 : dim[0] + 1] if 0 < dim[0] <= 7 else ()
    if rank not in range(3, 8) or min(shape) < 1 or max(shape) > LONGEST_AXIS or prod(shape[4:]) != 1:
        raise BadFile(f"{name} is not one 3-D volume (dimensions {list(dim[1:])}, {rank} of them used).")
    return shape


def _check_placement(fields: dict[str, tuple[Any, ...]], name: str) -> None:
    """Check that spacing, qform and sform are finite and invertible; libraries replace others silently by defaults."""
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
