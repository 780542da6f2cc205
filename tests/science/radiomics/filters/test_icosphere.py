"""The icosphere has trimesh's corners, in its order, bit for bit."""

import numpy as np
import pytest

from backend.science.radiomics.filters.icosphere import icosphere

creation = pytest.importorskip("trimesh.creation", reason="trimesh is not installed: nothing to compare with")


@pytest.mark.parametrize("subdivisions", range(5))
@pytest.mark.parametrize("radius", [1, 0.3, 1.7, 2.5, 8])
def test_equal_to_trimesh(subdivisions: int, radius: float) -> None:
    theirs = np.array(creation.icosphere(subdivisions, radius).vertices)
    np.testing.assert_array_equal(icosphere(subdivisions, radius), theirs)
