"""The values of slices: unpacked, cut to the bits they use, padding set apart, and brought to their real scale."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import Dataset
from pydicom.tag import Tag

from backend.errors import BadFile
from backend.ingest.dicom.codecs import NATIVE
from backend.ingest.dicom.frames import frames, is_enhanced
from backend.ingest.dicom.packed_frames import Unpackable, unpacked
from backend.ingest.dicom.slices import Slice
from backend.ingest.dicom.stated import Unstated, is_empty, shown, text, whole
from backend.ingest.dicom.value_scale import ONLY_IN_SEQUENCES, PHILIPS_TAGS, Scale, scale_of
from backend.ingest.formats.dicom_encoding import encoded
from backend.ingest.formats.open_files import FileReader

Words = npt.NDArray[Any]
KEYWORDS = (
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "NumberOfFrames", "Rows", "Columns"),
    *("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit"),
    *("PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit", "LossyImageCompression", "Manufacturer"),
    *("RescaleSlope", "RescaleIntercept", "RescaleType", "ModalityLUTSequence", "RealWorldValueMappingSequence"),
    *ONLY_IN_SEQUENCES,
    *("PixelData", "FloatPixelData", "DoubleFloatPixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
)
TAGS: list[int] = [*PHILIPS_TAGS, *(int(Tag(keyword)) for keyword in KEYWORDS)]
AIR_HU = -1000
FLOATS = {"FloatPixelData": "f4", "DoubleFloatPixelData": "f8"}


@dataclass(frozen=True)
class Values:
    """A slice's real values (H, W); `padded` voxels are outside the image and count as `pad`; `lossy` by packing."""

    voxels: Words
    scale: Scale
    padded: int = 0
    lossy: bool = False
    pad: str = "0"


def _pad_value(kind: str, dtype: np.dtype[Any]) -> int:
    """What padded voxels count as: 0, and in a CT air, because 0 HU is water."""
    return AIR_HU if kind == "CT" and dtype.kind in "fi" and dtype.itemsize > 1 else 0


class PixelReader:
    """Reads the values of slices; the file read last is kept, as frames of one file follow each other."""

    def __init__(self, reader: FileReader) -> None:
        self._reader = reader
        self._path: Path | None = None
        self._tags: list[Dataset] = []
        self._file = Dataset()
        self._syntax = ""
        self._lossy = False

    @property
    def largest(self) -> int:
        """Bytes that one image may hold."""
        return self._reader.largest

    def values(self, each: Slice) -> Values:
        """The values of a slice. Raises BadFile, or Unstated about its scale."""
        self._open(each)
        file, tags, name, self._lossy = self._file, self._tags[each.frame or 0], each.path.name, False
        words = self._words(each.place.shape, each.frame or 0, name)
        scale = scale_of(tags)
        _check_range(words, scale)
        padded = None if is_empty(file, "PixelPaddingValue") else _padding(file, words)
        voxels = words if scale.is_identity else (words * np.float64(scale.slope) + scale.intercept).astype(np.float32)
        if voxels.dtype.kind == "f" and not np.isfinite(voxels).all():
            raise BadFile(f"{name} holds values that are not finite (NaN or infinite); export it again.")
        pad = _pad_value(each.facts.kind, voxels.dtype)
        if padded is not None:
            voxels = np.where(padded, voxels.dtype.type(pad), voxels)
        lossy = text(file, "LossyImageCompression").strip() == "01" or self._lossy
        said = f"{pad} HU (air)" if pad else "0"
        return Values(voxels, scale, 0 if padded is None else int(np.count_nonzero(padded)), lossy, said)

    def _open(self, each: Slice) -> None:
        if self._path == each.path:
            return
        content = self._reader.read(each.path)
        if self._reader.digests[str(each.path)] != each.digest:
            raise BadFile(f"{each.path.name} changed while it was read; import it again.")
        whole_file = encoded(content, each.path.name, self._reader.largest)  # looked at as a whole when first read
        try:
            self._file = pydicom.dcmread(io.BytesIO(whole_file.content), specific_tags=TAGS)
            self._tags = list(frames(self._file)) if is_enhanced(self._file) else [self._file]
        except Exception:  # what pydicom raises on damaged bytes has no common class
            raise BadFile(f"{each.path.name} has a header that cannot be read; export it again.") from None
        self._path, self._syntax = each.path, whole_file.syntax

    def _words(self, shape: tuple[int, int], frame: int, name: str) -> Words:
        """The stored values of a frame, signed as the header says."""
        file = self._file
        of_floats = next((keyword for keyword in FLOATS if keyword in file), None)
        if of_floats is None and "PixelData" not in file:
            raise BadFile(f"{name} holds no pixels; export it again.")
        if (whole(file, "Rows"), whole(file, "Columns")) != shape:
            raise BadFile(f"{name} does not hold the slice its header declares; export it again.")
        if of_floats:
            return _native(file, of_floats, FLOATS[of_floats], shape, frame, name)
        allocated = whole(file, "BitsAllocated") or 0
        if allocated not in (8, 16, 32):
            raise BadFile(
                f"{name} stores {allocated} bits a pixel (BitsAllocated), which is not read here; export it with 8, "
                "16 or 32."
            )
        if self._syntax in NATIVE:
            raw = _native(file, "PixelData", f"u{allocated // 8}", shape, frame, name, self._syntax)
        else:
            raw = self._unpacked(shape, frame, name)
        return _used_bits(raw, file, name)

    def _unpacked(self, shape: tuple[int, int], frame: int, name: str) -> Words:
        try:
            found = unpacked(self._file, self._syntax, frame, shape)
        except Unpackable as unpackable:
            raise BadFile(f"{name} {unpackable.phrase}; export it again.") from None
        self._lossy = found.lossy
        return found.values.view(f"u{found.values.dtype.itemsize}")


