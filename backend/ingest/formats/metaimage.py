"""MetaImage (.mha, or .mhd with a data file beside it): header lines, then voxels, raw or zlib-compressed.

A header may name any file of the server as its voxels (`ElementDataFile = /etc/passwd`), so only LOCAL
or a plain name in the same folder is taken.
Source: the MetaIO documentation of ITK.
"""

import re
import zlib
from math import isfinite, prod
from pathlib import Path

import numpy as np

from backend.errors import BadFile
from backend.ingest.formats.gzip_stream import check_ratio
from backend.ingest.formats.open_files import CheckedFile, FileReader
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
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


def checked_metaimage(path: Path, reader: FileReader) -> CheckedFile:
    """The image as one .mha where header and voxels agree. Raises BadFile."""
    content, name, largest = reader.read(path), path.name, reader.largest
    header, start = metaimage_header(content, name)
    shape = _integers(header, "DimSize", name)
    kind = TYPES.get(header.get("ElementType", ""))
    if header.get("NDims") != "3" or len(shape) != 3 or min(shape) < 1:
        raise BadFile(f"{name} is not one 3-D volume (NDims {header.get('NDims')}, DimSize {header.get('DimSize')}).")
    if kind is None or header.get("ElementNumberOfChannels", "1") != "1":
        raise BadFile(f"{name} holds voxels of type {header.get('ElementType')}, which is no single plain number.")
    if header.get("BinaryData", "True") != "True" or header.get("HeaderSize", "0") != "0":
        raise BadFile(f"{name} stores its voxels as text or after a gap; write it again as a plain .mha.")
    _check_placement(header, name)
    msb = header.get("BinaryDataByteOrderMSB", header.get("ElementByteOrderMSB", "False")) == "True"
    dtype = np.dtype((">" if msb else "<") + kind)
    expected = prod(shape) * dtype.itemsize
    if expected > largest:
        raise BadFile(f"{name} declares {expected / 1e6:.0f} MB of voxels, more than one image may hold here.")
    data = content[start:]
    if header["ElementDataFile"] != "LOCAL":
        beside = reader.beside(path, header["ElementDataFile"])
        if data.strip():
            raise BadFile(f"{name} has bytes behind its header though it names a data file; write it again.")
        data = beside
    packed = header.get("CompressedData", "False") == "True"
    if packed:
        data = _decompressed(data, header, expected, name)
    if len(data) != expected:
        raise BadFile(
            f"{name} does not hold the voxels it declares: {expected} bytes are promised, {len(data)} are there; "
            "copy it again."
        )
    if dtype.kind == "f" and not np.isfinite(np.frombuffer(data, dtype)).all():
        raise BadFile(f"{name} holds voxels that are not finite (NaN or infinite); repair it before import.")
    return CheckedFile(_as_mha(header, data), ".mha", packed)


def _as_mha(header: dict[str, str], data: bytes) -> bytes:
    """The same image in one uncompressed file, without what ITK carried over from other formats."""
    fields = {key: value for key, value in header.items() if key.isidentifier() and key != "CompressedDataSize"}
    fields |= {"CompressedData": "False", "ElementDataFile": "LOCAL"}
    fields["ElementDataFile"] = fields.pop("ElementDataFile")  # the last line of a header
    return "".join(f"{key} = {value}\n" for key, value in fields.items()).encode("latin-1") + data


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
    raise BadFile(f"{name} is not a MetaImage file, or its header is damaged.")


def _check_placement(header: dict[str, str], name: str) -> None:
    spacing = _numbers(header, "ElementSpacing", 3, name) or _numbers(header, "ElementSize", 3, name)
    if not spacing or min(spacing) <= 0:
        raise BadFile(f"{name} declares no usable voxel spacing; correct its header.")
    for key in ("Offset", "Position", "Origin"):
        _numbers(header, key, 3, name)
    for key in ("TransformMatrix", "Rotation", "Orientation"):
        axes = _numbers(header, key, 9, name)
        if axes and abs(np.linalg.det(np.array(axes).reshape(3, 3))) < 1e-6:
            raise BadFile(f"{name} has an impossible orientation; correct its header.")


def _numbers(header: dict[str, str], key: str, count: int, name: str) -> list[float]:
    if key not in header:
        return []
    try:
        numbers = [float(word) for word in header[key].split()]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(isfinite(number) for number in numbers):
        raise BadFile(f"{name} has no {count} finite numbers in {key}; its header is damaged.")
    return numbers


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
