import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from backend import volumes
from backend.errors import BadImage, Damaged, NotFound
from backend.files import Files
from backend.models import Case
from backend.science.images import prepare


def image(array: np.ndarray, spacing=(1.0, 1.0, 3.0), direction=None) -> sitk.Image:
    made = sitk.GetImageFromArray(array)
    made.SetSpacing(spacing)
    made.SetOrigin((-20.0, 5.0, 100.0))
    if direction is not None:
        made.SetDirection(direction)
    return made


@pytest.fixture
def study() -> tuple[dict[str, sitk.Image], dict[str, sitk.Image]]:
    rng = np.random.default_rng(0)
    turned = (0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    shape = (8, 24, 20)
    images = {
        "T2": image(rng.integers(0, 900, shape).astype(np.int16)),
        "DWI": image(rng.random(shape).astype(np.float32)),
        "ADC": image(rng.integers(0, 3000, (5, 12, 12)).astype(np.uint16), (2.0, 2.0, 4.0), turned),
    }
    gland = np.zeros(shape, np.uint8)
    gland[2:6, 6:18, 5:15] = 1
    lesion = np.zeros(shape, np.int32)
    lesion[4, 8:11, 6:9] = 3
    return images, {"gland": image(gland), "lesion": image(lesion)}


def stored(files: Files, study) -> Case:
    return Case(volumes=volumes.put_volumes(files, *study, {"T2": "a" * 64}))


def test_native_volumes_come_back_exactly(tmp_path: Path, study) -> None:
    files = Files(tmp_path)
    case = stored(files, study)
    images, masks = volumes.load_native(files, case)
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


def test_a_changed_voxel_is_never_loaded(tmp_path: Path, study) -> None:
    files = Files(tmp_path)
    case = stored(files, study)
    path = files.path(case.volumes[0].sha256)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(Damaged):
        volumes.load_native(files, case)


def test_masks_that_are_no_labels_are_refused(tmp_path: Path, study) -> None:
    images, masks = study
    masks["gland"] = sitk.Cast(masks["gland"], sitk.sitkFloat32) * 0.5
    with pytest.raises(BadImage, match="gland"):
        volumes.put_volumes(Files(tmp_path), images, masks, {})


def test_the_view_is_the_prepared_grid_within_half_a_step(tmp_path: Path, study) -> None:
    files = Files(tmp_path)
    case = stored(files, study)
    prepared = prepare(*study)
    shown = volumes.view(files, case)
    assert [one.modality for one in shown.volumes] == ["T2", "DWI", "ADC"]
    for one in shown.volumes:
        assert one.shape_zyx == prepared.images[one.modality].shape
        assert one.spacing_zyx_mm == (1.0, 0.5, 0.5)
        values = one.intercept + one.slope * volumes.view_array(files, case, one.modality)
        assert np.abs(values - prepared.images[one.modality]).max() <= 0.51 * one.slope
        assert one.low < one.high
    for mask in shown.masks:
        assert np.array_equal(volumes.view_array(files, case, mask.roi), prepared.masks[mask.roi])
        assert mask.slices == np.flatnonzero(prepared.masks[mask.roi].any(axis=(1, 2))).tolist()
        assert mask.voxels == prepared.masks[mask.roi].sum()
    assert shown.best_slice in shown.masks[1].slices
    assert shown.first_voxel_mm[0] == pytest.approx(99.0)
    assert shown.first_voxel_mm[1:] == pytest.approx((5.0 - 0.25, -20.0 - 0.25))


def test_the_second_view_reads_the_cache_and_an_evicted_one_is_made_again(tmp_path: Path, study, monkeypatch) -> None:
    files = Files(tmp_path)
    case = stored(files, study)
    first = volumes.view(files, case)
    data = volumes.view_bytes(files, case, "T2")
    assert len(gzip.decompress(data)) == 2 * np.prod(first.volumes[0].shape_zyx)
    with monkeypatch.context() as patched:
        patched.setattr(volumes, "prepare", None)
        assert volumes.view(files, case) == first
        assert volumes.view_bytes(files, case, "T2") == data
    shutil.rmtree(tmp_path / "derived")
    assert volumes.view_bytes(files, case, "T2") == data
    assert volumes.view(files, case) == first


def test_etags_follow_the_content(tmp_path: Path, study) -> None:
    files = Files(tmp_path)
    first = volumes.view(files, stored(files, study))
    same = volumes.view(files, stored(files, study))
    study[0]["T2"] = study[0]["T2"] + 1
    other = volumes.view(files, stored(files, study))
    assert first.volumes[0].etag == same.volumes[0].etag != other.volumes[0].etag


def test_what_a_case_lacks_is_not_found(tmp_path: Path, study) -> None:
    files = Files(tmp_path)
    with pytest.raises(NotFound, match="no zones"):
        volumes.view_bytes(files, stored(files, study), "zones")
    with pytest.raises(NotFound, match="tables"):
        volumes.load_prepared(files, Case(volumes=[]))


def test_a_flat_image_does_not_divide_by_zero(tmp_path: Path, study) -> None:
    files = Files(tmp_path)
    study[0]["DWI"] = image(np.zeros((8, 24, 20), np.float32))
    case = stored(files, study)
    assert not volumes.view_array(files, case, "DWI").any()
