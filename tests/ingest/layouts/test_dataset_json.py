"""What nnU-Net lets a dataset.json say about labels and channels, and what is refused, with the sentence."""

import json

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadImage
from backend.ingest.cohort import ingest
from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.unused import unused_files
from tests.ingest.files import box, volume

PZ, TZ = box((4, 11, 1), (20, 18, 8)), box((4, 4, 1), (20, 11, 8))
BOTH = PZ + TZ * 2
CHANNELS = {"0": "T2", "1": "HBV", "2": "ADC"}


def write(root, labels, channels=None, drawn=BOTH):
    (root / "imagesTr").mkdir(parents=True, exist_ok=True)
    (root / "labelsTr").mkdir(exist_ok=True)
    for channel in range(3):
        sitk.WriteImage(volume(seed=channel), str(root / "imagesTr" / f"10_5_000{channel}.nii.gz"))
    sitk.WriteImage(drawn, str(root / "labelsTr" / "10_5.nii.gz"))
    described = {"channel_names": channels or CHANNELS, "labels": labels}
    (root / "dataset.json").write_text(json.dumps(described))


def one(root):
    (study,) = ingest(root, spacing=(1.0, 1.0, 1.5))
    return study


@pytest.mark.parametrize(
    "labels",
    [
        {"background": 0, "PZ": 1, "TZ": 2},
        {"background": 0, "prostate": [1, 2], "PZ": [1], "TZ": [2]},
        {"background": 0, "TZ": 2, "whole gland": [1, 2], "PZ": 1},
    ],
)
def test_regions_of_several_codes_are_read(tmp_path, labels):
    write(tmp_path, labels)
    study = one(tmp_path)
    assert study.zones == {"1": "PZ", "2": "TZ"}
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["zones"]), sitk.GetArrayFromImage(BOTH))
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["gland"]), sitk.GetArrayFromImage(BOTH) > 0)


def test_a_region_without_a_name_of_its_own_is_gland_alone(tmp_path):
    write(tmp_path, {"background": 0, "whole gland": [1, 2], "PZ": 1})
    study = one(tmp_path)
    assert study.zones == {"1": "PZ", "2": "gland"}
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["zones"]), sitk.GetArrayFromImage(PZ))


def test_voxels_to_be_ignored_are_in_no_region_and_counted(tmp_path):
    write(tmp_path, {"background": 0, "PZ": 1, "ignore": 2})
    study = one(tmp_path)
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["gland"]), sitk.GetArrayFromImage(PZ))
    ignored = int((sitk.GetArrayFromImage(TZ) > 0).sum())
    assert any(finding.sentence.endswith(f"marks but {ignored} voxels to be ignored.") for finding in study.findings)


def test_numbered_lesions_are_lesions(tmp_path):
    write(tmp_path, {"background": 0, "gland": 1, "lesion_area1": 2, "lesion 2": 3}, drawn=BOTH)
    study = one(tmp_path)
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["lesion"]), sitk.GetArrayFromImage(TZ))


REFUSED = {
    "other region": (
        {"labels": {"background": 0, "bladder": 1}},
        "The dataset.json has a label 'bladder' that is no known region; name it PZ, TZ, lesion or gland.",
    ),
    "no codes": (
        {"labels": {"background": 0, "prostate": []}},
        "The dataset.json gives the label 'prostate' no code or list of codes; write whole numbers.",
    ),
    "normalisations for channels": (
        {"labels": {"PZ": 1}, "channels": {"0": "zscore", "1": "noNorm", "2": "zscore"}},
        "The dataset.json calls the channels 'zscore', 'noNorm', 'zscore', which does not tell T2, DWI and ADC; name "
        "them so.",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_descriptions_that_do_not_tell_are_refused(tmp_path, kind):
    given, sentence = REFUSED[kind]
    write(tmp_path, **given)
    with pytest.raises(BadImage) as refusal:
        plan(tmp_path)
    assert refusal.value.sentence == sentence


def test_a_comma_too_many_is_named_by_its_place(tmp_path):
    write(tmp_path, {"PZ": 1})
    (tmp_path / "dataset.json").write_text('{"channel_names": {"0": "T2"},\n}')
    with pytest.raises(BadImage, match=r"is no JSON \(line 2, column 1\): a comma too many or a comment there"):
        plan(tmp_path)


def test_files_of_macos_and_images_without_a_channel_are_no_studies(tmp_path):
    write(tmp_path, {"PZ": 1, "TZ": 2})
    (tmp_path / "imagesTr" / "._10_5_0000.nii.gz").write_bytes(b"\0\5\x16\7")
    (tmp_path / "labelsTr" / "._10_5.nii.gz").write_bytes(b"\0\5\x16\7")
    (tmp_path / "imagesTr" / "10_5_0003.nii.gz").write_bytes(b"x")
    planned = plan(tmp_path)
    assert [case.study_id for case in planned.cases] == ["10_5"]
    assert unused_files(tmp_path, planned, []) == ["imagesTr/10_5_0003.nii.gz"]
