"""Shape of one slice against PyRadiomics: every feature, and when it is computed at all."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.science.radiomics import extract, settings_of
from backend.science.radiomics.features.shape_2d import DEPRECATED, FEATURES, is_computed, shape_2d
from tests.ingest.files import CASES
from tests.oracle import radiomics
from tests.science.radiomics.features.shape_oracle import (
    BOXES,
    SPACING,
    assert_same,
    labelled,
    random_regions,
    recorded,
    stock,
)
from tests.science.radiomics.odd_regions import REGIONS
from tests.science.radiomics.phantom import SPACING as GRID
from tests.science.radiomics.phantom import ellipsoid, textured
from tests.science.radiomics.phantom import stock as executed

FLAT = {"one slice": 0, "one voxel thick in y": 1, "one voxel thick in x": 2, "four in a square": 0}


def slice_shape(region, spacing, dimension):
    return stock(region, spacing, "shape2D", force2D=True, force2Ddimension=dimension)


def test_every_configuration_of_a_square():
    for configuration in range(1, 16):
        mask = np.array([configuration >> bit & 1 for bit in (0, 1, 3, 2)], dtype=bool).reshape(1, 2, 2)
        assert_same(shape_2d(mask, SPACING, 0), slice_shape(mask, SPACING, 0))


@pytest.mark.parametrize(("region", "dimension"), FLAT.items(), ids=FLAT)
def test_odd_regions(region, dimension):
    _, mask = REGIONS[region]()
    assert_same(shape_2d(mask, SPACING, dimension), slice_shape(mask, SPACING, dimension))


@pytest.mark.parametrize("size", BOXES, ids=str)
def test_boxes_lines_and_one_pixel(size):
    mask = np.ones(size, dtype=bool)
    for dimension in range(3):
        if size[dimension] == 1:
            assert_same(shape_2d(mask, SPACING, dimension), slice_shape(mask, SPACING, dimension))


@pytest.mark.parametrize("dimension", [0, 1, 2])
def test_random_regions(dimension):
    longest = np.array((15, 17, 19))
    longest[dimension] = 1
    for mask, spacing in random_regions(draws=150, longest=longest, seed=dimension):
        assert_same(shape_2d(mask, spacing, dimension), slice_shape(mask, spacing, dimension))


def test_a_large_slice():
    mask = ellipsoid((1, 401, 381), (0, 200, 190), (1, 199.3, 184.1))
    mask &= np.random.default_rng(1).random(mask.shape) < 0.97
    assert_same(shape_2d(mask, SPACING, 0), slice_shape(mask, SPACING, 0))


def test_names_are_pyradiomics():
    deprecated = radiomics().featureextractor.getFeatureClasses()["shape2D"].getFeatureNames()
    assert tuple(name for name, is_deprecated in deprecated.items() if not is_deprecated) == FEATURES
    assert tuple(name for name, is_deprecated in deprecated.items() if is_deprecated) == DEPRECATED


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("dimension", [0, 1, 2])
@pytest.mark.parametrize("size", [(1, 6, 7), (6, 1, 7), (6, 7, 1), (5, 6, 7), (1, 1, 7), (1, 7, 1), (7, 1, 1)], ids=str)
def test_it_is_computed_or_left_out_as_in_pyradiomics(size, dimension, force):
    """PyRadiomics' check reads the sizes in the order x, y, z and is inverted."""
    mask = np.zeros((15, 26, 29), dtype=bool)
    mask[3 : 3 + size[0], 4 : 4 + size[1], 5 : 5 + size[2]] = True
    classes = {"shape2D": ["Perimeter", "SphericalDisproportion"], "firstorder": ["Mean"]}
    setting = {"binCount": 8, "force2D": force, "force2Ddimension": dimension, "minimumROIDimensions": 1}
    chosen = {"imageType": {"Original": {}}, "featureClass": classes, "setting": setting}
    ours = extract(textured(), mask, GRID, settings_of(chosen, "shape2D"))
    assert (ours.engine, ours.fallback) == ("fast", "")
    try:
        theirs = executed(textured(), mask, chosen)
    except ValueError:
        assert ours.status == "flagged"  # PyRadiomics gives up the whole region: the other classes are computed here
        assert ours.reason.startswith("shape2D left out: it is of one slice, and the region has several")
        assert np.isfinite(ours.values["original_firstorder_Mean"])
        return
    computed = [name for name in ours.values if "shape2D" in name and not np.isnan(ours.values[name])]
    assert computed == [name for name in theirs if "shape2D" in name]
    for name, value in theirs.items():
        assert ours.values[name] == pytest.approx(value, rel=1e-9)


def test_what_the_check_looks_at():
    """With 0 the width and with 2 the depth; with 1 it never lets a region through."""
    axial, coronal, sagittal = (np.ones(size, dtype=bool) for size in ((1, 6, 7), (6, 1, 7), (6, 7, 1)))
    assert is_computed(axial, 0)
    assert is_computed(sagittal, 2)
    assert not is_computed(coronal, 1)
    assert not is_computed(sagittal, 0)
    assert not is_computed(axial, 2)
    with pytest.raises(ValueError, match="dimension 1 is more than 1"):
        is_computed(axial, 1)


@pytest.mark.parametrize("case", ["ProstateX-0000_11373_1001396", "ProstateX-0001_10795_1000811"])
def test_slices_of_real_glands(case):
    path = CASES / case / f"{case.split('_', 1)[1]}_gland.nii.gz"
    if not path.exists():
        pytest.skip("the shared real cases are not here")
    mask = sitk.ReadImage(str(path))
    slices = [piece[None] for piece in sitk.GetArrayFromImage(mask) > 0 if piece.any()]
    for region in slices:
        assert_same(shape_2d(region, mask.GetSpacing(), 0), slice_shape(region, mask.GetSpacing(), 0))
    assert len(slices) > 10


@pytest.mark.parametrize("case", ["brain1", "brain2", "breast1"])
def test_recorded_baselines(case):
    """Recorded on the slice that holds most voxels."""
    rows = recorded("baseline_shape2D.csv")[f"{case}_shape2D"]
    values = {name.rsplit("_", 1)[1]: float(value) for name, value in rows.items() if "_shape2D_" in name}
    region, spacing = labelled(case)
    widest = region[[np.argmax(region.sum(axis=(1, 2)))]]
    assert widest.sum() == int(rows["diagnostics_Mask-original_VoxelNum"])
    ours = shape_2d(widest, spacing, 0)
    assert {name: ours[name] for name in values} == pytest.approx(values, rel=1e-6)
    assert len(values) == len(FEATURES)
