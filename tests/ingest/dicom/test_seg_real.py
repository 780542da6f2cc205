"""The gland of a real case as a segmentation and as contours: the volume of the mask that its readers drew."""

import shutil
from datetime import UTC, datetime

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from backend.ingest.cohort import ingest
from backend.ingest.dicom.read_study import read_study
from backend.rendering.mask_seg import mask_seg
from backend.rendering.seg_source import SourceSeries, series_under
from shared.protocols.reader import prostate
from tests.ingest.dicom.seg_files import write_rtstruct, write_seg
from tests.ingest.files import CASES

CASE = CASES / "ProstateX-0000_11373_1001396"
VOLUME_ML = 44.28


@pytest.fixture
def study(tmp_path):
    """The DICOM series of the case without its masks; its gland; its T2 files from the foot up."""
    if not CASE.is_dir():
        pytest.skip(f"the real cases are not there: {CASE.parent.name}")
    shutil.copytree(CASE / "dicom", tmp_path / "dicom")
    series = next(folder for folder in (tmp_path / "dicom").iterdir() if folder.name.startswith("4."))
    files = sorted(series.iterdir(), key=lambda file: float(pydicom.dcmread(file).ImagePositionPatient[2]))
    gland = sitk.ReadImage(str(CASE / "11373_1001396_gland.nii.gz"))
    return tmp_path, gland, files


def loops(pixels):
    """The closed lines between marked and other pixels of a slice, as corners (x, y) in pixels; each edge once."""
    edges = {}
    for y, x in np.argwhere(pixels):
        corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
        for at, (dx, dy) in enumerate(((0, -1), (1, 0), (0, 1), (-1, 0))):
            if not pixels[y + dy, x + dx]:
                edges.setdefault(corners[at], []).append(corners[(at + 1) % 4])
    while edges:
        line = [next(iter(edges))]
        while line[-1] in edges:
            following = edges[line[-1]].pop()
            if not edges[line[-1]]:
                del edges[line[-1]]
            line.append(following)
        yield np.array(line[:-1]) - 0.5


def test_a_segmentation_of_the_gland_has_its_voxels(study):
    folder, gland, files = study
    drawn = sitk.GetArrayFromImage(gland) > 0
    write_seg(folder / "dicom" / "SEG" / "seg.dcm", files, drawn, ["Prostate"])
    (case,) = ingest(folder)
    found = case.acquired.masks["gland"]
    assert np.array_equal(sitk.GetArrayFromImage(found), drawn)
    assert found.GetOrigin() == pytest.approx(gland.GetOrigin(), abs=1e-3)
    assert case.volumes_ml["gland"] == pytest.approx(VOLUME_ML, abs=0.005)


def test_the_gland_written_as_a_segmentation_of_its_images_is_read_back(study):
    folder, gland, _ = study
    told = [SourceSeries.of(each) for each in read_study(folder, load=False).references.values()]
    about = {"protocol": prostate(), "case": "c", "patient": "11373", "made": datetime(2026, 11, 30, tzinfo=UTC)}
    content = mask_seg(gland, "gland", **about, source=series_under(gland, told))
    (folder / "dicom" / "gland.dcm").write_bytes(content)
    (case,) = ingest(folder)
    assert np.array_equal(sitk.GetArrayFromImage(case.acquired.masks["gland"]), sitk.GetArrayFromImage(gland) > 0)


def test_contours_of_the_gland_have_its_volume(study):
    folder, gland, _ = study
    contours = []
    for k, pixels in enumerate(sitk.GetArrayFromImage(gland) > 0):
        corners = [[(float(x), float(y), float(k)) for x, y in loop] for loop in loops(pixels)]
        contours += [[gland.TransformContinuousIndexToPhysicalPoint(point) for point in loop] for loop in corners]
    space = pydicom.dcmread(next((folder / "dicom").rglob("*.dcm"))).FrameOfReferenceUID
    write_rtstruct(folder / "dicom" / "RT" / "rs.dcm", {"Bladder": [], "prostate": contours}, space)
    (case,) = ingest(folder)
    assert case.volumes_ml["gland"] == pytest.approx(VOLUME_ML, rel=0.01)
