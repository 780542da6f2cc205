"""NIfTI: geometry and scale are stated and consistent, or the file is refused by the name of the field."""

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from tests.ingest.formats.stated_volume import CORRECT, RAS, SPACING, VOXELS, answer, check_place, nifti, refusal


@pytest.mark.parametrize("forms", [(True, True), (True, False), (False, True)])
def test_nifti_is_placed_by_each_form(tmp_path, forms):
    check_place(answer(nifti(tmp_path / "a.nii", qform=forms[0], sform=forms[1])).image)


@pytest.mark.parametrize("unstated", [(1, 1, 1), (0, 0, 0)])
def test_an_sform_alone_gives_the_size_as_in_nibabel(tmp_path, unstated):
    path = nifti(tmp_path / "a.nii", qform=False, pixdim=unstated)
    check_place(answer(path).image)
    assert np.allclose(nibabel.affines.voxel_sizes(nibabel.load(path).affine), SPACING)


NIFTI = {
    "no form": (
        {"qform": False, "sform": False},
        "a.nii does not state where its voxels lie (qform_code and sform_code are 0); convert it again from its "
        "original.",
    ),
    "unit rows": (
        {"qform": False, "rows": np.column_stack([RAS[:3, :3] / SPACING, RAS[:3, 3]])},
        "a.nii states two sizes of its voxels: 0.5 x 0.5 x 3 mm (pixdim) and 1 x 1 x 1 mm (sform); keep the right one.",
    ),
    "two forms": (
        {"qoffset": 60.0},
        "a.nii states two orientations that disagree by 40.0 mm (qform, sform); keep one.",
    ),
    "qform without size": (
        {"sform": False, "pixdim": (0.5, 0, 3)},
        f"a.nii declares a voxel spacing of 0.5 x 0 x 3 mm (pixdim){CORRECT}",
    ),
    "zero affine": (
        {"qform": False, "rows": np.zeros(12)},
        f"a.nii has an impossible orientation (sform){CORRECT}",
    ),
    "NaN affine": (
        {"qform": False, "rows": np.full(12, np.nan)},
        f"a.nii has an impossible orientation (sform){CORRECT}",
    ),
    "metres": ({"units": 1}, "a.nii measures space in metres (xyzt_units); write it again in mm."),
    "micrometres": ({"units": 3 | 8}, "a.nii measures space in micrometres (xyzt_units); write it again in mm."),
    "NaN slope": (
        {"scale": (np.nan, 0)},
        f"a.nii states no finite scale of its values (scl_slope is nan){CORRECT}",
    ),
    "infinite offset": (
        {"scale": (1, np.inf)},
        f"a.nii states no finite scale of its values (scl_inter is inf){CORRECT}",
    ),
    "offset without slope": (
        {"scale": (0, -1024)},
        f"a.nii states an offset of its values without a scale (scl_inter is -1024, scl_slope is 0){CORRECT}",
    ),
}


@pytest.mark.parametrize("kind", NIFTI)
def test_nifti_that_states_nothing_or_two_things_is_refused_by_field(tmp_path, kind):
    changes, sentence = NIFTI[kind]
    assert refusal(nifti(tmp_path / "a.nii", **changes)) == sentence


def test_nifti_values_are_on_their_scale(tmp_path):
    path = nifti(tmp_path / "a.nii", scale=(0.25, -3))
    assert np.array_equal(sitk.GetArrayFromImage(answer(path).image), VOXELS * 0.25 - 3)
    assert np.array_equal(np.asarray(nibabel.load(path).dataobj).T, VOXELS * 0.25 - 3)
    unscaled = nifti(tmp_path / "b.nii", scale=(0, 0))
    assert np.array_equal(sitk.GetArrayFromImage(answer(unscaled).image), VOXELS)


@pytest.mark.parametrize("named", ["hdr", "img"])
@pytest.mark.parametrize("stem", ["a", "a.b", "a.img"])
def test_a_pair_is_read_by_either_name_with_dots_in_it_too(tmp_path, stem, named):
    nibabel.save(nibabel.Nifti1Pair(VOXELS.T, RAS), tmp_path / f"{stem}.img")
    check_place(answer(tmp_path / f"{stem}.{named}").image)


def test_analyze_files_are_refused_by_what_they_lack(tmp_path):
    nibabel.save(nibabel.AnalyzeImage(VOXELS.T, np.diag([0.5, 0.5, 3, 1])), tmp_path / "a.hdr")
    assert refusal(tmp_path / "a.hdr") == (
        "a.hdr has no NIfTI mark in its header, as Analyze 7.5 files have none; they do not say which side is left, so "
        "convert its original to .nii.gz."
    )


def test_one_volume_of_four_axes_is_read_and_several_are_refused(tmp_path):
    nibabel.save(nibabel.Nifti1Image(VOXELS.T[..., None], RAS), tmp_path / "one.nii")
    nibabel.save(nibabel.Nifti1Image(np.stack([VOXELS.T] * 2, -1), RAS), tmp_path / "two.nii")
    check_place(answer(tmp_path / "one.nii").image)
    assert refusal(tmp_path / "two.nii").startswith("two.nii holds 2 volumes, not one 3-D volume")
