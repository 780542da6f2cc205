"""Fills closed contours on a slice by the even-odd rule: a pixel is inside where its centre is."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]
TOUCH = 1e-6  # of an edge
PARALLEL = 0.01  # radians; the two ways along a channel differ by the rounding of their points


def filled(points: Points, shape: tuple[int, int]) -> Mask:
    """The pixels (H, W) whose centres lie inside a polygon of (x, y) in pixels; it closes itself.

    A channel that a contour runs twice (a keyhole) encloses nothing, so its hole stays open.
    """
    mask = np.zeros(shape, np.bool_)
    x0, y0 = points.T
    x1, y1 = np.roll(points, -1, axis=0).T
    first, last = max(int(np.ceil(y0.min())), 0), min(int(np.floor(y0.max())), shape[0] - 1)
    columns = np.arange(shape[1])
    for y in range(first, last + 1):
        crossing = (y0 <= y) != (y1 <= y)
        a, b = y0[crossing], y1[crossing]
        x = np.sort(x0[crossing] + (y - a) / (b - a) * (x1[crossing] - x0[crossing]))
        mask[y] = np.searchsorted(x, columns, side="right") % 2 == 1
    return mask


def combined(drawn: Sequence[Mask]) -> Mask | str:
    """All contours of a slice by exclusive or, so that one inside another is a hole; a phrase where they cross."""
    whole = np.zeros(drawn[0].shape, np.bool_)
    for at, one in enumerate(drawn):
        for other in drawn[:at]:
            both = one & other
            if not both.any():
                continue
            if np.array_equal(one, other):
                return "has a contour twice"
            if not (np.array_equal(both, one) or np.array_equal(both, other)):
                return "has contours that cross each other"
        whole ^= one
    return whole


def crosses_itself(points: Points) -> bool:
    """Whether two edges of a closed contour cross between their ends; edges that only touch do not."""
    start, step = points, np.roll(points, -1, axis=0) - points
    for at in range(len(points) - 2):
        others, along = start[at + 2 :], step[at + 2 :]
        aside = step[at, 0] * along[:, 1] - step[at, 1] * along[:, 0]
        to = others - start[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            here = (to[:, 0] * along[:, 1] - to[:, 1] * along[:, 0]) / aside
            there = (to[:, 0] * step[at, 1] - to[:, 1] * step[at, 0]) / aside
        inside = (here > TOUCH) & (here < 1 - TOUCH) & (there > TOUCH) & (there < 1 - TOUCH)
        slanted = np.abs(aside) > PARALLEL * np.linalg.norm(step[at]) * np.linalg.norm(along, axis=1)
        if (inside & slanted).any():
            return True
    return False
