"""Folders as downloaded or exported: PI-CAI's label repository, 3D Slicer, Prostate158, capital letters, macOS."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadImage
from backend.ingest.cohort import ingest
from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.unused import unused_files
from backend.ingest.regions import parse_codes
from backend.ingest.study import Accepted, Choices, Rejected
from tests.ingest.files import box, volume, write_study

SPACING = (1.0, 1.0, 1.5)
GLAND = 16 * 14 * 7 * 3 / 1000
PZ, TZ = box((4, 11, 1), (20, 18, 8)), box((4, 4, 1), (20, 11, 8))


def one(root, **options):
    (study,) = ingest(root, spacing=SPACING, **options)
    return study


def put(image, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path))


def write_picai(root):
    """One study as PI-CAI's two repositories have it."""
    write_study(root / "images" / "100", without=("gland", "lesion"))
    for plane in ("sag", "cor"):
        put(volume(), root / "images" / "100" / f"100_7_{plane}.mha")
    labels = root / "picai_labels"
    put(box((4, 4, 1), (20, 18, 8)), labels / "anatomical_delineations/whole_gland/AI/Bosma22b/100_7.nii.gz")
    put(PZ + TZ * 2, labels / "anatomical_delineations/zonal_pz_tz/AI/HeviAI23/100_7.nii.gz")
    lesions = labels / "csPCa_lesion_delineations"
    put(box((6, 6, 3), (10, 11, 5), value=3), lesions / "human_expert/resampled/100_7.nii.gz")
    put(box((1, 1, 1), (9, 9, 9)), lesions / "human_expert/original/100_7.nii.gz")
    put(box((1, 1, 1), (9, 9, 9)), lesions / "AI/Bosma22a/100_7.nii.gz")


def test_picai_is_read_as_downloaded_and_says_which_delineations(tmp_path):
    write_picai(tmp_path)
    planned = plan(tmp_path)
    assert planned.why.endswith(
        "The lesion masks are those of human_expert/resampled, not of human_expert/original, AI/Bosma22a."
    )
    study = one(tmp_path)
    assert isinstance(study, Accepted)
    assert study.volumes_ml["gland"] == pytest.approx(GLAND)
    assert study.lesion_grades == (3,)
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["zones"]), sitk.GetArrayFromImage(PZ + TZ * 2))
    assert unused_files(tmp_path, planned, []) == [
        "images/100/100_7_cor.mha",
        "images/100/100_7_sag.mha",
        "picai_labels/csPCa_lesion_delineations/AI/Bosma22a/100_7.nii.gz",
        "picai_labels/csPCa_lesion_delineations/human_expert/original/100_7.nii.gz",
    ]


def test_capital_letters_and_other_words_for_an_image_are_read(tmp_path):
    write_study(tmp_path)
    for path in list(tmp_path.iterdir()):
        kind = path.name.split("_")[2]
        path.rename(path.with_name(path.name.replace(kind, kind.upper()).replace("HBV", "Dwi")))
    study = one(tmp_path)
    assert isinstance(study, Accepted)
    assert study.volumes_ml["gland"] == pytest.approx(GLAND)


def test_picais_own_word_wins_over_another_for_the_same_image(tmp_path):
    write_study(tmp_path)
    put(volume(seed=9), tmp_path / "100_7_dwi.mha")
    planned = plan(tmp_path)
    assert planned.cases[0].images["DWI"].name == "100_7_hbv.mha"
    assert unused_files(tmp_path, planned, []) == ["100_7_dwi.mha"]


