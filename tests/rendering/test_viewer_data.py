import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import NotFound
from backend.rendering import viewer_data
from backend.science.imaging.prepare import prepare
from backend.storage.blob_store import BlobStore
from shared.protocols.reader import prostate
from tests.small_study import Study, image, small_study, stored

PROSTATE = prostate()


@pytest.fixture
def study() -> Study:
    return small_study()


def test_the_view_has_the_acquired_slices_within_half_a_step(tmp_path: Path, study: Study) -> None:
    files = BlobStore(tmp_path)
    case = stored(files, study)
    prepared = prepare(*study, (0.5, 0.5, 3.0))
    shown = viewer_data.view(files, case, PROSTATE)
    assert [one.modality for one in shown.volumes] == ["T2", "DWI", "ADC"]
    for one in shown.volumes:
        assert one.shape_zyx == prepared.images[one.modality].shape
        assert one.spacing_zyx_mm == (3.0, 0.5, 0.5)
        values = one.intercept + one.slope * viewer_data.view_array(files, case, PROSTATE, one.modality)
        assert np.abs(values - prepared.images[one.modality]).max() <= 0.51 * one.slope
        assert one.low < one.high
    for mask in shown.masks:
        assert np.array_equal(viewer_data.view_array(files, case, PROSTATE, mask.roi), prepared.masks[mask.roi])
        assert mask.slices == np.flatnonzero(prepared.masks[mask.roi].any(axis=(1, 2))).tolist()
        assert mask.voxels == prepared.masks[mask.roi].sum()
    assert shown.best_slice in shown.masks[1].slices
    assert shown.first_voxel_mm[0] == pytest.approx(100.0)
    assert shown.first_voxel_mm[1:] == pytest.approx((5.0 - 0.25, -20.0 - 0.25))


def test_slices_thinner_than_the_working_grid_and_masks_on_another_grid_are_shown_on_it(tmp_path: Path, study) -> None:
    files = BlobStore(tmp_path)
    thin, masks = study[0] | {"T2": image(sitk.GetArrayFromImage(study[0]["T2"]), (1.0, 1.0, 0.5))}, study[1]
    assert viewer_data.view(files, stored(files, (thin, {})), PROSTATE).volumes[0].spacing_zyx_mm == (1.0, 0.5, 0.5)
    between = np.zeros((24, 24, 20), np.uint8)
    between[10, 12, 10] = 1  # 1 mm slices of which none lies at the middle of a T2 slice
    other = image(between, (1.0, 1.0, 1.0))
    other.SetOrigin((-20.0, 5.0, 98.6))
    shown = viewer_data.view(files, stored(files, (study[0], masks | {"lesion": other})), PROSTATE)
    assert shown.volumes[0].spacing_zyx_mm == (1.0, 0.5, 0.5)
    assert shown.masks[1].voxels > 0


def test_the_second_view_is_read_and_an_evicted_one_made_again(tmp_path: Path, study: Study, monkeypatch) -> None:
    files = BlobStore(tmp_path)
    case = stored(files, study)
    first = viewer_data.view(files, case, PROSTATE)
    data = viewer_data.view_bytes(files, case, PROSTATE, "T2")
    assert len(gzip.decompress(data)) == 2 * np.prod(first.volumes[0].shape_zyx)
    with monkeypatch.context() as patched:
        patched.setattr(viewer_data, "prepared", None)
        assert viewer_data.view(files, case, PROSTATE) == first
        assert viewer_data.view_bytes(files, case, PROSTATE, "T2") == data
    shutil.rmtree(tmp_path / "derived")
    assert viewer_data.view_bytes(files, case, PROSTATE, "T2") == data
    assert viewer_data.view(files, case, PROSTATE) == first


def test_etags_follow_the_content(tmp_path: Path, study: Study) -> None:
    files = BlobStore(tmp_path)
    first = viewer_data.view(files, stored(files, study), PROSTATE)
    same = viewer_data.view(files, stored(files, study), PROSTATE)
    study[0]["T2"] = study[0]["T2"] + 1
    other = viewer_data.view(files, stored(files, study), PROSTATE)
    assert first.volumes[0].etag == same.volumes[0].etag != other.volumes[0].etag


def test_what_a_case_lacks_is_not_found(tmp_path: Path, study: Study) -> None:
    files = BlobStore(tmp_path)
    with pytest.raises(NotFound, match="no zones"):
        viewer_data.view_bytes(files, stored(files, study), PROSTATE, "zones")


def test_a_flat_image_does_not_divide_by_zero(tmp_path: Path, study: Study) -> None:
    files = BlobStore(tmp_path)
    study[0]["DWI"] = image(np.zeros((8, 24, 20), np.float32))
    case = stored(files, study)
    assert not viewer_data.view_array(files, case, PROSTATE, "DWI").any()
