"""Series packed by every codec that DICOM has, sound ones and seeded damage of the packed stream of one slice."""

from collections.abc import Callable
from pathlib import Path

import gdcm  # type: ignore[import-untyped]  # has no types
import numpy as np
import pydicom
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, RLELossless

from benchmarks.bad_images import Rng

JPEG_END = b"\xff\xd9"
Stream = Callable[[bytes, Rng], bytes]


def _by_gdcm(syntax: int) -> Callable[[Path], None]:
    def pack(path: Path) -> None:
        reader = gdcm.ImageReader()
        reader.SetFileName(str(path))
        if not reader.Read():
            raise RuntimeError(f"GDCM cannot read {path.name}")
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
        change.SetInput(reader.GetImage())
        if not change.Change():
            raise RuntimeError(f"GDCM cannot pack {path.name}")
        writer = gdcm.ImageWriter()
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.SetFileName(str(path))
        writer.Write()

    return pack


def _rle(path: Path) -> None:
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(path)


def _deflated(path: Path) -> None:
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path, implicit_vr=False, little_endian=True)


PACKINGS: dict[str, Callable[[Path], None]] = {
    "JPEG lossless": _by_gdcm(gdcm.TransferSyntax.JPEGLosslessProcess14_1),
    "JPEG-LS": _by_gdcm(gdcm.TransferSyntax.JPEGLSLossless),
    "JPEG 2000": _by_gdcm(gdcm.TransferSyntax.JPEG2000Lossless),
    "RLE": _rle,
    "deflated": _deflated,
}
KNOWN = "1.2.840.10008.1.2.4.201"
NAMED = {
    "JPEG baseline": ("1.2.840.10008.1.2.4.50", "JPEG baseline"),
    "JPEG extended": ("1.2.840.10008.1.2.4.51", "JPEG extended"),
    "JPEG XL lossless": ("1.2.840.10008.1.2.4.110", "JPEG XL"),
    "JPEG XL recompression": ("1.2.840.10008.1.2.4.111", "JPEG XL"),
    "JPEG XL": ("1.2.840.10008.1.2.4.112", "JPEG XL"),
    "HTJ2K lossless": ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000"),
    "HTJ2K lossless, by resolution": ("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000"),
    "HTJ2K": ("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"),
    "MPEG-4": ("1.2.840.10008.1.2.4.102", "MPEG video"),
    "a private codec": ("1.2.840.113619.5.2", "a codec that is not known here"),
}
"""Codecs that are not read: the syntax, and the words that a refusal must have."""


def _cut(end: bytes) -> Stream:
    def damage(packed: bytes, rng: Rng) -> bytes:
        kept = packed[: int(rng.integers(len(packed) // 3, len(packed) - 8)) // 2 * 2]
        return kept + end

    return damage


def _flip(packed: bytes, rng: Rng) -> bytes:
    made = bytearray(packed)
    made[int(rng.integers(len(made) // 2, len(made) - 4))] ^= 1 << int(rng.integers(8))
    return bytes(made)


def _zeroed(packed: bytes, rng: Rng) -> bytes:
    kept = int(rng.integers(len(packed) // 3, len(packed) - 40)) // 2 * 2
    return packed[:kept] + bytes(len(packed) - kept)


DAMAGES: dict[str, Stream] = {
    "cut": _cut(b""),
    "cut, end mark set again": _cut(JPEG_END),
    "the rest zeroed": _zeroed,
    "random bytes": lambda packed, rng: rng.bytes(len(packed)),
    "bytes behind the end": lambda packed, rng: packed + rng.bytes(16) + b"\1\1",
    "no bytes": lambda _packed, _rng: b"\0\0",
}
BIT: Stream = _flip
"""What a stream without a checksum cannot show wherever it stands."""


def write_stream(path: Path, change: Stream, rng: Rng) -> None:
    """Change the packed stream of one slice; of a deflated file, its elements."""
    dataset = pydicom.dcmread(path)
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        content = path.read_bytes()
        start = 144 + int.from_bytes(content[140:144], "little")  # behind group 2
        path.write_bytes(content[:start] + change(content[start:], rng))
        return
    made = change(get_frame(dataset.PixelData, 0, number_of_frames=1), rng)
    dataset.PixelData = encapsulate([made + b"\0" * (len(made) % 2)])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)


def rename_codec(path: Path, syntax: str) -> None:
    """A file that states another codec and holds a stream that nothing here knows."""
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([b"\xff\x0a" + np.arange(40, dtype=np.uint8).tobytes()])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    known = KNOWN if len(syntax) == len(KNOWN) else syntax  # pydicom writes no syntax of JPEG XL
    dataset.file_meta.TransferSyntaxUID = UID(known)
    pydicom.dcmwrite(path, dataset, implicit_vr=False, little_endian=True)
    path.write_bytes(path.read_bytes().replace(known.encode(), syntax.encode(), 1))
