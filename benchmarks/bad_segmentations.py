"""Sound and seeded damaged segmentations, one generator per kind.

`UNSEEN_SEG` are the kinds of which nothing in an object tells: all that it says stays consistent.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from benchmarks.bad_images import Rng
from benchmarks.drawn_objects import Phantom

Edit = Callable[[Dataset, Phantom, Rng], None]
GROUPS, SHARED = "PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"


def _groups(ds: Dataset) -> list[Any]:
    """The functional groups of each frame."""
    return list(getattr(ds, GROUPS))


def _shared(ds: Dataset) -> Any:
    """The functional groups that all frames share."""
    return getattr(ds, SHARED)[0]


def set_tags(**tags: object) -> Edit:
    """Tags of the object itself."""

    def edit(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
        for name, value in tags.items():
            setattr(ds, name, value)

    return edit


def without(*names: str) -> Edit:
    """Tags of the object itself taken out."""

    def edit(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
        for name in names:
            delattr(ds, name)

    return edit


def _no_group(name: str) -> Edit:
    def edit(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
        for group in (_shared(ds), *_groups(ds)):
            if name in group:
                delattr(group, name)

    return edit


def _frames(ds: Dataset) -> np.ndarray:
    count = int(ds.NumberOfFrames)
    return np.unpackbits(np.frombuffer(ds.PixelData, np.uint8), bitorder="little")[
        : count * ds.Rows * ds.Columns
    ].reshape(count, -1)


def _put(ds: Dataset, frames: np.ndarray) -> None:
    content = np.packbits(frames.ravel(), bitorder="little").tobytes()
    ds.PixelData = content + b"\0" * (len(content) % 2)
    ds.NumberOfFrames = len(frames)


def _order(groups: bool, pixels: bool) -> Edit:
    """Frames in another order: their groups, their pixels, or both (which changes nothing)."""

    def edit(ds: Dataset, _one: Phantom, rng: Rng) -> None:
        order = np.roll(rng.permutation(int(ds.NumberOfFrames)), 1)
        if (order == np.arange(len(order))).all():
            order = order[::-1]
        if groups:
            ds.PerFrameFunctionalGroupsSequence = Sequence([_groups(ds)[int(at)] for at in order])
        if pixels:
            _put(ds, _frames(ds)[order])

    return edit


def _drop(at: int) -> Edit:
    """A frame left out, its group and its pixels alike."""

    def edit(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
        kept = [n for n in range(int(ds.NumberOfFrames)) if n != at % int(ds.NumberOfFrames)]
        frames = _frames(ds)[kept]
        ds.PerFrameFunctionalGroupsSequence = Sequence([_groups(ds)[n] for n in kept])
        _put(ds, frames)

    return edit


def _moved(at: int, slices: float = 0.0, columns: float = 0.0) -> Edit:
    def edit(ds: Dataset, one: Phantom, _rng: Rng) -> None:
        axes = np.array(one.truth.direction).reshape(3, 3)
        place = _groups(ds)[at].PlanePositionSequence[0]
        step = axes[:, 2] * slices * one.truth.spacing[2] + axes[:, 0] * columns * one.truth.spacing[0]
        where = np.array([float(mm) for mm in place.ImagePositionPatient]) + step
        place.ImagePositionPatient = [f"{mm:.5f}" for mm in where]

    return edit


def _positions_shuffled(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    places = [deepcopy(group.PlanePositionSequence) for group in _groups(ds)]
    for group, place in zip(_groups(ds), [*places[1:], places[0]], strict=True):
        group.PlanePositionSequence = place


def _segments_swapped(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    for group in _groups(ds)[:2]:
        item = group.SegmentIdentificationSequence[0]
        item.ReferencedSegmentNumber = 3 - item.ReferencedSegmentNumber


def _one_segment(number: int) -> Edit:
    def edit(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
        _groups(ds)[1].SegmentIdentificationSequence[0].ReferencedSegmentNumber = number

    return edit


def _numbered_twice(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    ds.SegmentSequence[1].SegmentNumber = ds.SegmentSequence[0].SegmentNumber


def _labels_swapped(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    first, second = ds.SegmentSequence[:2]
    first.SegmentLabel, second.SegmentLabel = second.SegmentLabel, first.SegmentLabel


def _fractions(ds: Dataset, _one: Phantom, rng: Rng) -> None:
    values = np.frombuffer(ds.PixelData, np.uint8).copy()
    values[values > 0] = rng.integers(1, 255, np.count_nonzero(values))
    ds.PixelData = values.tobytes()


def _cut_pixels(ds: Dataset, _one: Phantom, rng: Rng) -> None:
    ds.PixelData = ds.PixelData[: int(rng.integers(2, len(ds.PixelData) - 2)) // 2 * 2]


def _pixel_size(factor: float) -> Edit:
    def edit(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
        measures = _shared(ds).PixelMeasuresSequence[0]
        measures.PixelSpacing = [float(mm) * factor for mm in measures.PixelSpacing]

    return edit


def _turned_plane(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    _shared(ds).PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 0, -1]


def _sizes_swapped(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    ds.Rows, ds.Columns = ds.Columns, ds.Rows


def _bit(ds: Dataset, _one: Phantom, rng: Rng) -> None:
    content = bytearray(ds.PixelData)
    content[int(rng.integers(len(content) - 4))] ^= 1 << int(rng.integers(8))
    ds.PixelData = bytes(content)


GOOD_SEG: dict[str, Edit] = {
    "as written": lambda _ds, _one, _rng: None,
    "frames in another order": _order(groups=True, pixels=True),
    "indices absent": without("DimensionIndexSequence"),
    "sources absent": _no_group("DerivationImageSequence"),
}
BAD_SEG: dict[str, Edit] = {
    "another frame of reference": set_tags(FrameOfReferenceUID="1.2.3"),
    "no frame of reference": without("FrameOfReferenceUID"),
    "no places of frames": _no_group("PlanePositionSequence"),
    "no orientation": _no_group("PlaneOrientationSequence"),
    "no pixel size": _no_group("PixelMeasuresSequence"),
    "no groups of frames": without(GROUPS),
    "no segments of frames": _no_group("SegmentIdentificationSequence"),
    "no segments": without("SegmentSequence"),
    "places shuffled": _positions_shuffled,
    "segments of frames swapped": _segments_swapped,
    "a frame of another segment": _one_segment(2),
    "a frame of no segment": _one_segment(9),
    "a segment number twice": _numbered_twice,
    "a frame missing": _drop(2),
    "a frame between two slices": _moved(2, slices=0.4),
    "a frame two slices higher": _moved(4, slices=2),
    "the last frame one slice higher": _moved(4, slices=1),
    "a frame on another": _moved(2, slices=1),
    "a frame sideways": _moved(3, columns=2),
    "a frame sideways by half a pixel": _moved(3, columns=0.5),
    "more frames stated": lambda ds, _one, _rng: setattr(ds, "NumberOfFrames", int(ds.NumberOfFrames) + 1),
    "fewer frames stated": lambda ds, _one, _rng: setattr(ds, "NumberOfFrames", int(ds.NumberOfFrames) - 1),
    "pixels cut": _cut_pixels,
    "no pixels": without("PixelData"),
    "pixels twice the size": _pixel_size(2.0),
    "pixels a hundredth larger": _pixel_size(1.01),
    "turned by a right angle": _turned_plane,
    "rows and columns swapped": _sizes_swapped,
    "another kind of object": set_tags(SOPClassUID="1.2.840.10008.5.1.4.1.1.66.5"),
    "unknown kind of object": set_tags(SOPClassUID="1.2.840.10008.5.1.4.1.1.99"),
    "no kind of segmentation": without("SegmentationType"),
    "eight bits stated": set_tags(BitsAllocated=8, BitsStored=8, HighBit=7),
    "packed with loss": set_tags(LossyImageCompression="01"),
}
UNSEEN_SEG: dict[str, Edit] = {
    "groups in another order than pixels": _order(groups=True, pixels=False),
    "pixels in another order than groups": _order(groups=False, pixels=True),
    "the last frame missing": _drop(-1),
    "labels of two segments swapped": _labels_swapped,
    "a flipped bit": _bit,
}
FRACTIONS: Edit = _fractions