def _native(
    file: Dataset, keyword: str, kind: str, shape: tuple[int, int], frame: int, name: str, syntax: str = ""
) -> Words:
    order = ">" if syntax.endswith("1.2.2") else "<"
    dtype = np.dtype(order + kind)
    count = shape[0] * shape[1]
    content = file[keyword].value
    if (frame + 1) * count * dtype.itemsize > len(content):
        raise BadFile(f"{name} holds fewer pixels than its header declares; export it again.")
    return np.frombuffer(content, dtype, count, frame * count * dtype.itemsize).reshape(shape).astype(kind)


def _used_bits(raw: Words, file: Dataset, name: str) -> Words:
    """The values in the bits that are used. Raises BadFile where the others hold anything but the sign."""
    allocated, signed = raw.dtype.itemsize * 8, whole(file, "PixelRepresentation")
    stored = whole(file, "BitsStored") or 0
    highest = whole(file, "HighBit")
    highest = stored - 1 if highest is None else highest
    if signed not in (0, 1):
        raise BadFile(f"{name} does not say whether its values are signed (PixelRepresentation); export it again.")
    if not 1 <= stored <= highest + 1 <= allocated:
        raise BadFile(
            f"{name} states {stored} bits a pixel up to bit {highest} of {allocated}, which cannot be; export it again."
        )
    kind = f"{'i' if signed else 'u'}{raw.dtype.itemsize}"
    if stored == allocated or (not signed and highest == stored - 1 and int(raw.max()) < 1 << stored):
        return raw.view(kind)
    low = (raw.astype(np.int64) >> (highest + 1 - stored)) & ((1 << stored) - 1)
    above, negative = raw.astype(np.int64) >> (highest + 1), (low >> (stored - 1)) * signed
    extended = negative * ((1 << (allocated - highest - 1)) - 1)
    if not np.all((above == 0) | (above == extended)):
        raise BadFile(f"{name} holds values beyond the {stored} bits that it states (BitsStored); export it again.")
    return (low - (negative << stored)).astype(kind)


def _check_range(words: Words, scale: Scale) -> None:
    if scale.range and (words.min() < scale.range[0] or words.max() > scale.range[1]):
        raise Unstated(
            f"holds stored values outside the range that {shown('RealWorldValueMappingSequence')} maps "
            f"({scale.range[0]:g} to {scale.range[1]:g})"
        )


def _padding(file: Dataset, words: Words) -> npt.NDArray[np.bool_]:
    """Where the image was padded to a rectangle (PixelPaddingValue, with its limit)."""
    ends = []
    for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
        if not is_empty(file, keyword):
            raw = file[keyword].value
            value = int.from_bytes(raw, "little") if isinstance(raw, bytes) else whole(file, keyword)
            if value is None or (isinstance(raw, bytes) and len(raw) != words.dtype.itemsize):
                raise Unstated(f"has a {shown(keyword)} that is no number")
            bits = words.dtype.itemsize * 8
            ends.append(value - (1 << bits) if words.dtype.kind == "i" and value >= 1 << (bits - 1) else value)
    return np.asarray((words >= min(ends)) & (words <= max(ends)))
