from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadImage, Damaged, NotFound
from backend.models import Case
from backend.storage import volumes
from backend.storage.blob_store import BlobStore
from shared.protocols.reader import prostate
from tests.small_study import Study, small_study, stored


@pytest.fixture
def study() -> Study:
    return small_study()


def test_native_volumes_come_back_exactly(tmp_path: Path, study: Study) -> None:
    files = BlobStore(tmp_path)
    case = stored(files, study)
    images, masks = volumes.load_native(files, case, prostate())
    assert list(images) == ["T2", "DWI", "ADC"]
    assert list(masks) == ["gland", "lesion"]
    for found, given in ((images, study[0]), (masks, study[1])):
        for kind, back in found.items():
            assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(given[kind]))
            assert back.GetSpacing() == given[kind].GetSpacing()
            assert back.GetOrigin() == given[kind].GetOrigin()
            assert back.GetDirection() == given[kind].GetDirection()
    assert images["T2"].GetPixelID() == sitk.sitkInt16
    assert masks["lesion"].GetPixelID() == sitk.sitkUInt8
    assert {volume.kind: volume.source_sha256 for volume in case.volumes}["T2"] == "a" * 64


def test_a_changed_voxel_is_never_loaded(tmp_path: Path, study: Study) -> None:
    files = BlobStore(tmp_path)
    case = stored(files, study)
    path = files.path(case.volumes[0].sha256)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(Damaged):
        volumes.load_native(files, case, prostate())


def test_masks_that_are_no_labels_are_refused(tmp_path: Path, study: Study) -> None:
    images, masks = study
    masks["gland"] = sitk.Cast(masks["gland"], sitk.sitkFloat32) * 0.5
    with pytest.raises(BadImage, match="gland"):
        volumes.put_volumes(BlobStore(tmp_path), images, masks, {})


def test_a_case_of_tables_has_no_images(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="tables"):
        volumes.load_prepared(BlobStore(tmp_path), Case(volumes=[]), prostate())
