"""MetaImage (.mha, or .mhd with a data file beside it): header lines, then voxels, raw or zlib-compressed.

A header may name any file of the server as its voxels (`ElementDataFile = /etc/passwd`), so only LOCAL
or a plain name in the same folder is taken.
Source: the MetaIO documentation of ITK.
"""

import re
import zlib
from math import prod
from pathlib import Path

import numpy as np

from backend.errors import BadFile
from backend.ingest.formats.file_volume import FileVolume, in_order
from backend.ingest.formats.gzip_stream import check_ratio
from backend.ingest.formats.linear_scale import scaled
from backend.ingest.formats.metaimage_geometry import metaimage_placement, numbers
from backend.ingest.formats.open_files import FileReader
from backend.ingest.limits import MAX_HEADER_BYTES

KEY = re.compile(r"[A-Za-z0-9_.:|\[\]-]{1,80}")
"""MetaIO's own keys, and those ITK carries over from other formats: `dim[0]` of NIfTI, `0008|0060` of DICOM."""
TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
BYTE_ORDER = ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")
SLOPE, OFFSET = "ElementToIntensityFunctionSlope", "ElementToIntensityFunctionOffset"
SCALE = {SLOPE: 1.0, OFFSET: 0.0}


def checked_metaimage(path: Path, reader: FileReader) -> FileVolume:
    """The image, where header and voxels agree, on the scale its header states. Raises BadFile."""
    content, name, largest = reader.read(path), path.name, reader.largest
    header, start = metaimage_header(content, name)
    shape = _integers(header, "DimSize", name)
    if header.get("NDims") != "3" or len(shape) != 3 or min(shape) < 1:
        raise BadFile(
            f"{name} is not one 3-D volume (NDims {header.get('NDims')}, DimSize {header.get('DimSize')}); "
            "write one 3-D volume."
        )
    if not _true(header, "BinaryData", name, missing=True) or header.get("HeaderSize", "0") != "0":
        raise BadFile(f"{name} stores its voxels as text or after a gap; write it again as a plain .mha.")
    dtype, placement = _dtype(header, name), metaimage_placement(header, name)
    expected = prod(shape) * dtype.itemsize
    if expected > largest:
        raise BadFile(
            f"{name} declares {expected / 1e6:.0f} MB of voxels, more than one image may hold here; crop or "
            "resample it."
        )
    data = content[start:]
    if header["ElementDataFile"] != "LOCAL":
        beside = reader.beside(path, header["ElementDataFile"])
        if data.strip():
            raise BadFile(f"{name} has bytes behind its header though it names a data file; write it again.")
        data = beside
    packed = _true(header, "CompressedData", name)
    if packed:
        data = _decompressed(data, header, expected, name)
    if len(data) != expected:
        raise BadFile(
            f"{name} does not hold the voxels it declares: {expected} bytes are promised, {len(data)} are there; "
            "copy it again."
        )
    slope, offset = (numbers(header, key, 1, name)[0] if key in header else usual for key, usual in SCALE.items())
    voxels = scaled(in_order(data, tuple(shape), dtype), slope, offset, name, (SLOPE, OFFSET))
    return FileVolume(voxels, placement, packed)


def _dtype(header: dict[str, str], name: str) -> np.dtype[np.generic]:
    kind, channels = TYPES.get(header.get("ElementType", "")), header.get("ElementNumberOfChannels", "1")
    if channels != "1":
        raise BadFile(f"{name} holds {channels[:10]} numbers a voxel (ElementNumberOfChannels); write each on its own.")
    if kind is None:
        raise BadFile(
            f"{name} holds voxels of type {header.get('ElementType')}, which is no single plain number; write it "
            "again as numbers."
        )
    orders = {_true(header, key, name) for key in BYTE_ORDER if key in header}
    if len(orders) == 2:
        raise BadFile(f"{name} states two byte orders ({' and '.join(BYTE_ORDER)}); keep the right one.")
    return np.dtype((">" if orders == {True} else "<") + kind)


def _true(header: dict[str, str], key: str, name: str, missing: bool = False) -> bool:
    """A field that says yes or no."""
    word = header.get(key, str(missing)).lower()
    if word not in ("true", "false", "1", "0"):
        raise BadFile(f"{name} says {word[:20]!r} in {key}, expected True or False; correct its header.")
    return word in ("true", "1")


def metaimage_header(content: bytes, name: str) -> tuple[dict[str, str], int]:
    """Header fields and the byte where the voxels begin. Raises BadFile."""
    header: dict[str, str] = {}
    start = 0
    while start < MAX_HEADER_BYTES:
        end = content.find(b"\n", start, MAX_HEADER_BYTES)
        line = content[start : end if end >= 0 else start]
        key, separator, value = (part.strip() for part in line.decode("latin-1").partition("="))
        if end < 0 or not separator or not KEY.fullmatch(key) or key in header:
            break
        header[key] = value
        start = end + 1
        if key == "ElementDataFile":
            return header, start
    raise BadFile(f"{name} is not a MetaImage file, or its header is damaged; copy it again.")


def _integers(header: dict[str, str], key: str, name: str) -> list[int]:
    words = header.get(key, "").split()
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        raise BadFile(f"{name} has no whole numbers in {key}; its header is damaged.")
    return [int(word) for word in words]


def _decompressed(data: bytes, header: dict[str, str], expected: int, name: str) -> bytes:
    """The zlib stream to its verified end, never more than one byte beyond what is expected."""
    if "CompressedDataSize" in header and _integers(header, "CompressedDataSize", name)[0] != len(data):
        raise BadFile(f"{name} is cut short or has bytes added: its compressed size differs; copy it again.")
    check_ratio(expected, len(data), name)
    stream = zlib.decompressobj()
    try:
        voxels = stream.decompress(data, expected + 1)
    except zlib.error:
        raise BadFile(f"{name} is damaged: its compressed voxels do not fit their checksum; copy it again.") from None
    if not stream.eof and len(voxels) <= expected:
        raise BadFile(f"{name} is cut short: its compressed voxels have no end; copy it again.")
    if stream.unused_data:
        raise BadFile(f"{name} has bytes behind its compressed voxels; write it again.")
    return voxels
