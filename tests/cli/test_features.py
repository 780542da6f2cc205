"""`features IMAGE MASK`: one row as PyRadiomics computes it, or one sentence and exit code 1."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from backend.cli.features import features
from backend.errors import BadFile, BadImage, BadSettings
from backend.science.radiomics import feature_names, load_settings
from tests.ingest.files import CASES
from tests.oracle import needs_oracle
from tests.science.radiomics.phantom import SPACING, ellipsoid, stock, textured

IMAGE = (textured() + 500).astype(np.int16)


def written(path, array, **geometry):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(geometry.get("spacing", SPACING))
    image.SetOrigin(geometry.get("origin", (0.0, 0.0, 0.0)))
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture
def pair(tmp_path):
    """An int16 image and a mask whose label 2 is the region."""
    image = written(tmp_path / "t2.nii.gz", IMAGE)
    mask = written(tmp_path / "mask.mha", ellipsoid().astype(np.uint8) * 2)
    return image, mask, tmp_path / "features.csv"


def row_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    return row


@needs_oracle
def test_row_equals_pyradiomics_to_the_last_digit(pair):
    image, mask, out = pair
    features(image, mask, out, label=2, engine="pyradiomics")
    row = row_of(out)
    expected = stock(IMAGE, ellipsoid())
    assert list(row)[:837] == list(feature_names(load_settings())) == list(expected)
    assert [float(row[name]) for name in expected] == list(expected.values())
    assert list(row)[837:] == [
        *("status", "reason", "diagnostics_Engine", "diagnostics_Fallback", "diagnostics_Settings_Hash")
    ]
    assert (row["status"], row["reason"]) == ("ok", "")
    assert row["diagnostics_Engine"] == "pyradiomics 3.0.1"


def test_fast_engine_is_the_default_and_agrees(pair):
    image, mask, out = pair
    features(image, mask, out, label=2)
    row = row_of(out)
    expected = stock(IMAGE, ellipsoid())
    assert list(row)[:837] == list(expected)
    assert [float(row[name]) for name in expected] == pytest.approx(list(expected.values()), rel=1e-6, abs=1e-9)
    assert (row["diagnostics_Engine"].split()[0], row["diagnostics_Fallback"]) == ("fast", "")


def test_an_image_without_defined_values_is_left_out_and_said(tmp_path):
    image, mask = written(tmp_path / "t2.mha", textured()), written(tmp_path / "mask.mha", ellipsoid().astype(np.uint8))
    mine, out = tmp_path / "mine.yaml", tmp_path / "features.csv"
    mine.write_text("imageType: {Original: {}, LoG: {sigma: [50]}}\nfeatureClass: {ngtdm: [Busyness]}\n")
    features(image, mask, out, settings=str(mine))
    row = row_of(out)
    assert (row["status"], row["diagnostics_Fallback"]) == ("flagged", "")
    assert row["reason"].startswith("log-sigma-50-mm-3D left out: PyRadiomics makes none of an image so small")
    assert float(row["original_ngtdm_Busyness"]) > 0


def test_without_pyradiomics_one_sentence_says_how_to_get_it(pair, monkeypatch):
    monkeypatch.setitem(sys.modules, "radiomics", None)
    monkeypatch.setitem(sys.modules, "radiomics.featureextractor", None)
    image, mask, out = pair
    with pytest.raises(BadSettings, match=r"PyRadiomics is not installed.*pip install 'radiomiclens\[reference\]'\.$"):
        features(image, mask, out, label=2, engine="pyradiomics")
    assert not out.exists()
    features(image, mask, out, label=2)
    assert (row_of(out)["status"], row_of(out)["diagnostics_Fallback"]) == ("ok", "")


def test_own_settings_file_and_json(pair, tmp_path, capsys):
    image, mask, out = pair
    mine = tmp_path / "mine.yaml"
    mine.write_text("featureClass: {firstorder: [Mean], glcm: [Contrast]}\nsetting: {binWidth: 1000}\n")
    features(image, mask, out, settings=str(mine), label=2, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed["original_firstorder_Mean"] == pytest.approx(IMAGE[ellipsoid()].mean())
    assert printed["status"] == "flagged"
    assert "one grey level in original" in row_of(out)["reason"]


def test_mask_on_another_grid_is_resampled_and_said_or_refused(pair, tmp_path):
    image, _, out = pair
    fine = np.kron(ellipsoid(), np.ones((1, 2, 2))).astype(np.uint8)
    near = written(tmp_path / "near.nii.gz", fine, spacing=(0.25, 0.25, 1.0), origin=(-0.125, -0.125, 0.0))
    features(image, near, out)
    row = row_of(out)
    assert row["status"] == "flagged"
    assert row["reason"] == "the mask lay on another grid and was resampled by position"
    expected = stock(IMAGE, ellipsoid())
    assert float(row["wavelet-HHL_glcm_Contrast"]) == pytest.approx(expected["wavelet-HHL_glcm_Contrast"], rel=1e-6)
    far = written(tmp_path / "far.nii.gz", fine, origin=(500.0, 0.0, 0.0))
    with pytest.raises(BadImage, match="does not overlap the image"):
        features(image, far, tmp_path / "none.csv")


def test_a_value_far_beyond_all_others_is_flagged_in_the_words_of_import(tmp_path):
    values = (textured() + 500).astype(np.float32)
    mask = written(tmp_path / "mask.mha", ellipsoid().astype(np.uint8))
    quick = tmp_path / "quick.yaml"
    quick.write_text("featureClass: {firstorder: [Mean]}\nsetting: {binCount: 32}\n")
    for place, status in (((0, 0, 0), "flagged"), (tuple(np.argwhere(ellipsoid())[0]), "flagged"), (None, "ok")):
        spiked = values.copy()
        if place:
            spiked[place] = 1e30
        features(written(tmp_path / "t2.nii.gz", spiked), mask, tmp_path / "f.csv", settings=str(quick))
        row = row_of(tmp_path / "f.csv")
        usual = np.quantile(spiked, 0.999)
        words = f"t2.nii.gz holds 1 voxel far beyond all others: up to 1e+30, where 99.9% are at most {usual:.4g}"
        assert (row["status"], row["reason"]) == (status, words if place else "")


def test_region_without_features_leaves_a_refused_row_and_raises(pair):
    image, mask, out = pair
    with pytest.raises(
        BadImage, match=r"^mask\.mha, label 3: no voxel of mask.mha is 3; choose a label that it holds: 2\.$"
    ):
        features(image, mask, out, label=3)
    row = row_of(out)
    assert (row["status"], row["original_glcm_Contrast"]) == ("refused", "nan")


def test_refusals_write_nothing(pair, tmp_path):
    image, mask, out = pair
    cut = tmp_path / "cut.nii.gz"
    cut.write_bytes(image.read_bytes()[:-9])
    with pytest.raises(BadFile, match=r"cut\.nii\.gz is cut short"):
        features(cut, mask, out)
    with pytest.raises(BadFile, match=r"none\.nii does not exist"):
        features(tmp_path / "none.nii", mask, out)
    with pytest.raises(BadFile, match="is a folder"):
        features(tmp_path, mask, out)
    with pytest.raises(BadSettings, match="cannot be read"):
        features(image, mask, out, settings="fast")
    with pytest.raises(BadFile, match="cannot be written"):
        features(image, mask, tmp_path / "no folder" / "f.csv", label=2)
    assert not out.exists()


def test_no_web_database_or_torch_is_imported(pair):
    image, mask, out = pair
    code = (
        "import sys; from pathlib import Path; from backend.cli.features import features; "
        "features(*map(Path, sys.argv[1:4]), label=2); "
        "heavy = ('torch', 'fastapi', 'sqlalchemy', 'streamlit', 'httpx', 'pandas', 'radiomics', 'scipy.ndimage'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(image), str(mask), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_real_case_file_to_row(tmp_path):
    folder = CASES / "ProstateX-0001_10795_1000811"
    if not folder.exists():
        pytest.skip("the shared real cases are not here")
    mine = tmp_path / "quick.yaml"
    mine.write_text("featureClass: {firstorder: [Mean], shape: [MeshVolume, VoxelVolume]}\nsetting: {binCount: 32}\n")
    out = tmp_path / "f.csv"
    features(folder / "10795_1000811_t2w.mha", folder / "10795_1000811_gland.nii.gz", out, settings=str(mine))
    row = row_of(out)
    assert float(row["original_shape_VoxelVolume"]) == pytest.approx(32_200, rel=0.01)
    assert row["status"] == "ok"


ORIGINAL = "imageType:\n  Original: {}\nfeatureClass:\n  firstorder:\nsetting:\n  binWidth: 25\n"


def test_voxels_not_finite_outside_the_region_change_nothing(tmp_path, pair):
    _, mask, out = pair
    (tmp_path / "original.yaml").write_text(ORIGINAL)
    outside = IMAGE.astype(np.float32)
    features(written(tmp_path / "clean.mha", outside), mask, out, label=2, settings=str(tmp_path / "original.yaml"))
    clean = row_of(out)
    outside[~ellipsoid()] = np.nan
    holes = written(tmp_path / "holes.mha", outside)
    features(holes, mask, out, label=2, settings=str(tmp_path / "original.yaml"))
    assert row_of(out) == clean
    with pytest.raises(BadImage, match=r"^holes.mha holds 10701 voxels that are not finite .*; Wavelet would carry"):
        features(holes, mask, out, label=2)


def test_a_voxel_not_finite_in_the_region_is_refused(tmp_path, pair):
    _, mask, out = pair
    (tmp_path / "original.yaml").write_text(ORIGINAL)
    inside = IMAGE.astype(np.float32)
    inside[tuple(np.argwhere(ellipsoid())[0])] = np.inf
    with pytest.raises(BadImage, match=r"^hole.mha holds 1 voxel in the region not finite \(NaN or infinite\)"):
        features(written(tmp_path / "hole.mha", inside), mask, out, label=2, settings=str(tmp_path / "original.yaml"))


def test_a_mask_of_other_labels_says_which_it_holds(tmp_path, pair):
    image, _, out = pair
    mask = written(tmp_path / "m255.nrrd", ellipsoid().astype(np.uint8) * 255)
    with pytest.raises(
        BadImage, match=r"^m255.nrrd, label 1: no voxel of m255.nrrd is 1; choose a label that it holds: 255\.$"
    ):
        features(image, mask, out)
    small = written(tmp_path / "m.nrrd", ellipsoid().astype(np.float32) / 255)
    with pytest.raises(BadImage, match=r"^m.nrrd holds 0.00392157, which is no label: a whole number"):
        features(image, small, out)
