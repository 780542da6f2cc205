"""Geometry: what lies at a point of the patient stays there, on any grid, in any orientation."""

from itertools import product

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadImage, BadSettings
from backend.science.imaging.encoder_input import encoder_input, encoder_mask
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import prepare

OBLIQUE = sitk.VersorTransform((0.4, 0.2, 0.1), 0.3).GetMatrix()


def volume(size=(40, 36, 12), spacing=(1.0, 1.0, 3.0), origin=(-20.0, -15.0, 5.0), direction=None, fill=0.0):
    image = sitk.GetImageFromArray(np.full(size[::-1], fill, dtype=np.float32))
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    if direction is not None:
        image.SetDirection([float(c) for c in direction])
    return image


def painted(image, marks):
    for index, value in marks.items():
        image[index] = value
    return image


def flips():
    """The asymmetric phantom's grid in all 8 axis flips, two axis permutations and one oblique."""
    for signs in product((1, -1), repeat=3):
        yield np.diag(signs).ravel()
    yield (0, 0, 1, 1, 0, 0, 0, 1, 0)
    yield (0, 1, 0, 0, 0, -1, -1, 0, 0)
    yield OBLIQUE


@pytest.mark.parametrize("direction", list(flips()))
def test_markers_stay_at_their_physical_points_in_every_orientation(direction):
    marks = {(5, 7, 2): 100.0, (30, 9, 3): 200.0, (12, 28, 8): 300.0}
    t2 = painted(volume(direction=direction, spacing=(2.0, 2.0, 2.0)), marks)
    gland = sitk.Cast(t2 > 250, sitk.sitkUInt8)
    points = {value: t2.TransformIndexToPhysicalPoint(index) for index, value in marks.items()}
    case = prepare({"T2": t2}, {"gland": gland}, spacing=(1.0, 1.0, 1.0))
    for value, point in points.items():
        k, j, i = np.rint(case.grid.index(point)[::-1]).astype(int)
        window = case.images["T2"][k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2]
        # A marker of 2 mm centred between voxels of 1 mm: 3/4 of its value along each axis.
        assert window.max() == pytest.approx(value * 0.75**3, rel=1e-5)
    centre = case.grid.point(np.argwhere(case.masks["gland"])[:, ::-1]).mean(axis=0)
    assert np.allclose(centre, points[300.0], atol=1e-6)
    assert np.count_nonzero(case.masks["gland"]) * case.grid.voxel_ml == pytest.approx(0.008)


@pytest.mark.parametrize("direction", list(flips()))
def test_axes_run_to_left_posterior_and_head(direction):
    case = prepare({"T2": volume(direction=direction)}, {}, spacing=(1.0, 1.0, 1.0))
    axes = np.array(case.grid.direction).reshape(3, 3)
    assert np.all(np.diag(axes) > 0.8)
    assert np.linalg.det(axes) == pytest.approx(1.0)


def test_field_of_view_is_kept_to_its_outer_edges():
    t2 = volume(size=(384, 384, 19), spacing=(0.5, 0.5, 3.0), direction=OBLIQUE)
    grid = prepare({"T2": t2}, {}).grid
    assert grid.size == (384, 384, 57)
    low, high = np.array([-0.5] * 3), np.array(grid.size) - 0.5
    assert np.allclose(grid.point(low), t2.TransformContinuousIndexToPhysicalPoint((-0.5, -0.5, -0.5)))
    assert np.allclose(grid.point(high), t2.TransformContinuousIndexToPhysicalPoint((383.5, 383.5, 18.5)))


def test_images_on_another_grid_are_placed_by_position_not_by_slice_index():
    t2 = volume()
    ramp = volume(size=(30, 30, 9), spacing=(2.0, 2.0, 4.0), origin=(-25.0, -20.0, 3.0), direction=OBLIQUE)
    points = Grid.of(ramp).point(np.stack(np.meshgrid(*map(np.arange, (30, 30, 9)), indexing="ij"), -1))
    values = 3 * points[..., 0] - 2 * points[..., 1] + points[..., 2] + 500
    adc = sitk.GetImageFromArray(values.transpose(2, 1, 0).astype(np.float32))
    adc.CopyInformation(ramp)
    case = prepare({"T2": t2, "ADC": adc}, {}, spacing=(1.0, 1.0, 1.0))
    index = np.argwhere(case.images["ADC"] != 0)[:, ::-1]
    inside = Grid.of(ramp).index(case.grid.point(index))
    index = index[np.all((inside >= 0) & (inside <= np.array((29, 29, 8))), axis=1)]
    at = case.grid.point(index)
    found = case.images["ADC"][index[:, 2], index[:, 1], index[:, 0]]
    assert len(index) > 5000
    # Linear interpolation reproduces a linear function exactly.
    assert np.allclose(found, 3 * at[:, 0] - 2 * at[:, 1] + at[:, 2] + 500, atol=1e-3)
    assert 0 < case.in_field["ADC"] < 1


def test_mask_within_the_tolerance_is_taken_voxel_by_voxel_and_beyond_it_resampled():
    t2 = volume()
    mask = sitk.Cast(painted(volume(), {(10, 10, 4): 1, (11, 10, 4): 1}) > 0, sitk.sitkUInt8)
    mask.SetOrigin((-20.05, -15.0, 5.0))
    case = prepare({"T2": t2}, {"gland": mask}, spacing=(1.0, 1.0, 3.0))
    assert case.regridded == ()
    assert np.argwhere(case.masks["gland"]).tolist() == [[4, 10, 10], [4, 10, 11]]
    mask.SetOrigin((-19.0, -15.0, 5.0))
    case = prepare({"T2": t2}, {"gland": mask}, spacing=(1.0, 1.0, 3.0))
    assert case.regridded == ("gland",)
    assert np.argwhere(case.masks["gland"]).tolist() == [[4, 10, 11], [4, 10, 12]]


