"""What a look says of the masks of a study, and that the import then does what was said."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from backend.cli.preview_lines import preview_lines
from backend.errors import BadSettings
from backend.ingest.cohort import ingest
from backend.jobs.planning.import_preview import preview
from backend.settings import Settings
from shared import schemas as s
from tests.ingest.dicom.seg_files import SHAPE, blob, write_images, write_rtstruct, write_seg
from tests.ingest.files import box, write_study

ZONES = np.zeros((*SHAPE, 2), bool)
ZONES[2:6, 4:11, 5:20, 0] = ZONES[2:6, 11:18, 5:20, 1] = True


def looked(folder: Path, **options: object) -> s.ImportPreview:
    params = s.ImportCasesParams.model_validate({"cohort": "look", "path": str(folder), **options})
    return preview(Settings(data_dir=folder.parent), params, local=True)


def one(folder: Path) -> s.PreviewStudy:
    (study,) = looked(folder).shown
    return study


def told(study: s.PreviewStudy) -> list[tuple[str, str, str, str]]:
    """File, label, what it is used as, why not, of every drawing."""
    return [
        (each.file, drawing.label, " ".join(drawing.used_as), drawing.why)
        for each in study.objects
        for drawing in each.drawings
    ]


def test_every_segment_and_roi_is_listed_with_its_use(tmp_path: Path) -> None:
    files = write_images(tmp_path / "a" / "dicom")
    pixels = np.concatenate([ZONES, blob(1)[..., None], blob(2)[..., None]], -1)
    write_seg(tmp_path / "a" / "dicom" / "s.dcm", files, pixels, ["Left PZ", "TZ", "Bladder Jansen", "AFS"])
    square = [[0.0, 0.0, 10.0], [5.0, 0.0, 10.0], [5.0, 5.0, 10.0]]
    write_rtstruct(tmp_path / "a" / "dicom" / "r.dcm", {"Lesion 1": [square], "Meier": [square]})
    study = one(tmp_path)
    assert [(each.kind, each.file) for each in study.objects] == [("RTSTRUCT", "r.dcm"), ("SEG", "s.dcm")]
    unknown = "no word or code names a region"
    assert told(study) == [
        ("r.dcm", "Lesion 1", "lesion", ""),
        ("r.dcm", "", "", unknown),
        ("s.dcm", "Left PZ", "zones gland", ""),
        ("s.dcm", "TZ", "zones gland", ""),
        ("s.dcm", "bladder", "", unknown),
        ("s.dcm", "AFS", "gland", ""),
    ]
    assert study.problem == ""
    lines = list(preview_lines(looked(tmp_path)))
    assert "            segment 1   Left PZ: used as zones and gland" in lines
    assert "            ROI 2   of an unknown name: not used: no word or code names a region" in lines
    assert not any("ansen" in line or "Meier" in line for line in lines)
    (case,) = ingest(tmp_path)
    assert set(case.acquired.masks) == {"gland", "zones", "lesion"}


def test_a_file_beside_the_study_counts_first_and_is_said(tmp_path: Path) -> None:
    files = write_images(tmp_path / "dicom")
    write_seg(tmp_path / "dicom" / "s.dcm", files, ZONES, ["PZ", "TZ"])
    write_seg(tmp_path / "dicom" / "t.dcm", files, blob(), ["Prostate"], change=lambda ds: ds.pop("SegmentationType"))
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(tmp_path / "200_9_gland.nii.gz"))
    study = one(tmp_path)
    assert told(study) == [("s.dcm", "PZ", "zones", ""), ("s.dcm", "TZ", "zones", "")]
    assert study.objects[1].problem.startswith("The segmentation t.dcm has a SegmentationType (0062,0001) other than")
    assert study.problem == ""
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(tmp_path / "200_9_zones.nii.gz"))
    assert [why for *_, why in told(one(tmp_path))] == ["a file beside the study draws zones and gland"] * 2


def test_what_the_import_would_refuse_for_its_masks_is_said_by_the_look(tmp_path: Path) -> None:
    for name in "abcd":
        write_images(tmp_path / name / "dicom")
    files = sorted((tmp_path / "a" / "dicom" / "4").glob("*.dcm"))[::-1]
    write_seg(tmp_path / "a" / "dicom" / "s.dcm", files, np.stack([blob()] * 2, -1), ["Prostate", "Gland"])
    write_seg(tmp_path / "b" / "dicom" / "s.dcm", files, blob(), ["Bladder"])
    write_seg(
        tmp_path / "c" / "dicom" / "s.dcm", files, blob(), ["Prostate"], change=lambda ds: ds.pop("SegmentationType")
    )
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(tmp_path / "d" / "200_9_gland.nii.gz"))
    looks = {study.study_id: study.problem for study in looked(tmp_path).shown}
    cases = {case.study_id: case for case in ingest(tmp_path)}
    assert looks.pop("200_9") == ""
    assert looks["a"].startswith(
        "Several DICOM drawings claim to be the gland (segment 1 of s.dcm, segment 2 of s.dcm)"
    )
    for name, problem in looks.items():
        assert cases[name].reason.lower() == f"case {name}: {problem}".lower()


def test_zone_codes_are_shown_and_options_are_checked_as_by_the_import(tmp_path: Path) -> None:
    write_study(tmp_path / "s", zones=box((6, 6, 3), (10, 11, 5), value=2))
    assert one(tmp_path / "s").zones == {"1": "PZ", "2": "TZ"}
    found = looked(tmp_path / "s", zones="2=PZ,1=TZ")
    assert found.shown[0].zones == {"1": "TZ", "2": "PZ"}
    assert "zones 100_7_zones.nii.gz (1 = TZ, 2 = PZ)" in "\n".join(preview_lines(found))
    (tmp_path / "SUMS").write_text(f"{'0' * 64}  elsewhere.dcm\n")
    with pytest.raises(BadSettings, match="names no file of the folder"):
        looked(tmp_path / "s", checksums=str(tmp_path / "SUMS"))
    (tmp_path / "s" / "100_7_zones.nii.gz").unlink()
    assert one(tmp_path / "s").zones == {}
    with pytest.raises(BadSettings, match="no study has a zones mask"):
        looked(tmp_path / "s", zones="1=PZ")
