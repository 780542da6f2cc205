"""Local binary patterns in the plane equal scikit-image's, slice by slice as PyRadiomics stores them, bit for bit."""

import numpy as np
import pytest

from backend.science.radiomics.filters.local_binary_pattern_2d import METHODS, local_binary_pattern_2d, stored
from tests.science.radiomics.filters.oracle import KINDS, SHAPES, assert_same, boxes, derived, noise
from tests.science.radiomics.odd_regions import compared
from tests.science.radiomics.phantom import ellipsoid, textured

pytest.importorskip("skimage", reason="scikit-image is not installed: nothing to compare with")


def pyradiomics(voxels, radius, samples, method, axis=0):
    settings = {"lbp2DRadius": radius, "lbp2DSamples": samples, "lbp2DMethod": method, "force2Ddimension": axis}
    (found,) = derived("LBP2D", voxels, **settings).values()
    return found


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_on_every_type_box_and_plane(kind: type, shape: tuple[int, int, int], method: str) -> None:
    voxels = noise(kind, shape)
    for axis in range(3):
        theirs = pyradiomics(voxels, 1.0, 8, method, axis)
        for box in boxes(shape):
            found = stored(local_binary_pattern_2d(voxels, 1.0, 8, method, axis, box), kind)
            held = np.isfinite(found)
            assert held.all() or method == "var"
            np.testing.assert_array_equal(found[held], theirs[box][held])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("radius", "samples"), [(0.3, 5), (1.7, 9), (2.0, 16), (3.1, 7), (12.0, 24), (1.0, 1)])
def test_equal_for_every_radius_and_number_of_samples(method: str, radius: float, samples: int) -> None:
    voxels = noise(np.float64, (3, 40, 25))
    theirs = pyradiomics(voxels, radius, samples, method)
    for box in boxes(voxels.shape):
        assert_same(local_binary_pattern_2d(voxels, radius, samples, method, 0, box), theirs[box])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_equal_in_flat_tissue_where_rounding_decides(method: str, kind: type) -> None:
    voxels = np.round(noise(kind, (1, 150, 260)) / 40) * kind(0.1)
    theirs = pyradiomics(voxels, 1.5, 11, method)
    for box in boxes(voxels.shape):
        found = local_binary_pattern_2d(voxels, 1.5, 11, method, 0, box)
        assert_same(found.astype(kind), theirs[box])


@pytest.mark.parametrize("method", ["default", "uniform"])
def test_equal_beyond_31_samples(method: str) -> None:
    voxels = noise(np.float64, (1, 9, 9))
    for samples in (31, 32, 40):
        (box, *_) = boxes(voxels.shape)
        assert_same(
            local_binary_pattern_2d(voxels, 2.0, samples, method, 0, box), pyradiomics(voxels, 2.0, samples, method)
        )


def test_what_an_integer_cannot_hold_is_nan() -> None:
    values = np.array([0.9, 255.9, 256.0, -1.0, -0.5, np.nan, np.inf])
    np.testing.assert_array_equal(stored(values, np.uint8), [0, 255, np.nan, np.nan, 0, np.nan, np.nan])
    np.testing.assert_array_equal(stored(values, np.float32), values.astype(np.float32))
    flat = np.zeros((1, 9, 9), dtype=np.int16)  # no variance around any voxel
    (box, *_) = boxes(flat.shape)
    assert np.isnan(stored(local_binary_pattern_2d(flat, 1.0, 8, "var", 0, box), np.int16)).all()


@pytest.mark.parametrize("kind", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize(
    ("options", "setting"),
    [
        pytest.param({}, {"binWidth": 1}, id="defaults"),
        pytest.param(
            {"lbp2DMethod": "default", "lbp2DRadius": 2.5}, {"binCount": 16, "force2Ddimension": 1}, id="bits"
        ),
        pytest.param({"lbp2DMethod": "ror", "lbp2DSamples": 12}, {"binCount": 16, "force2D": True}, id="turned"),
        pytest.param({"lbp2DMethod": "var"}, {"binCount": 32}, id="variance"),
    ],
)
def test_features_are_pyradiomics_own(kind: type, options: dict[str, object], setting: dict[str, object]) -> None:
    result = compared(textured().astype(kind), ellipsoid(), setting, {"LBP2D": options})
    assert (result.beyond, result.undefined) == ([], [])
    assert result.features == 93