def test_what_file_managers_leave_is_neither_read_nor_mentioned(tmp_path):
    write_study(tmp_path)
    for name in (
        "._100_7_t2w.mha",
        "._100_7_gland.nii.gz",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "__MACOSX/100_7_t2w.mha",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\0\5\x16\7")
    assert isinstance(one(tmp_path), Accepted)
    assert unused_files(tmp_path, plan(tmp_path), []) == []


def seg_nrrd(path, labels, names):
    """A .seg.nrrd as 3D Slicer writes it; `names` by value."""
    made = sitk.Cast(labels, sitk.sitkUInt8)
    for number, (value, name) in enumerate(names.items()):
        made.SetMetaData(f"Segment{number}_Name", name)
        made.SetMetaData(f"Segment{number}_LabelValue", str(value))
    sitk.WriteImage(made, str(path), useCompression=True)


def test_a_segmentation_of_slicer_is_the_mask_its_name_says(tmp_path):
    write_study(tmp_path, without=("gland",))
    seg_nrrd(tmp_path / "100_7_gland.seg.nrrd", box((4, 4, 1), (20, 18, 8)), {1: "Segment_1"})
    assert one(tmp_path).volumes_ml["gland"] == pytest.approx(GLAND)
    seg_nrrd(tmp_path / "100_7_gland.seg.nrrd", PZ + TZ * 2, {1: "rectum", 2: "Prostate"})
    assert one(tmp_path).volumes_ml["gland"] == pytest.approx(GLAND / 2)
    seg_nrrd(tmp_path / "100_7_gland.seg.nrrd", PZ + TZ * 2, {1: "rectum", 2: "bladder"})
    assert one(tmp_path).reason == (
        "case 100_7: the gland mask holds the segments 'rectum', 'bladder', none of which is named gland; rename it, "
        "or export it alone."
    )


def test_overlapping_segments_of_slicer_are_refused_by_their_names(tmp_path):
    write_study(tmp_path, without=("gland",))
    layers = sitk.Compose(box((4, 4, 1), (20, 18, 8)), box((6, 6, 3), (10, 11, 5)))
    for number, name in enumerate(("Prostate", "Lesion 1")):
        layers.SetMetaData(f"Segment{number}_Name", name)
        layers.SetMetaData(f"Segment{number}_LabelValue", "1")
        layers.SetMetaData(f"Segment{number}_Layer", str(number))
    sitk.WriteImage(layers, str(tmp_path / "100_7_gland.seg.nrrd"), useCompression=True)
    assert one(tmp_path).reason == (
        "case 100_7: 100_7_gland.seg.nrrd holds segments that overlap ('Prostate', 'Lesion 1'), in 2 layers; save each "
        "in a file of its own."
    )


def test_a_whole_segmentation_of_slicer_is_read_by_the_names_of_its_segments(tmp_path):
    write_study(tmp_path, without=("gland", "lesion"))
    seg_nrrd(tmp_path / "100_7.seg.nrrd", PZ * 2 + TZ, {2: "Peripheral zone", 1: "TZ"})
    study = one(tmp_path)
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["zones"]), sitk.GetArrayFromImage(PZ + TZ * 2))
    assert study.zones == {"1": "TZ", "2": "PZ"}
    seg_nrrd(tmp_path / "100_7.seg.nrrd", PZ * 2 + TZ, {2: "urethra", 1: "TZ"})
    refused = one(tmp_path)
    assert isinstance(refused, Rejected)
    assert "names a segment 'urethra', which is no known region" in refused.reason


def write_prostate158(root, separator="/"):
    """One study of Prostate158, its zones in its own order: 1 = TZ, 2 = PZ."""
    folder = root / "train" / "020"
    for seed, name in enumerate(("t2", "dwi", "adc")):
        put(volume(seed=seed), folder / f"{name}.nii.gz")
    put(TZ + PZ * 2, folder / "t2_anatomy_reader1.nii.gz")
    put(box((6, 6, 3), (10, 11, 5)), folder / "adc_tumor_reader1.nii.gz")
    columns = ("t2", "adc", "dwi", "t2_anatomy_reader1", "adc_tumor_reader1")
    cells = [separator.join(("train", "020", f"{name}.nii.gz")) for name in columns]
    (root / "train.csv").write_text(f"ID,{','.join(columns)},note\n20,{','.join(cells)},x\n")


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_prostate158s_own_table_is_read_with_its_codes(tmp_path, separator):
    write_prostate158(tmp_path, separator)
    planned = plan(tmp_path)
    assert planned.why == "layout manifest: train.csv with Prostate158's columns, 1 study."
    assert planned.columns == ("note",)
    study = one(tmp_path)
    assert study.study_id == "20"
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["zones"]), sitk.GetArrayFromImage(PZ + TZ * 2))
    assert study.lesion_grades == (1,)


def test_names_of_codes_hold_for_the_label_map_of_a_manifest(tmp_path):
    write_study(tmp_path, without=("gland", "lesion"))
    put(TZ + PZ * 2, tmp_path / "map.nii.gz")
    (tmp_path / "manifest.csv").write_text(
        "study_id,patient_id,t2w,dwi,adc,labels\n7,100,100_7_t2w.mha,100_7_hbv.mha,100_7_adc.mha,map.nii.gz\n"
    )
    study = one(tmp_path, choices=Choices(zones=parse_codes("1=TZ,2=PZ")))
    assert np.array_equal(sitk.GetArrayFromImage(study.acquired.masks["zones"]), sitk.GetArrayFromImage(PZ + TZ * 2))


def test_a_series_named_in_a_row_of_files_is_a_problem_of_that_study(tmp_path):
    (tmp_path / "manifest.csv").write_text("study_id,t2w,series_t2\n7,a.mha,4\n")
    (case,) = plan(tmp_path).cases
    assert case.problem == "its row names a DICOM series, but its images are files; name a `dicom` folder alone"


def test_two_label_maps_of_a_study_are_a_problem(tmp_path):
    for name in ("1_5_t2w.mha", "1_5.seg.nrrd", "1_5_labels.nrrd"):
        (tmp_path / name).touch()
    (case,) = plan(tmp_path).cases
    assert case.problem == "two files claim to be its label map (1_5.seg.nrrd and 1_5_labels.nrrd); keep one"


def test_a_folder_of_bare_names_alone_is_no_study(tmp_path):
    (tmp_path / "100_7.nii.gz").touch()
    with pytest.raises(BadImage, match="holds no study in the layout `auto`"):
        plan(tmp_path)
