"""Sound and seeded damaged structure sets, one generator per kind.

`UNSEEN_RT` are the kinds of which nothing in an object tells: all that it says stays consistent.
"""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from benchmarks.bad_images import Rng
from benchmarks.bad_segmentations import Edit, set_tags, without
from benchmarks.drawn_objects import Phantom, contour


def _contours(ds: Dataset) -> list[Dataset]:
    return list(ds.ROIContourSequence[0].ContourSequence)


def _one_contour(change: Callable[[np.ndarray, Phantom, Rng], np.ndarray], at: int = 2) -> Edit:
    """The points of one contour changed, the stated number with them."""

    def edit(ds: Dataset, one: Phantom, rng: Rng) -> None:
        item = _contours(ds)[at]
        points = np.array([float(mm) for mm in item.ContourData]).reshape(-1, 3)
        made = change(points, one, rng)
        item.ContourData, item.NumberOfContourPoints = [f"{mm:.5f}" for mm in made.ravel()], len(made)

    return edit


def _along(slices: float) -> Callable[[np.ndarray, Phantom, Rng], np.ndarray]:
    def change(points: np.ndarray, one: Phantom, _rng: Rng) -> np.ndarray:
        return np.asarray(points + np.array(one.truth.direction).reshape(3, 3)[:, 2] * slices * one.truth.spacing[2])

    return change


def _all_higher(ds: Dataset, one: Phantom, rng: Rng) -> None:
    for at in range(len(_contours(ds))):
        _one_contour(_along(1.0), at)(ds, one, rng)


def _tiny(points: np.ndarray, _one: Phantom, _rng: Rng) -> np.ndarray:
    """Around a corner of pixels, as far from every centre as can be."""
    return np.asarray(points[0] + (points - points.mean(axis=0)) * 1e-3)


def _contour_tags(**tags: object) -> Edit:
    def edit(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
        for name, value in tags.items():
            setattr(_contours(ds)[2], name, value)

    return edit


def _contour_left_out(at: int) -> Edit:
    def edit(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
        del ds.ROIContourSequence[0].ContourSequence[at]

    return edit


def _contour_added(flat: list[tuple[float, float]]) -> Edit:
    def edit(ds: Dataset, one: Phantom, _rng: Rng) -> None:
        instance = _contours(ds)[0].ContourImageSequence[0].ReferencedSOPInstanceUID
        ds.ROIContourSequence[0].ContourSequence.append(contour(one.points(np.array(flat), 2), instance))

    return edit


def _contour_twice(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    ds.ROIContourSequence[0].ContourSequence.append(deepcopy(_contours(ds)[1]))


def _items_twice(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    ds.ROIContourSequence.append(deepcopy(ds.ROIContourSequence[1]))
    ds.ROIContourSequence[-1].ReferencedROINumber = 1


def _references_swapped(ds: Dataset, _one: Phantom, _rng: Rng) -> None:
    first, second = ds.ROIContourSequence[:2]
    first.ReferencedROINumber, second.ReferencedROINumber = 2, 1


def _shuffled_points(points: np.ndarray, _one: Phantom, rng: Rng) -> np.ndarray:
    return np.asarray(points[rng.permutation(len(points))])


GOOD_RT: dict[str, Edit] = {
    "as written": lambda _ds, _one, _rng: None,
    "contours in another order": lambda ds, _one, _rng: setattr(
        ds.ROIContourSequence[0], "ContourSequence", Sequence(_contours(ds)[::-1])
    ),
    "contours the other way round": _one_contour(lambda points, _one, _rng: points[::-1]),
    "contours closed twice": _one_contour(lambda points, _one, _rng: np.concatenate([points, points[:1]])),
}
BAD_RT: dict[str, Edit] = {
    "another frame of reference": lambda ds, _one, _rng: setattr(
        ds.StructureSetROISequence[0], "ReferencedFrameOfReferenceUID", "1.2.3"
    ),
    "no frame of reference": lambda ds, _one, _rng: delattr(
        ds.StructureSetROISequence[0], "ReferencedFrameOfReferenceUID"
    ),
    "no contours": lambda ds, _one, _rng: setattr(ds.ROIContourSequence[0], "ContourSequence", Sequence()),
    "an empty contour": _contour_tags(ContourData=None, NumberOfContourPoints=0),
    "a contour around no voxel": _one_contour(_tiny),
    "a contour on a line": _one_contour(lambda points, _one, _rng: points[:1] + np.outer(np.arange(5), (0.1, 0, 0))),
    "an open contour": _contour_tags(ContourGeometricType="OPEN_PLANAR"),
    "a point": _contour_tags(ContourGeometricType="POINT"),
    "no type of contour": _contour_tags(ContourGeometricType=None),
    "fewer points than stated": _contour_tags(NumberOfContourPoints=99999),
    "a coordinate missing": lambda ds, _one, _rng: setattr(
        _contours(ds)[2], "ContourData", list(_contours(ds)[2].ContourData)[:-1]
    ),
    "a contour between slices": _one_contour(_along(0.5)),
    "a contour one slice higher": _one_contour(_along(1.0), at=4),
    "all contours one slice higher": _all_higher,
    "a contour left out": _contour_left_out(2),
    "a contour twice": _contour_twice,
    "contours that cross": _contour_added([(-0.4, 5), (20, 5), (20, 9), (-0.4, 9)]),
    "a contour beyond the image": _contour_added([(-9, 5), (4, 5), (4, 9), (-9, 9)]),
    "a contour that crosses itself": _one_contour(_shuffled_points),
    "a region in two items": _items_twice,
    "a region that nothing names": lambda ds, _one, _rng: setattr(ds.ROIContourSequence[1], "ReferencedROINumber", 77),
    "a number of a region twice": lambda ds, _one, _rng: setattr(ds.StructureSetROISequence[1], "ROINumber", 1),
    "contours to be shifted": _contour_tags(ContourOffsetVector=[1.0, 0.0, 0.0]),
    "another kind of object": set_tags(SOPClassUID="1.2.840.10008.5.1.4.1.1.99"),
    "no regions": without("StructureSetROISequence"),
}
UNSEEN_RT: dict[str, Edit] = {
    "the last contour left out": _contour_left_out(-1),
    "regions of contours swapped": _references_swapped,
    "a coordinate off by a millimetre": _one_contour(
        lambda points, _one, _rng: points + np.outer(np.arange(len(points)) == 7, (1.0, 0, 0))
    ),
}