def test_grades_become_lesion_and_zones_keep_their_labels():
    t2 = volume()
    lesion = sitk.Cast(painted(volume(), {(3, 3, 3): 3, (4, 3, 3): 256}), sitk.sitkUInt16)
    zones = sitk.Cast(painted(volume(), {(3, 3, 3): 1, (4, 3, 3): 2}), sitk.sitkUInt8)
    case = prepare({"T2": t2}, {"lesion": lesion, "zones": zones}, spacing=(1.0, 1.0, 3.0))
    assert case.masks["lesion"][3, 3, 3:5].tolist() == [1, 1]
    assert case.masks["zones"][3, 3, 3:5].tolist() == [1, 2]
    assert case.native_voxels == {"lesion": 2, "zones": 2}


def test_mask_that_resampling_would_lose_is_refused_not_emptied():
    fine = sitk.Cast(painted(volume(spacing=(1.0, 1.0, 1.0)), {(10, 10, 5): 1}), sitk.sitkUInt8)
    with pytest.raises(BadImage, match="lesion mask is smaller than one voxel"):
        prepare({"T2": volume(spacing=(1.0, 1.0, 1.0))}, {"lesion": fine}, spacing=(4.0, 4.0, 4.0))


def test_what_does_not_overlap_is_refused_with_both_grids():
    far = sitk.Cast(painted(volume(size=(20, 20, 7), origin=(900.0, 0.0, 0.0)), {(3, 3, 3): 1}), sitk.sitkUInt8)
    with pytest.raises(BadImage, match=r"lesion mask lies on another grid \(20x20x7 against 40x36x12\) and does not"):
        prepare({"T2": volume()}, {"lesion": far})
    with pytest.raises(BadImage, match="ADC image does not overlap the T2"):
        prepare({"T2": volume(), "ADC": volume(origin=(900.0, 0.0, 0.0))}, {})
    with pytest.raises(BadImage, match="no T2"):
        prepare({"ADC": volume()}, {})
    with pytest.raises(BadImage, match="too large"):
        prepare({"T2": volume(spacing=(50.0, 50.0, 50.0))}, {})


def case_of(array, spacing=(0.5, 0.5, 1.0), gland=None):
    image = sitk.GetImageFromArray(array.astype(np.float32))
    image.SetSpacing(spacing)
    masks = {}
    if gland is not None:
        masks["gland"] = sitk.GetImageFromArray(gland.astype(np.uint8))
        masks["gland"].CopyInformation(image)
    return prepare({"T2": image, "DWI": image * 2, "ADC": image + 7}, masks, spacing)


def test_encoder_input_is_a_z_score_over_non_zero_voxels_then_cropped_and_padded():
    rng = np.random.default_rng(0)
    array = rng.integers(0, 50, (10, 30, 31))
    channels = encoder_input(case_of(array), size=(16, 20, 20))
    assert channels.shape == (3, 16, 20, 20)
    assert channels.dtype == np.float32
    inside = array[array > 0]
    expected = np.where(array > 0, (array - inside.mean()) / inside.std(), 0.0)
    assert np.allclose(channels[0, 3:13], expected[:, 5:25, 5:25], atol=1e-5)
    assert not channels[:, :3].any()
    assert not channels[:, 13:].any()
    assert np.allclose(channels[1], channels[0], atol=1e-5)  # gain does not matter


def test_coarse_encoder_input_is_the_block_mean_and_its_mask_the_majority():
    rng = np.random.default_rng(1)
    array = rng.integers(1, 50, (8, 24, 24))
    gland = np.zeros_like(array)
    gland[2:4, 10:14, 10:13] = 1
    case = case_of(array, gland=gland)
    fine = encoder_input(case, size=(8, 16, 16))
    coarse = encoder_input(case, size=(4, 8, 8), spacing=(2.0, 1.0, 1.0))
    assert np.allclose(coarse, fine.reshape(3, 4, 2, 8, 2, 8, 2).mean(axis=(2, 4, 6)), atol=1e-5)
    mask = encoder_mask(case, "gland", size=(4, 8, 8), spacing=(2.0, 1.0, 1.0))
    assert np.argwhere(mask).tolist() == [[1, j, i] for j in (3, 4) for i in (3, 4)]
    with pytest.raises(BadSettings, match="not a whole multiple"):
        encoder_input(case, spacing=(1.5, 0.5, 0.5))


def test_window_on_the_gland_follows_it_but_never_leaves_the_image():
    array = np.ones((8, 60, 60))
    array[:, 50:58, 4:10] = 5
    gland = (array == 5).astype(int)
    case = case_of(array, gland=gland)
    assert encoder_mask(case, "gland", size=(8, 20, 20)).sum() == 0
    mask = encoder_mask(case, "gland", size=(8, 20, 20), centre="gland")
    assert mask.sum() == gland.sum()
    assert encoder_input(case, size=(8, 20, 20), centre="gland").all()


def test_missing_modality_is_refused_by_name():
    image = volume(fill=1.0)
    with pytest.raises(BadImage, match="no DWI and no ADC"):
        encoder_input(prepare({"T2": image}, {}))


def test_same_input_gives_the_same_bits():
    array = np.random.default_rng(2).normal(size=(9, 20, 20)) + 10
    first, second = (case_of(array, spacing=(0.7, 0.7, 2.9)) for _ in range(2))
    assert first.images["T2"].tobytes() == second.images["T2"].tobytes()
