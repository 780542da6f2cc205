"""Whether a contour crosses itself: from any of its points on, in either direction."""

import numpy as np
import pytest

from backend.ingest.dicom.rtstruct_fill import crosses_itself

CONTOURS = {
    "notch whose edges point at the other side": (
        [(0, 0), (10, 0), (10, 10), (6, 10), (5, 4), (4, 10), (0, 10)],
        False,
    ),
    "square with a tooth": ([(0, 0), (10, 0), (10, 10), (6, 10), (5, 14), (4, 10), (0, 10)], False),
    "notch that breaks through": ([(0, 0), (10, 0), (10, 10), (6, 10), (5, -1), (4, 10), (0, 10)], True),
    "bow tie": ([(0, 0), (10, 10), (10, 0), (0, 10)], True),
}


@pytest.mark.parametrize("name", CONTOURS)
def test_edges_cross_only_between_their_ends(name):
    points, crosses = CONTOURS[name]
    for first in range(len(points)):
        turned = np.roll(np.array(points, float), first, axis=0)
        assert crosses_itself(turned) is crosses_itself(turned[::-1]) is crosses
