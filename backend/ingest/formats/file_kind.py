"""What a file is, by its name for lists, and by its first bytes for files that came over the network."""

import struct
import zipfile
from pathlib import Path
from typing import Literal

Kind = Literal["table", "archive", "checkpoint", "image", "unknown"]

TABLES = (".csv", ".tsv", ".tab", ".xlsx", ".parquet", ".feather", ".arrow", ".npz", ".npy", ".h5", ".hdf5", ".h5ad")
IMAGES = (".nii", ".mha", ".mhd", ".nrrd", ".nhdr", ".dcm", ".ima")
CHECKPOINTS = (".pt", ".pth", ".ckpt", ".safetensors", ".bin", ".pkl")
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz")
PACKED = (".gz",)
TEXT_BYTES = 65_536
ZIP, GZIP, BZIP2, XZ = b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
EMPTY_ZIP = b"PK\x05\x06"
TAR_AT, TAR = 257, b"ustar"
DICOM_AT, DICOM = 128, b"DICM"
BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x93NUMPY", "table"),
    (b"PAR1", "table"),
    (b"ARROW1", "table"),
    (b"FEA1", "table"),
    (b"\x89HDF\r\n\x1a\n", "table"),
    (b"NRRD", "image"),
    (b"ObjectType", "image"),
    (b"\x5c\x01\x00\x00", "image"),  # NIfTI-1: its header has 348 bytes
    (b"\x00\x00\x01\x5c", "image"),
)
PICKLES = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))


def kind_by_name(name: str) -> Kind:
    """What a file most likely is, by its name alone; a file without a suffix may be a slice of DICOM, or anything."""
    small = name.lower()
    if small.endswith(ARCHIVES):
        return "archive"
    for packed in PACKED:
        small = small.removesuffix(packed)
    named: tuple[tuple[tuple[str, ...], Kind], ...] = (
        (IMAGES, "image"), (TABLES, "table"), (CHECKPOINTS, "checkpoint"),
    )  # fmt: skip
    return next((kind for suffixes, kind in named if small.endswith(suffixes)), "unknown")


def kind_of(path: Path) -> Kind:
    """What a file is by its content; opens no pickle. Of text and packed files the name decides, too."""
    with path.open("rb") as file:
        head = file.read(TEXT_BYTES)
    if head.startswith((ZIP, EMPTY_ZIP)):
        return _kind_of_zip(path)
    if head.startswith((GZIP, BZIP2, XZ)):
        return "archive" if path.name.lower().endswith(ARCHIVES) else kind_by_name(path.name)
    if head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        return "archive"
    if head[DICOM_AT : DICOM_AT + len(DICOM)] == DICOM:
        return "image"
    for beginning, kind in BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head.startswith(PICKLES) or _is_safetensors(head, path.stat().st_size):
        return "checkpoint"
    return "table" if _is_text(head) and kind_by_name(path.name) == "table" else "unknown"


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does; one that ends as a zip may be a tar file whose last member is one."""
    with path.open("rb") as file:
        return file.read(len(ZIP)) in (ZIP, EMPTY_ZIP)


def is_text(path: Path) -> bool:
    """Whether the beginning of a file is text in UTF-8 or Latin letters."""
    with path.open("rb") as file:
        return _is_text(file.read(TEXT_BYTES))


def _kind_of_zip(path: Path) -> Kind:
    """NumPy, Excel and PyTorch keep their own files in a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return "archive"  # unpacking it says what is wrong
    if names and all(name.endswith(".npy") for name in names):
        return "table"
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return "table"
    tops = {name.partition("/")[0] for name in names}
    if len(tops) == 1 and f"{next(iter(tops))}/data.pkl" in names:
        return "checkpoint"
    return "archive"


def _is_safetensors(head: bytes, size: int) -> bool:
    if len(head) < 9:
        return False
    (length,) = struct.unpack_from("<Q", head)
    return bool(1 < length < size and head[8:9] == b"{")


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and not any(byte < 9 or 13 < byte < 32 for byte in head)
