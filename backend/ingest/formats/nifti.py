"""NIfTI-1 and NIfTI-2, one file or a pair (.hdr and .img): checks every field of the header against the file's bytes.

Libraries fill a truncated file with zeros and turn NaN into 0, both without an error, so voxels are taken here.
Source: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
"""

import struct
from dataclasses import dataclass
from math import isfinite, prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile
from backend.ingest.formats.file_volume import FileVolume, Placement, in_order
from backend.ingest.formats.gzip_stream import GZIP_MAGIC, GzipStream
from backend.ingest.formats.linear_scale import scaled
from backend.ingest.formats.nifti_geometry import nifti_placement
from backend.ingest.formats.open_files import FileReader
from backend.ingest.formats.several_volumes import Volumes, mean_of

HEADER_AND_FLAGS = 540 + 4  # bytes, of the longer version
LARGEST_HEADER = 1 << 20  # bytes of header plus extensions
LONGEST_AXIS = 32_767  # voxels, what NIfTI-1 can say

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
    """Where the voxels are: shape as in the file, numpy type and first byte; where they lie; slope and offset."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    placement: Placement
    scaling: tuple[float, float]

    @property
    def size(self) -> int:
        """Bytes of the whole uncompressed file."""
        return self.offset + prod(self.shape) * self.dtype.itemsize


def checked_nifti(path: Path, reader: FileReader, channel: int | Volumes | None = None) -> FileVolume:
    """A sound NIfTI image, its scale applied; of a 4-D image the volume `channel`, counted from 0, or the mean of some.

    Raises BadFile.
    """
    name = path.name
    single = name.lower().endswith((".nii", ".nii.gz"))
    header, body = (reader.read(path),) * 2 if single else _pair(path, reader)
    head = _header(header, name, whole=not single)
    layout = nifti_layout(head, name, pair=not single)
    if layout.size > reader.largest:
        raise BadFile(
            f"{name} declares {layout.size / 1e6:.0f} MB of voxels, more than one image may hold here; crop or "
            "resample it."
        )
    plain = GzipStream(body, name).whole(layout.size) if _packed(body) else body
    if len(plain) > layout.size:
        raise BadFile(f"{name} holds more bytes than its header promises; write it again.")
    if len(plain) < layout.size:
        raise BadFile(
            f"{name} is cut short: its header promises {layout.size} bytes, {len(plain)} are there; copy it again."
        )
    shape = layout.shape[:3]
    step, numbers = prod(shape) * layout.dtype.itemsize, _volumes(layout, channel, name)
    every = (
        _scaled(in_order(plain, shape, layout.dtype, layout.offset + number * step), layout.scaling, name)
        for number in numbers
    )
    geometric = isinstance(channel, Volumes) and channel.geometric
    voxels = mean_of(every, geometric, name) if len(numbers) > 1 else next(every)
    return FileVolume(voxels, layout.placement, _packed(header) and _packed(body))


def _scaled(voxels: npt.NDArray[Any], scaling: tuple[float, float], name: str) -> npt.NDArray[Any]:
    """Values on their scale; a slope of 0 says that there is none (nifti1.h)."""
    slope, offset = scaling
    if slope == 0:
        if offset != 0:
            raise BadFile(
                f"{name} states an offset of its values without a scale (scl_inter is {offset:g}, scl_slope is 0); "
                "correct its header."
            )
        return voxels
    return scaled(voxels, slope, offset, name, ("scl_slope", "scl_inter"))


def _volumes(layout: NiftiLayout, channel: int | Volumes | None, name: str) -> tuple[int, ...]:
    """Which of the volumes of a 4-D image are meant; a 3-D image has one."""
    held = prod(layout.shape[3:])
    if isinstance(channel, Volumes):
        if channel.of != held:
            raise BadFile(f"{name} holds {held} volumes and its .bval file {channel.of} b-values; correct one of them.")
        return channel.numbers
    if channel is None and held > 1:
        raise BadFile(
            f"{name} holds {held} volumes, not one 3-D volume; split it, or say which one is meant (in dataset.json; "
            "in BIDS by .bval and .bvec beside it)."
        )
    if channel is not None and channel >= held:
        raise BadFile(f"{name} holds {held} volumes, so there is no number {channel}.")
    return (channel or 0,)


def _pair(path: Path, reader: FileReader) -> tuple[bytes, bytes]:
    """Header and voxels of a pair; either file of it may be named."""
    stem, ending = _stem_and_ending(path.name)
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


def _stem_and_ending(name: str) -> tuple[str, str]:
    """`a.b` and `img` of `a.b.img.gz`."""
    bare = name[:-3] if name.lower().endswith(".gz") else name
    stem, _, ending = bare.rpartition(".")
    return stem, ending


def _packed(content: bytes) -> bool:
    return content[:2] == GZIP_MAGIC


def _header(content: bytes, name: str, whole: bool) -> bytes:
    """The first bytes of a file, unpacked where it is packed; `whole` for a .hdr, of which every byte is checked."""
    if not _packed(content):
        return content[:HEADER_AND_FLAGS]
    stream = GzipStream(content, name)
    return bytes(stream.whole(LARGEST_HEADER)) if whole else stream.head(HEADER_AND_FLAGS)


def nifti_layout(content: bytes, name: str, pair: bool = False) -> NiftiLayout:
    """The layout a NIfTI header declares, every field that matters checked (`pair`: of a .hdr). Raises BadFile."""
    order = next((o for o in "<>" if content[:4] in (struct.pack(o + "i", 348), struct.pack(o + "i", 540))), None)
    if order is None:
        raise BadFile(
            f"{name} is not a NIfTI file: it starts with another format's bytes or is damaged; copy it again."
        )
    (length,) = struct.unpack(order + "i", content[:4])
    if len(content) < length + (0 if pair else 4):
        raise BadFile(f"{name} is cut short inside its header; copy it again.")
    magic = content[344:348] if length == 348 else content[4:8]
    if pair and length == 348 and magic == b"\0\0\0\0":
        raise BadFile(
            f"{name} has no NIfTI mark in its header, as Analyze 7.5 files have none; they do not say which side is "
            "left, so convert its original to .nii.gz."
        )
    if magic != (b"ni" if pair else b"n+") + (b"1\0" if length == 348 else b"2\0"):
        where = "in a file beside it" if pair else "inside"
        raise BadFile(f"{name} is not a NIfTI file with its voxels {where}; convert it to .nii.gz.")
    fields = {
        key: struct.unpack_from(order + form, content, at)
        for key, (form, at) in (FIELDS_1 if length == 348 else FIELDS_2).items()
    }
    datatype, bits = fields["datatype"]
    kind = TYPES.get(datatype)
    if kind is None or np.dtype(kind).itemsize * 8 != bits:
        raise BadFile(
            f"{name} declares voxels of type {datatype} with {bits} bits, which is no plain number; write it again "
            "as numbers."
        )
    (offset,) = fields["offset"]
    lowest = 0 if pair else length + 4
    if not isfinite(offset) or offset != int(offset) or not lowest <= offset <= LARGEST_HEADER:
        raise BadFile(f"{name} declares its voxels at byte {offset:g}, which cannot be; its header is damaged.")
    shape, placement = _shape(fields["dim"], name), nifti_placement(fields, name)
    return NiftiLayout(shape, np.dtype(order + kind), int(offset), placement, fields["scaling"])


def _shape(dim: tuple[int, ...], name: str) -> tuple[int, ...]:
    rank, shape = dim[0], dim[1 : dim[0] + 1] if 0 < dim[0] <= 7 else ()
    if rank not in range(3, 8) or min(shape) < 1 or max(shape) > LONGEST_AXIS or prod(shape[4:]) != 1:
        raise BadFile(
            f"{name} is not one 3-D volume (dimensions {list(dim[1:])}, {rank} of them used); write one 3-D volume."
        )
    return shape
