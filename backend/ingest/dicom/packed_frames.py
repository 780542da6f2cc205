"""Unpacks one frame of an object, after a look at what its stream says of itself; a refusal is a phrase."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.utils import pixel_array

from backend.ingest.dicom.codecs import NEAR_LOSSLESS, READ, RLE, plugin
from backend.ingest.dicom.frames import frame_count
from backend.ingest.dicom.jpeg_scan import ends_with_its_pixels
from backend.ingest.dicom.rle_frame import rle_problem
from backend.ingest.dicom.stated import whole
from backend.ingest.dicom.streams import FRAMES, LOSSLESS_FRAME, stream_of


class Unpackable(Exception):
    """A frame that cannot be unpacked; the phrase continues a file's name."""

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase


@dataclass(frozen=True)
class Unpacked:
    """The stored values of a frame, and whether packing changed them."""

    values: npt.NDArray[Any]
    lossy: bool


def unpacked(tags: Dataset, syntax: str, frame: int, shape: tuple[int, int]) -> Unpacked:
    """The frame, its size and sign those of the header. Raises Unpackable."""
    codec = READ[syntax]
    damaged = Unpackable(f"holds {codec} data that cannot be unpacked")
    try:
        packed = get_frame(tags.PixelData, frame, number_of_frames=frame_count(tags))
    except Exception:  # what pydicom raises on damaged bytes has no common class
        raise damaged from None
    lossy = _lossy_rle(packed, tags, shape) if syntax == RLE else _lossy_stream(packed, tags, codec, shape)
    try:
        array = pixel_array(tags, index=frame, raw=True, decoding_plugin=plugin(syntax))
    except Exception:  # what decoders raise on damaged bytes has no common class
        raise damaged from None
    if array.shape != shape:
        raise damaged
    return Unpacked(np.asarray(array), lossy or syntax == NEAR_LOSSLESS)


def _lossy_rle(packed: bytes, tags: Dataset, shape: tuple[int, int]) -> bool:
    """Never, where it is sound."""
    problem = rle_problem(packed, shape[0] * shape[1], (whole(tags, "BitsAllocated") or 0) // 8)
    if problem:
        raise Unpackable(f"holds RLE data {problem}")
    return False


def _lossy_stream(packed: bytes, tags: Dataset, codec: str, shape: tuple[int, int]) -> bool:
    """Whether the stream says that it was packed with loss."""
    signed = whole(tags, "PixelRepresentation") == 1
    stream = stream_of(packed)
    if stream is None:
        raise Unpackable(f"holds {codec} data that cannot be unpacked")
    if not codec.startswith(stream.codec):
        raise Unpackable(f"says that it holds {codec} data and holds {stream.codec}")
    if stream.shape != shape:
        raise Unpackable(f"holds {codec} data of another size than its header declares")
    if stream.signed not in (None, signed):
        raise Unpackable(f"says of the sign of its values one thing in its header, another in its {codec} data")
    if not stream.ended:
        raise Unpackable(f"holds {codec} data without their end mark")
    if stream.codec == FRAMES[LOSSLESS_FRAME] and not ends_with_its_pixels(packed):
        raise Unpackable(f"holds {codec} data that do not end with its last pixel")
    return stream.lossy
