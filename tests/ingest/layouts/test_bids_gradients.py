"""4-D diffusion images of BIDS: the shell of the highest b-value, averaged where its directions are spread evenly."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.ingest.cohort import ingest
from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.unused import unused_files
from tests.ingest.files import box, volume

NONE = (0, 0, 0)
AXES = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
TURNED = ((0.8, 0.6, 0), (-0.6, 0.8, 0), (0, 0, -1))
SIX = tuple(np.array(v) / 2**0.5 for v in ((1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, 1, -1), (1, 1, 0), (-1, 1, 0)))


def study(root, b_values, vectors=None, volumes=None):
    """What a study with this 4-D diffusion image is imported as; volumes differ by their seed."""
    folder = root / "sub-1" / "dwi"
    folder.mkdir(parents=True)
    (root / "dataset_description.json").write_text("{}")
    images = volumes or [volume(seed=10 + number) for number in range(len(b_values))]
    sitk.WriteImage(sitk.JoinSeries(images), str(folder / "sub-1_dwi.nii.gz"))
    (folder / "sub-1_dwi.bval").write_text(" ".join(map(str, b_values)) + "\n")
    if vectors is not None:
        rows = (" ".join(f"{number:.6f}" for number in row) for row in np.array(vectors).T)
        (folder / "sub-1_dwi.bvec").write_text("\n".join(rows) + "\n")
    sitk.WriteImage(volume(seed=1), str(folder / "sub-1_T2w.nii.gz"))
    sitk.WriteImage(volume(seed=2), str(folder / "sub-1_adc.nii.gz"))
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(folder / "sub-1_label-prostate_mask.nii.gz"))
    (found,) = ingest(root, spacing=(1.0, 1.0, 1.5))
    return found


def dwi(found):
    return sitk.GetArrayFromImage(found.acquired.images["DWI"])


def arrays(*numbers):
    return np.array([sitk.GetArrayFromImage(volume(seed=10 + number)) for number in numbers], np.float64)


def notes(found):
    return [each.sentence for each in found.findings if each.code == "volumes_averaged"]


@pytest.mark.parametrize("directions", [AXES, TURNED, SIX])
def test_evenly_spread_directions_give_the_trace_weighted_image(tmp_path, directions):
    n = len(directions)
    b_values = (0, 400, *(1000 + 5 * (number % 3 - 1) for number in range(n)))  # scanners state 995 and 1005, too
    found = study(tmp_path, b_values, (NONE, AXES[0], *directions))
    expected = np.prod(arrays(*range(2, n + 2)), axis=0) ** (1 / n)
    assert dwi(found) == pytest.approx(expected, rel=1e-6)
    assert notes(found) == [
        f"{n} volumes of b = 1005 s/mm2 of sub-1_dwi.nii.gz are one image: the geometric mean of evenly spread "
        "directions."
    ]
    assert unused_files(tmp_path, plan(tmp_path), []) == []


def test_a_voxel_that_is_0_in_one_direction_is_0(tmp_path):
    images = [volume(seed=3) for _ in range(4)]
    images[2][5, 5, 5] = 0
    found = study(tmp_path, (0, 1000, 1000, 1000), (NONE, *AXES), images)
    expected = sitk.GetArrayFromImage(volume(seed=3)).astype(float)
    expected[5, 5, 5] = 0
    assert dwi(found) == pytest.approx(expected, rel=1e-6)


def test_repeats_of_a_mean_are_averaged_and_directions_beside_a_mean_are_not(tmp_path):
    found = study(tmp_path / "repeats", (0, 1400, 1400), (NONE, NONE, NONE))
    assert dwi(found) == pytest.approx(arrays(1, 2).mean(axis=0), rel=1e-6)
    assert notes(found) == ["2 volumes of b = 1400 s/mm2 of sub-1_dwi.nii.gz are one image: the mean of repeats."]
    found = study(tmp_path / "mean", (0, 1400, 1400, 1400, 1400), (NONE, *AXES, NONE))
    assert np.array_equal(dwi(found), arrays(4)[0])
    assert notes(found) == []


def test_the_only_volume_of_the_highest_b_is_taken_as_it_is(tmp_path):
    found = study(tmp_path, (0, 400, 999.9997))
    assert np.array_equal(dwi(found), arrays(2)[0])
    assert notes(found) == []


@pytest.mark.parametrize(
    ("b_values", "vectors", "sentence"),
    [
        (
            (0, 1000, 1000, 1000),
            None,
            "sub-1_dwi.bval names 3 volumes of b = 1000 s/mm2, and without a sub-1_dwi.bvec whether these are repeats "
            "or directions is unknown; add it, or give their mean as one high-b image.",
        ),
        (
            (0, 1000, 1000, 1000),
            (NONE, AXES[0], AXES[1], AXES[1]),
            "sub-1_dwi.bvec states directions for the 3 volumes of b = 1000 s/mm2 that are not spread evenly, so their "
            "mean depends on how the tissue lies; give the scanner's mean of all directions as one high-b image "
            "without a .bvec file.",
        ),
        (
            (0, 1000),
            (NONE, AXES[2]),
            "sub-1_dwi.bvec states directions for the 1 volume of b = 1000 s/mm2 that are not spread evenly, so their "
            "mean depends on how the tissue lies; give the scanner's mean of all directions as one high-b image "
            "without a .bvec file.",
        ),
        (
            (0, 50, 400),
            None,
            "sub-1_dwi.bval names no b-value of 500 s/mm2 or more in one line; correct it, or give one high-b image "
            "without it.",
        ),
        (
            ("zero", "1000"),
            None,
            "sub-1_dwi.bval names no b-value of 500 s/mm2 or more in one line; correct it, or give one high-b image "
            "without it.",
        ),
        (
            (0, 1000, 1000),
            (NONE, AXES[0]),
            "sub-1_dwi.bvec does not hold three lines of 3 numbers, one for each b-value; correct it.",
        ),
    ],
)
def test_what_is_not_stated_is_refused(tmp_path, b_values, vectors, sentence):
    assert study(tmp_path, b_values, vectors).reason == f"case 1: {sentence}"


def test_values_below_0_and_other_counts_are_refused(tmp_path):
    images = [volume(seed=3) for _ in range(4)]
    images[1][5, 5, 5] = -1
    found = study(tmp_path / "below", (0, 1000, 1000, 1000), (NONE, *AXES), images)
    assert found.reason == (
        "case 1: sub-1_dwi.nii.gz holds values below 0, so it is no diffusion image as acquired; give one high-b image."
    )
    found = study(tmp_path / "count", (0, 400, 1000), None, images)
    assert found.reason == (
        "case 1: sub-1_dwi.nii.gz holds 4 volumes and its .bval file 3 b-values; correct one of them."
    )


def test_a_4d_file_that_nothing_describes_is_refused(tmp_path):
    study(tmp_path, (0, 1000))
    (tmp_path / "sub-1" / "dwi" / "sub-1_dwi.bval").unlink()
    (found,) = ingest(tmp_path)
    assert found.reason == (
        "case 1: sub-1_dwi.nii.gz holds 2 volumes, not one 3-D volume; split it, or say which one is meant (in "
        "dataset.json; in BIDS by .bval and .bvec beside it)."
    )
