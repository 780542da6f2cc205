"""Orientation and zeros of the encoder's input: LPS forgets a file's axes, as stored keeps them; old keys stay."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from backend.jobs.data.cohorts import accepted
from backend.jobs.data.encoder_inputs import EncoderInputs, input_file_key, region_masks
from backend.jobs.resume.training_keys import import_key, pretrain_key
from backend.models import Case
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import IMAGES, input_key
from backend.storage.volumes import load_prepared
from shared import schemas as s
from shared.protocols.reader import built_in, prostate
from tests.jobs import tiny

STORED = {"001": "LPS", "002": "RAS", "003": "LAS", "004": "PSL"}
SIZE, GRID = (16, 32, 48), (0.5, 0.5, 1.0)
SEEN = s.EncoderInput(size_zyx=(16, 32, 48))
AS_STORED = SEEN.model_copy(update={"orientation": "as_stored"})


def files_of(folder: Path) -> Path:
    """One study at 0.5 x 0.5 x 1 mm, stored four ways; its halves differ along every axis."""
    rng = np.random.default_rng(7)
    z, y, x = np.indices(SIZE)
    gland = ((z - 7) ** 2 + (y - 15) ** 2 + (x - 20) ** 2 < 36).astype(np.uint8)
    lesion = ((z - 6) ** 2 + (y - 13) ** 2 + (x - 18) ** 2 < 6).astype(np.uint8)
    images = {kind: (rng.gamma(2, 80, SIZE) + 9 * z + 4 * y + 2 * x).astype(np.float32) for kind in IMAGES}
    images["ADC"] += 600
    for image in images.values():
        image[:, :3] = 0
    names = {"T2": "t2w.mha", "DWI": "hbv.mha", "ADC": "adc.mha"}
    arrays = {names[kind]: array for kind, array in images.items()} | {"gland.nii.gz": gland, "lesion.nii.gz": lesion}
    for patient, stored in STORED.items():
        (folder / patient).mkdir(parents=True)
        for name, array in arrays.items():
            image = sitk.GetImageFromArray(array)
            image.SetSpacing(GRID)
            image.SetOrigin((-12.0, -8.0, 30.0))
            sitk.WriteImage(sitk.DICOMOrient(image, stored), folder / patient / f"{patient}_5000_{name}")
    return folder


@pytest.fixture
def imported(settings, database, tmp_path) -> tuple[BlobStore, dict[str, Case], Path]:
    folder = files_of(tmp_path / "studies")
    result = tiny.done(tiny.run(settings, s.ImportCasesParams(cohort="four", path=str(folder), ids="keep")))
    with database.read() as session:
        cases = {case.patient_id: case for case in accepted(session, str(result["cohort_id"]))}
        for case in cases.values():
            _ = list(case.volumes)
    return BlobStore(settings.data_dir / "files"), cases, folder


def published(file: Path) -> np.ndarray:
    """What code that never reorients makes of a file: its array, z-scored over what is not 0."""
    array = sitk.GetArrayFromImage(sitk.ReadImage(file)).astype(np.float64)
    inside = array != 0
    array[inside] = (array[inside] - array[inside].mean()) / array[inside].std()
    return array.astype(np.float32)


def test_files_at_the_grid_are_kept_and_orientation_is_forgotten_or_kept(imported) -> None:
    files, cases, folder = imported
    for kind, name in (("T2", "t2w"), ("DWI", "hbv"), ("ADC", "adc")):
        file = sitk.GetArrayFromImage(sitk.ReadImage(folder / "001" / f"001_5000_{name}.mha"))
        assert load_prepared(files, cases["001"], prostate()).images[kind].tobytes() == file.tobytes(), (
            "unchanged by the import"
        )
    by_patient = [cases[patient] for patient in STORED]
    turned = list(EncoderInputs(files, by_patient, prostate(), SEEN))
    assert all(one.tobytes() == turned[0].tobytes() for one in turned), "LPS, however it was stored"
    masks = region_masks(files, by_patient, prostate(), "lesion", SEEN)
    assert masks[0].any()
    assert all(np.array_equal(mask, masks[0]) for mask in masks)

    kept = list(EncoderInputs(files, by_patient[:3], prostate(), AS_STORED))
    for patient, seen in zip(STORED, kept, strict=False):
        for channel, name in enumerate(("t2w", "hbv", "adc")):
            expected = published(folder / patient / f"{patient}_5000_{name}.mha")
            np.testing.assert_array_equal(seen[channel], expected)
    assert kept[0].tobytes() == turned[0].tobytes(), "stored LPS"
    for other in kept[1:]:
        assert np.linalg.norm(other - kept[0]) / np.linalg.norm(kept[0]) > 0.5
    drawn_masks = region_masks(files, by_patient[:3], prostate(), "lesion", AS_STORED)
    for patient, mask in zip(STORED, drawn_masks, strict=False):
        drawn = sitk.GetArrayFromImage(sitk.ReadImage(folder / patient / f"{patient}_5000_lesion.nii.gz"))
        assert np.array_equal(mask, drawn)
    whole = EncoderInputs(files, [cases["002"]], prostate(), AS_STORED).whole(0)
    assert whole.tobytes() == kept[1].tobytes()


def test_what_is_next_to_zero_counts_as_zero_where_told(imported) -> None:
    files, cases, _ = imported
    given = SEEN.model_copy(update={"zero_below": 0.05})
    (seen,) = EncoderInputs(files, [cases["001"]], prostate(), given)
    for channel, kind in enumerate(IMAGES):
        image = load_prepared(files, cases["001"], prostate()).images[kind].astype(np.float64)
        inside = image >= 0.05 * np.quantile(image[image != 0], 0.999)
        assert (kind == "ADC") == (inside.sum() == (image != 0).sum()), "no tissue of ADC is that dark"
        expected = np.where(inside, (image - image[inside].mean()) / image[inside].std(), 0)
        np.testing.assert_allclose(seen[channel], expected, atol=1e-6)


def test_keys_of_the_default_are_those_of_older_versions_and_every_setting_changes_them() -> None:
    """The hashes are those that the version before these settings gave."""

    def keys(given: s.EncoderInput) -> list[str]:
        case = Case(volumes=[])
        return [
            input_key(given, None),
            pretrain_key(s.PretrainParams(cohort_id="a" * 8, input=given), []),
            import_key(s.ImportEncoderParams(cohort_id="a" * 8, path="x", input=given), "0" * 64, None),
            input_file_key(case, prostate(), given, "images", IMAGES),
            input_file_key(case, prostate(), given, "lesion", ("T2", "lesion")),
        ]

    assert keys(s.EncoderInput()) == [
        "7c94f8bcdb92864023a9822126d6b5756cadad561cc7776c01794f54067210c7",
        "fe514a6a10f04bf6e881e9f1f3af5ad92d54863b28e59f6c3a4c5cb18d114f27",
        "6d44e5b258143beb98560a402b63391cb9424b5f29cfb57cccaa0839f3ca1965",
        "b7650dd7480bf57a1f520970d8c8cee456dfb987c384adca89690900fc6dec67",
        "5ceda1a8328c83fe6c8244f9d2ff456a1934c52b40e2bcc7d27abda9d3a14909",
    ]
    assert set(s.EncoderInput().model_dump()) == {"size_zyx", "spacing_zyx_mm", "coverage"}
    settings = [s.EncoderInput(), s.EncoderInput(orientation="as_stored"), s.EncoderInput(zero_below=1e-5)]
    for of_one_kind in zip(*map(keys, settings), strict=True):
        assert len(set(of_one_kind)) == 3


def test_a_stored_encoder_tells_its_settings_again() -> None:
    given = s.EncoderInput(orientation="as_stored", zero_below=1e-5)
    assert s.EncoderInput.model_validate(given.model_dump(mode="json")) == given


def test_channels_as_measured_are_told_to_augmentation(tmp_path) -> None:
    """A CT of intensity `none` is in HU, where 0 is water; a window makes air 0."""
    given = built_in("lung-ct").model_dump() | {"name": "two"}
    given["modalities"] = [*given["modalities"], {"name": "PET", "aliases": ["pt"]}]
    for rule, expected in (("none", (1, 2)), ({"window": (-1000, 400)}, ())):
        protocol = s.Protocol.model_validate(given | {"intensity": {"CT": rule}, "display_order": []})
        seen = EncoderInputs(
            BlobStore(tmp_path), [], protocol, SEEN.model_copy(update={"modalities": ("PET", "CT", "CT")})
        )
        assert seen.unscaled == expected
