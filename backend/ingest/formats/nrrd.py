"""NRRD, attached (.nrrd) or with a data file beside it (.nhdr): a text header, an empty line, then voxels.

Raw, gzip and bzip2 voxels are read. A 1 KB file may declare gigabytes and a header may name any file of the server, so
sizes are compared with the bytes there and only a plain name in the same folder is taken.
"""

import bz2
from math import prod
from pathlib import Path

import numpy as np

from backend.errors import BadFile
from backend.ingest.formats.file_volume import FileVolume, in_order
from backend.ingest.formats.gzip_stream import GzipStream, check_ratio
from backend.ingest.formats.nrrd_header import check_layers, nrrd_axes, nrrd_header, nrrd_placement, nrrd_segments
from backend.ingest.formats.open_files import FileReader

TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
NAMES = {name: kind for kind, names in TYPES.items() for name in names}
GZIP, BZIP2 = ("gzip", "gz"), ("bzip2", "bz2")


def checked_nrrd(path: Path, reader: FileReader, channel: int | None = None) -> FileVolume:
    """The image, where header and voxels agree; `channel` of several in one, counted from 0. Raises BadFile."""
    content, name = reader.read(path), path.name
    header = nrrd_header(content, name)
    fields = header.fields
    if channel is None:
        check_layers(header.pairs, name)
    sizes, space = nrrd_axes(fields, name, channel)
    dtype, placement = _dtype(fields, name), nrrd_placement(fields, name)
    expected = prod(sizes) * dtype.itemsize
    if expected > reader.largest:
        raise BadFile(
            f"{name} declares {expected / 1e6:.0f} MB of voxels, more than one image may hold here; crop or "
            "resample it."
        )
    data = content[header.start :]
    if "datafile" in fields:
        beside = reader.beside(path, fields["datafile"])
        if data.strip():
            raise BadFile(f"{name} has bytes behind its header though it names a data file; write it again.")
        data = beside
    encoding = fields.get("encoding", "").lower()
    if encoding in GZIP:
        data = bytes(GzipStream(data, name).whole(expected))
    elif encoding in BZIP2:
        data = _bunzipped(data, expected, name)
    elif encoding != "raw":
        raise BadFile(f"{name} stores its voxels as {encoding or 'nothing known'}; write it as raw, gzip or bzip2.")
    if len(data) != expected:
        there = "more" if len(data) > expected else str(len(data))
        raise BadFile(
            f"{name} does not hold the voxels it declares: {expected} bytes are promised, {there} are there; copy it "
            "again."
        )
    shape = tuple(sizes[axis] for axis in space)
    if len(space) < len(sizes) and channel is not None:
        (axis,) = set(range(len(sizes))) - set(space)
        several = np.frombuffer(data, dtype).reshape(sizes, order="F")
        data = several.take(channel, axis=axis).tobytes(order="F")
    segments = nrrd_segments(header.pairs, name)
    return FileVolume(in_order(data, shape, dtype), placement, encoding != "raw", segments)


def _dtype(fields: dict[str, str], name: str) -> np.dtype[np.generic]:
    kind = NAMES.get(fields.get("type", "").lower())
    if kind is None:
        raise BadFile(
            f"{name} holds voxels of type {fields.get('type', 'unknown')[:30]}, which is no plain number; write it "
            "again as numbers."
        )
    endian = fields.get("endian", "little" if kind[1] == "1" else "").lower()
    if endian not in ("little", "big"):
        raise BadFile(f"{name} does not say the byte order of its voxels (endian); write it again.")
    return np.dtype(("<" if endian == "little" else ">") + kind)


def _bunzipped(data: bytes, expected: int, name: str) -> bytes:
    """The bzip2 stream to its verified end, never more than one byte beyond what is expected."""
    check_ratio(expected, len(data), name)
    stream = bz2.BZ2Decompressor()
    try:
        voxels = stream.decompress(data, expected + 1)
        if len(voxels) == expected and not stream.eof:
            voxels += stream.decompress(b"", 1)  # reads the end mark and its checksum
    except (OSError, EOFError):
        raise BadFile(f"{name} is damaged: its bzip2 voxels do not fit their checksum; copy it again.") from None
    if not stream.eof and len(voxels) <= expected:
        raise BadFile(f"{name} is cut short: its bzip2 voxels have no end; copy it again.")
    if stream.unused_data:
        raise BadFile(f"{name} has bytes behind its bzip2 voxels; write it again.")
    return voxels
