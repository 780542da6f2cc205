"""Features of one region by the library: the numbers of the command, whatever form image and mask come in."""

import csv
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import radiomiclens as rl
from backend.cli.features import features as command
from tests.science.radiomics.phantom import SPACING, ellipsoid, textured

IMAGE, MASK = textured().astype(np.int16), ellipsoid().astype(np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    for name, array in (("t2", IMAGE), ("mask", MASK * 2)):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing(SPACING)
        sitk.WriteImage(volume, tmp_path / f"{name}.nrrd")
    return tmp_path / "t2.nrrd", tmp_path / "mask.nrrd"


def test_it_returns_the_row_of_the_command(files: tuple[Path, Path], tmp_path: Path) -> None:
    found = rl.features(*files, label=2)
    command(*files, tmp_path / "row.csv", label=2)
    with (tmp_path / "row.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert {name: str(value) for name, value in found.row().items()} == row
    frame = found.to_frame()
    assert list(frame.columns) == list(row)
    assert frame.loc[0, "original_firstorder_Mean"] == found.values["original_firstorder_Mean"]


def test_arrays_images_and_files_give_the_same_bits(files: tuple[Path, Path]) -> None:
    by_file = rl.features(str(files[0]), files[1], label=2)
    images = [sitk.ReadImage(path) for path in files]
    assert rl.features(*images, label=2) == by_file
    assert rl.features(IMAGE, MASK == 1, spacing=SPACING) == by_file
    assert rl.features(files[0], MASK) == by_file
    assert rl.features(IMAGE, images[1], label=2) == by_file


def test_settings_are_a_name_a_file_or_what_it_holds(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("featureClass: {glcm: [Contrast]}\nsetting: {binCount: 8}\n")
    by_file = rl.features(*files, tmp_path / "mine.yaml", label=2)
    by_content = rl.features(*files, {"featureClass": {"glcm": ["Contrast"]}, "setting": {"binCount": 8}}, label=2)
    assert list(by_file.values) == ["original_glcm_Contrast"]
    assert by_content == by_file
    with pytest.raises(rl.RadiomicLensError, match="binwidth"):
        rl.features(*files, {"setting": {"binwidth": 5}})


def test_a_region_without_features_says_why(files: tuple[Path, Path]) -> None:
    found = rl.features(*files)
    assert (found.status, found.reason) == ("refused", "no voxel of mask.nrrd is 1; choose a label that it holds: 2")
    assert np.isnan(list(found.values.values())).all()


def test_values_far_beyond_all_others_flag(files: tuple[Path, Path]) -> None:
    image = IMAGE.copy()
    image[0, 0, 0] = 32000
    found = rl.features(image, files[1], label=2)
    assert found.status == "flagged"
    assert "the image holds 1 voxel far beyond all others" in found.reason


@pytest.mark.parametrize(
    ("image", "mask", "spacing", "sentence"),
    [
        (IMAGE, MASK, None, "do not tell the size of a voxel; give spacing"),
        (IMAGE, MASK[1:], SPACING, r"differ in size \(\(14, 26, 29\) and \(15, 26, 29\)\)"),
        (IMAGE[None], MASK[None], SPACING, "an array of 4 axes"),
        (IMAGE[0], MASK, SPACING, "The image has 2 axes and the mask 3"),
        (IMAGE.astype(np.longdouble), MASK, SPACING, "of 3 axes of .*128; give numbers of 8 to 64 bits"),
        (IMAGE[:0], MASK[:0], SPACING, "an array without voxels"),
        (IMAGE, MASK, (0.5, 0.5, 0.0), "give the 3 sides of a voxel in mm, each above 0"),
        (IMAGE, MASK, (0.5, 0.5, float("nan")), "give the 3 sides"),
        (IMAGE, MASK, (0.5, 0.5), "give the 3 sides"),
        (IMAGE, MASK, "a,b", "give the 3 sides"),
        (sitk.GetImageFromArray(IMAGE.astype(np.complex64)), sitk.GetImageFromArray(MASK), None, "complex"),
        (IMAGE.astype(complex), MASK, SPACING, "of complex128; give numbers"),
        (IMAGE, "none.nrrd", None, "none.nrrd does not exist"),
        (IMAGE, MASK * 0.5, SPACING, "the mask"),
    ],
    ids=[
        *("no spacing", "other sizes", "four axes", "picture and volume", "long double", "empty", "zero", "nan"),
        *("two sides", "text", "complex image"),
        *("complex", "no file", "no labels"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(image, mask, spacing, sentence) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(rl.RadiomicLensError, match=sentence):
        rl.features(image, mask, spacing=spacing)


def test_spacing_is_for_arrays_alone(files: tuple[Path, Path]) -> None:
    with pytest.raises(rl.RadiomicLensError, match="know the size of a voxel"):
        rl.features(*files, spacing=SPACING)


def test_a_mask_on_another_grid_is_resampled_and_said_or_refused(files: tuple[Path, Path]) -> None:
    image, mask = (sitk.ReadImage(path) for path in files)
    moved = sitk.Image(mask)
    moved.SetOrigin((0.5, 0.0, 0.0))
    found = rl.features(image, moved, label=2)
    assert (found.status, found.reason) == (
        "flagged",
        "the mask lay on another grid and was resampled by position",
    )
    moved.SetOrigin((500.0, 0.0, 0.0))
    with pytest.raises(rl.RadiomicLensError, match="does not overlap"):
        rl.features(image, moved, label=2)


def test_a_voxel_that_is_not_finite_counts_only_where_a_feature_sees_it() -> None:
    image = textured().astype(np.float32)
    image[0, 0, 0] = np.nan
    original = {"featureClass": {"firstorder": ["Mean"]}}
    good = rl.features(image, MASK, original, spacing=SPACING)
    assert good.values["original_firstorder_Mean"] == pytest.approx(image[MASK == 1].mean(dtype=float))
    with pytest.raises(rl.RadiomicLensError, match="1 voxels that are not finite"):
        rl.features(image, MASK, {"imageType": {"Original": {}, "Wavelet": {}}}, spacing=SPACING)


def test_pictures_get_the_features_of_two_dimensions():
    """As arrays and as images of SimpleITK alike, and not those of a volume of one slice."""
    image = np.random.default_rng(4).normal(100, 20, (20, 24))
    mask = np.zeros(image.shape, dtype=bool)
    mask[4:15, 5:18] = True
    asked = {"imageType": {"Wavelet": {}, "LoG": {"sigma": [1.0]}}, "featureClass": {"firstorder": ["Mean"]}}
    arrays = rl.features(image, mask, asked, spacing=(0.5, 0.5, 1.0))
    both = [sitk.GetImageFromArray(array) for array in (image, mask.astype(np.uint8))]
    for picture in both:
        picture.SetSpacing((0.5, 0.5))
    pictures = rl.features(*both, asked)
    assert arrays.values == pictures.values
    assert [name.split("_")[0] for name in arrays.values] == [
        *("wavelet-LH", "wavelet-HL", "wavelet-HH", "wavelet-LL", "log-sigma-1-0-mm-3D"),
    ]
    assert arrays.status == "ok"


@pytest.mark.parametrize("dtype", [np.float16, ">i2", ">f4"])
def test_arrays_of_other_types_are_their_values(dtype: str) -> None:
    """numpy has types that SimpleITK has not: halves, and the other order of bytes."""
    given = (IMAGE // 8).astype(dtype)
    found = rl.features(given, MASK, {"setting": {"binWidth": 5}}, spacing=SPACING)
    same = rl.features(given.astype(np.float32), MASK, {"setting": {"binWidth": 5}}, spacing=SPACING)
    assert found.values["original_glcm_Contrast"] == same.values["original_glcm_Contrast"]


def test_any_whole_number_is_a_label() -> None:
    """PyRadiomics takes labels beyond 255, and numbers below 0 beside them."""
    mask = np.where(MASK > 0, 3001, -1).astype(np.int64)
    settings = {"featureClass": {"firstorder": ["Mean"]}}
    assert rl.features(IMAGE, mask, settings, label=3001, spacing=SPACING).values == (
        rl.features(IMAGE, MASK, settings, spacing=SPACING).values
    )
    with pytest.raises(rl.RadiomicLensError, match=r"label is 0; give the region's value"):
        rl.features(IMAGE, mask, settings, label=0, spacing=SPACING)
