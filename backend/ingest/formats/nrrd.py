"""NRRD, attached (.nrrd) or with a data file beside it (.nhdr): a text header, an empty line, then voxels.

Raw and gzip voxels are read. A 1 KB file may declare gigabytes and a header may name any file of the server, so sizes
are compared with the bytes there and only a plain name in the same folder is taken. Source: the NRRD format definition.
"""

import re
from math import isfinite, prod
from pathlib import Path

import numpy as np

from backend.errors import BadFile
from backend.ingest.formats.gzip_stream import GzipStream
from backend.ingest.formats.open_files import CheckedFile, FileReader
from backend.ingest.limits import MAX_HEADER_BYTES

MAGIC = re.compile(r"NRRD000[1-5]")
FIELD = re.compile(r"(?P<key>[A-Za-z][A-Za-z -]*?): ?(?P<value>.*)")
TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "f4": ("float",),
    "f8": ("double",),
}
NAMES = {name: kind for kind, names in TYPES.items() for name in names}
SPACES = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}
PLAIN_KINDS = {"domain", "space"}


def checked_nrrd(path: Path, reader: FileReader) -> CheckedFile:
    """The image as one raw attached NRRD in LPS where header and voxels agree. Raises BadFile."""
    content, name = reader.read(path), path.name
    header, start = nrrd_header(content, name)
    shape, dtype = _shape(header, name), _dtype(header, name)
    expected = prod(shape) * dtype.itemsize
    if expected > reader.largest:
        raise BadFile(f"{name} declares {expected / 1e6:.0f} MB of voxels, more than one image may hold here.")
    data = content[start:]
    if "datafile" in header:
        beside = reader.beside(path, header["datafile"])
        if data.strip():
            raise BadFile(f"{name} has bytes behind its header though it names a data file; write it again.")
        data = beside
    encoding = header.get("encoding", "").lower()
    if encoding not in ("raw", "gzip", "gz"):
        raise BadFile(f"{name} stores its voxels as {encoding or 'nothing known'}; write it as raw or gzip.")
    if encoding != "raw":
        data = bytes(GzipStream(data, name).whole(expected))
    if len(data) != expected:
        there = "more" if len(data) > expected else str(len(data))
        raise BadFile(
            f"{name} does not hold the voxels it declares: {expected} bytes are promised, {there} are there; copy it "
            "again."
        )
    if dtype.kind == "f" and not np.isfinite(np.frombuffer(data, dtype)).all():
        raise BadFile(f"{name} holds voxels that are not finite (NaN or infinite); repair it before import.")
    return CheckedFile(_placed(header, shape, dtype, name) + data, ".nrrd", encoding != "raw")


def nrrd_header(content: bytes, name: str) -> tuple[dict[str, str], int]:
    """Header fields (keys without spaces, small) and the byte where the voxels begin. Raises BadFile."""
    head = re.match(rb"[^\0]*?\n\r?\n", content[:MAX_HEADER_BYTES])
    text = head[0].decode("latin-1") if head else content[:MAX_HEADER_BYTES].decode("latin-1")
    lines = text.splitlines()
    if not lines or not MAGIC.fullmatch(lines[0]):
        raise BadFile(f"{name} is not an NRRD file, or its header is damaged.")
    header: dict[str, str] = {}
    for line in lines[1:]:
        match = FIELD.fullmatch(line)
        if not line or line.startswith("#") or re.match(r"[^:]+:=", line):
            continue  # comments and key/value pairs of other programs
        key = match["key"].lower().replace(" ", "") if match else ""
        if not match or key in header:
            raise BadFile(f"{name} has a damaged header line; write it again.")
        header[key] = match["value"].strip()
    if head is None and "datafile" not in header:
        raise BadFile(f"{name} is cut short inside its header; copy it again.")
    for skip in ("lineskip", "byteskip"):
        if header.get(skip, "0") != "0":
            raise BadFile(f"{name} has a gap before its voxels ({skip}); write it again without.")
    return header, len(head[0]) if head else len(content)


def _shape(header: dict[str, str], name: str) -> list[int]:
    words = header.get("sizes", "").split()
    whole = all(word.isascii() and word.isdigit() and 0 < len(word) < 10 for word in words)
    kinds = set(header.get("kinds", "domain domain domain").lower().split())
    if header.get("dimension") != "3" or len(words) != 3 or not whole or not kinds <= PLAIN_KINDS or "0" in words:
        raise BadFile(
            f"{name} is not one 3-D volume (dimension {header.get('dimension')}, sizes {' '.join(words[:5])})."
        )
    return [int(word) for word in words]


def _dtype(header: dict[str, str], name: str) -> np.dtype[np.generic]:
    kind = NAMES.get(header.get("type", "").lower())
    if kind is None:
        raise BadFile(f"{name} holds voxels of type {header.get('type', 'unknown')[:30]}, which is no plain number.")
    endian = header.get("endian", "little" if kind[1] == "1" else "").lower()
    if endian not in ("little", "big"):
        raise BadFile(f"{name} does not say the byte order of its voxels; write it again.")
    return np.dtype(("<" if endian == "little" else ">") + kind)


def _placed(header: dict[str, str], shape: list[int], dtype: np.dtype[np.generic], name: str) -> bytes:
    """A plain header for the same volume, every axis in LPS mm."""
    space = header.get("space", "").lower()
    if space not in SPACES or header.get("spacedimension", "3") != "3":
        raise BadFile(
            f"{name} does not say where it lies (space {space[:40] or 'not given'}); write it with LPS or RAS."
        )
    units = set(re.findall(r'"([^"]*)"', header.get("spaceunits", ""))) - {"mm", "millimeter", ""}
    if units:
        raise BadFile(f"{name} measures space in {', '.join(sorted(units))[:40]}, expected mm.")
    flip = np.array(SPACES[space])
    axes = _vectors(header.get("spacedirections", ""), 3, "space directions", name) * flip
    origin = _vectors(header.get("spaceorigin", ""), 1, "space origin", name) * flip
    if abs(np.linalg.det(axes)) < 1e-9:
        raise BadFile(f"{name} has an impossible orientation; correct its header.")
    fields = {
        "type": next(names[0] for kind, names in TYPES.items() if kind == dtype.str[1:]),
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": " ".join(map(str, shape)),
        "space directions": " ".join(_written(axis) for axis in axes),
        "kinds": "domain domain domain",
        "endian": "big" if dtype.str[0] == ">" else "little",
        "encoding": "raw",
        "space origin": _written(origin[0]),
    }
    return ("NRRD0004\n" + "".join(f"{key}: {value}\n" for key, value in fields.items()) + "\n").encode()


def _vectors(text: str, count: int, what: str, name: str) -> np.ndarray:
    found = re.findall(r"\(([^()]*)\)", text)
    try:
        numbers = [[float(word) for word in vector.split(",")] for vector in found]
    except ValueError:
        numbers = []
    if len(numbers) != count or any(len(vector) != 3 or not all(map(isfinite, vector)) for vector in numbers):
        raise BadFile(f"{name} has no {count} x 3 finite numbers in its {what}; correct its header.")
    return np.array(numbers, dtype=np.float64)


def _written(vector: np.ndarray) -> str:
    return "(" + ",".join(repr(float(mm)) for mm in vector) + ")"
