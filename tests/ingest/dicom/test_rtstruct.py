"""Contours against phantoms drawn by formulas: circle, hole, islands, oblique slices; and refusals by name."""

from pathlib import Path

import numpy as np
import pytest

from backend.errors import BadFile, Refusal
from backend.ingest.dicom.read_study import read_study
from backend.ingest.dicom.rtstruct import Roi, read_rois
from backend.ingest.dicom.seg_grid import Lattice
from backend.ingest.formats.open_files import FileReader
from tests.ingest.dicom.seg_files import write_images, write_rtstruct

SPACING = (0.5, 0.5, 3.0)
AREA = 0.25  # mm2 of a pixel
TURNED = np.linalg.qr(np.array([[1.0, 0.2, -0.1], [-0.25, 1.0, 0.3], [0.05, -0.35, 1.0]]))[0]
TURNED *= np.sign(np.linalg.det(TURNED))


def lattice(axes=TURNED):
    return Lattice("T2", SPACING, (-30.0, -25.0, 12.0), tuple(axes.ravel()), (7, 120, 130))


def ellipse(centre, half, points=360, backwards=False):
    """A closed contour of (x, y) in mm of the slice."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)[:: -1 if backwards else 1]
    return np.stack([centre[0] + half[0] * np.cos(angles), centre[1] + half[1] * np.sin(angles)], 1)


def inside(centre, half):
    """The same ellipse by its formula, at the centres of pixels."""
    y, x = np.mgrid[:120, :130] * 0.5
    return ((x - centre[0]) / half[0]) ** 2 + ((y - centre[1]) / half[1]) ** 2 < 1


def contours(grid, flat, slices, kind="CLOSED_PLANAR"):
    """Contours of a slice, put on several slices of the grid in space."""
    axes = np.array(grid.direction).reshape(3, 3)
    return [
        (kind, np.array(grid.origin) + np.column_stack([each, np.full(len(each), k * SPACING[2])]) @ axes.T)
        for k in slices
        for each in flat
    ]


def mask_of(tmp_path, found, grid=None):
    write_rtstruct(tmp_path / "rs.dcm", {"Prostate": found})
    (roi,) = read_rois(tmp_path / "rs.dcm", FileReader(10**8))
    assert (roi.region, roi.shown) == ("gland", "ROI 1 of rs.dcm")
    found = roi.on(grid or lattice())
    return found if isinstance(found, str) else found.mask


def keyhole(outer, hole):
    """One contour that runs to the hole, around it, and back along the same way."""
    return np.concatenate([outer, outer[:1], hole, hole[:1], outer[:1]])


DISC, HOLE, ISLAND = ((30.17, 28.11), (20.2, 16.3)), ((34.17, 27.09), (8.2, 7.3)), ((52.13, 49.21), (9.1, 8.3))
PHANTOMS = {
    "circle": ([ellipse((30.1, 28.2), (18, 18))], [((30.1, 28.2), (18, 18))], []),
    "hole by exclusive or": ([ellipse(*DISC), ellipse(*HOLE, backwards=True)], [DISC], [HOLE]),
    "hole by a keyhole": ([keyhole(ellipse(*DISC), ellipse(*HOLE, backwards=True))], [DISC], [HOLE]),
    "two islands": ([ellipse(*HOLE), ellipse(*ISLAND)], [HOLE, ISLAND], []),
}


@pytest.mark.parametrize("axes", [np.eye(3), TURNED], ids=["axial", "oblique"])
@pytest.mark.parametrize("name", PHANTOMS)
def test_phantoms_have_their_volume_and_their_pixels(tmp_path, name, axes):
    drawn, solid, holes = PHANTOMS[name]
    grid = lattice(axes)
    mask = mask_of(tmp_path, contours(grid, drawn, (2, 3, 4)), grid)
    expected = np.any([inside(*each) for each in solid], axis=0)
    for hole in holes:
        expected &= ~inside(*hole)
    area = sum(np.pi * a * b for _, (a, b) in solid) - sum(np.pi * a * b for _, (a, b) in holes)
    assert mask.sum() * AREA == pytest.approx(3 * area, rel=0.01)
    assert not mask[[0, 1, 5, 6]].any()
    assert np.count_nonzero(mask[3] != expected) < 0.002 * expected.sum()  # a polygon is no ellipse


def test_a_mask_of_pixels_is_found_again_from_its_edges(tmp_path):
    grid = lattice()
    edges = np.array([(4.75, 4.75), (20.25, 4.75), (20.25, 9.75), (12.75, 9.75), (12.75, 15.25), (4.75, 15.25)])
    mask = mask_of(tmp_path, contours(grid, [edges], (0, 1)), grid)
    expected = np.zeros((120, 130), bool)
    expected[10:31, 10:41] = True
    expected[20:31, 26:41] = False
    assert np.array_equal(mask[0], expected)
    assert np.array_equal(mask[1], expected)


def test_lesions_apart_may_leave_slices_between_them(tmp_path):
    grid = lattice()
    found = contours(grid, [ellipse(*HOLE)], (1,)) + contours(grid, [ellipse(*ISLAND)], (5,))
    assert mask_of(tmp_path, found, grid).any(axis=(1, 2)).tolist() == [False, True, False, False, False, True, False]


SKIPPED = contours(lattice(), [ellipse(*DISC)], (1, 3, 5))
REFUSED = {
    "gap": (SKIPPED, "The ROI 1 of rs.dcm has no contour on 1 slices between two that have one; interpolate it where "
            "it was drawn, so that every slice has its contour."),
    "point": (contours(lattice(), [ellipse(*DISC)[:1]], (1,), "POINT"), "The ROI 1 of rs.dcm has a contour of POINT "
              "(ContourGeometricType (3006,0042)), which encloses nothing; remove it, or draw closed contours."),
    "open": (contours(lattice(), [ellipse(*DISC)], (1,), "OPEN_PLANAR"), "The ROI 1 of rs.dcm has a contour of "
             "OPEN_PLANAR (ContourGeometricType (3006,0042)), which encloses nothing; remove it, or draw closed "
             "contours."),
    "other": (contours(lattice(), [ellipse(*DISC)], (1,), "SPLINE"), "The ROI 1 of rs.dcm has a contour of another "
              "type (ContourGeometricType (3006,0042)), which encloses nothing; remove it, or draw closed contours."),
    "line": (contours(lattice(), [ellipse(*DISC)[:2]], (1,)), "The ROI 1 of rs.dcm has a closed contour of 2 points "
             "where NumberOfContourPoints (3006,0046) states 2; it needs three or more, so export it again."),
    "crossing": (contours(lattice(), [ellipse(*DISC), ellipse((48, 28), (10, 10))], (1,)), "The ROI 1 of rs.dcm has "
                 "contours that cross each other on one slice, so what it encloses is unclear; redraw it."),
    "twice": (contours(lattice(), [ellipse(*DISC)] * 2, (1,)), "The ROI 1 of rs.dcm has a contour twice on one slice, "
              "so what it encloses is unclear; redraw it."),
    "none": ([], "The ROI 1 of rs.dcm has no contours (ContourSequence (3006,0040)); export it with them."),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_encloses_no_region_is_refused_by_name(tmp_path, name):
    found, sentence = REFUSED[name]
    with pytest.raises(BadFile) as refusal:
        mask_of(tmp_path, found)
    assert refusal.value.sentence == sentence


def test_contours_beside_the_slices_or_the_image_are_told(tmp_path):
    half = contours(lattice(), [ellipse(*DISC)], (1.5,))
    assert mask_of(tmp_path, half) == "has a contour 1.50 mm off the slices of T2"
    assert mask_of(tmp_path, contours(lattice(), [ellipse(*DISC)], (7,))) == "reaches beyond T2"
    assert mask_of(tmp_path, contours(lattice(), [ellipse((62, 28), (9, 9))], (1,))) == "reaches beyond T2"
    nearly = mask_of(tmp_path, contours(lattice(), [ellipse(*DISC)], (1.05,)))
    assert np.array_equal(nearly, mask_of(tmp_path, contours(lattice(), [ellipse(*DISC)], (1,))))


SQUARE = [(-5, -8, 10), (3, -8, 10), (3, 2, 10), (-5, 2, 10)]


def test_a_structure_set_of_a_study_is_read_on_its_image(tmp_path):
    write_images(tmp_path)
    write_rtstruct(tmp_path / "rt" / "rs.dcm", {"Bladder": [SQUARE], "WG": [SQUARE], "GTV Lesion 2": []})
    study = read_study(tmp_path)
    voxels = study.volumes["drawn gland"].voxels
    assert np.argwhere(voxels).min(axis=0).tolist() == [2, 4, 5]
    assert np.argwhere(voxels).max(axis=0).tolist() == [2, 13, 12]
    assert study.notes["mask_unnamed"].endswith("region: ROI 1 of rs.dcm, ROI 3 of rs.dcm.")


def test_a_structure_set_of_another_space_or_off_the_slices_is_refused(tmp_path):
    write_images(tmp_path)
    write_rtstruct(tmp_path / "rs.dcm", {"Prostate": [SQUARE]}, "1.2.3")
    found = read_study(tmp_path).volumes["drawn gland"]
    assert isinstance(found, Refusal)
    assert found.sentence.startswith("The ROI 1 of rs.dcm is in another frame of reference (FrameOfReferenceUID")
    write_rtstruct(tmp_path / "rs.dcm", {"Prostate": [[(x, y, z + 1) for x, y, z in SQUARE]]})
    assert read_study(tmp_path).volumes["drawn gland"].sentence == (
        "The ROI 1 of rs.dcm has a contour 1.00 mm off the slices of T2 and needs the image that it was drawn on; draw "
        "it on an image of the study."
    )


def test_regions_without_a_number_are_refused(tmp_path):
    roi = Roi(Path("rs.dcm"), 1, "gland", "", None)
    with pytest.raises(BadFile, match=r"has no contours \(ContourSequence"):
        roi.on(lattice())
