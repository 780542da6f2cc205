"""Drawn glands, and real label maps placed back on their grid."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from scipy import ndimage

from backend.errors import BadSettings, NotFound
from backend.science.synthetic.anatomy import (
    IDENTITY,
    PZ,
    TZ,
    Anatomy,
    Field,
    Finding,
    Pose,
    build,
    draw_prostate,
    largest_gland,
    place_finding,
)
from backend.science.synthetic.library import check_room, place, read_library

ANATOMY = Path(__file__).resolve().parents[4] / "shared" / "data" / "anatomy"
needs_anatomy = pytest.mark.skipif(not ANATOMY.is_dir(), reason=f"the anatomy library is not at {ANATOMY}")
FIELD = Field((112, 112, 24), (1.0, 1.0, 3.0), (0.0, 0.0, 0.0), IDENTITY)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_gland_measures_the_volume_it_was_drawn_with() -> None:
    for seed in range(6):
        prostate = draw_prostate(rng(seed), pirads=4)
        anatomy = build(prostate, FIELD)
        assert anatomy.gland_ml == pytest.approx(prostate.volume_ml, abs=FIELD.voxel_ml)
        assert ndimage.label(anatomy.gland)[1] == 1


def test_volumes_are_log_normal_between_20_and_120_ml() -> None:
    volumes = np.array([draw_prostate(rng(seed), 2).volume_ml for seed in range(400)])
    assert volumes.min() >= 20
    assert volumes.max() <= 120
    assert np.median(volumes) == pytest.approx(45, rel=0.1)
    assert np.log(volumes).std() == pytest.approx(0.43, abs=0.06)


def test_the_largest_gland_keeps_15_mm_in_plane_of_the_default_field() -> None:
    for seed in range(200):
        prostate = draw_prostate(rng(seed), 5)
        if prostate.volume_ml > 100:
            ys, xs = np.nonzero(build(prostate, FIELD).gland.any(axis=0))
            assert min(xs.min(), ys.min(), 111 - xs.max(), 111 - ys.max()) >= 15
            return
    pytest.fail("no large gland was drawn")


def test_zones_divide_the_gland_and_leave_the_anterior_stroma() -> None:
    anatomy = build(draw_prostate(rng(1), 2), FIELD)
    zoned = anatomy.zones > 0
    assert not (zoned & ~anatomy.gland).any()
    assert 0.03 < 1 - zoned.sum() / anatomy.gland.sum() < 0.08
    y = np.arange(112)[None, :, None] * np.ones(FIELD.shape)
    assert y[anatomy.zones == PZ].mean() > y[anatomy.zones == TZ].mean() > y[anatomy.gland & ~zoned].mean()


def test_findings_follow_pirads() -> None:
    drawn = {grade: [draw_prostate(rng(seed), grade) for seed in range(120)] for grade in (1, 2, 3, 4, 5)}
    assert not any(p.findings for grade in (1, 2) for p in drawn[grade])
    mean_ml = {grade: np.mean([p.findings[0].volume_ml for p in drawn[grade]]) for grade in (3, 4, 5)}
    assert mean_ml[3] < mean_ml[4] < mean_ml[5]
    places = [f.zone for grade in (3, 4, 5) for p in drawn[grade] for f in p.findings]
    assert 0.6 < np.mean([zone == PZ for zone in places]) < 0.8


def test_enlarged_findings_differ_from_those_in_life_in_nothing_but_volume() -> None:
    for seed in range(60):
        as_in_life, enlarged = (
            draw_prostate(np.random.default_rng(seed), 3 + seed % 3, enlarged=times) for times in (1.0, 4.0)
        )
        assert enlarged.volume_ml == as_in_life.volume_ml
        for small, large in zip(as_in_life.findings, enlarged.findings, strict=True):
            assert large.volume_ml == min(4.0 * small.volume_ml, 0.35 * as_in_life.volume_ml)
            assert replace(large, volume_ml=small.volume_ml) == small


def test_a_finding_without_cancer_is_seen_but_not_drawn() -> None:
    prostate = next(p for p in (draw_prostate(rng(s), 3) for s in range(99)) if p.findings[0].isup == 0)
    anatomy = build(prostate, FIELD)
    assert (anatomy.suspicion == 3).any()
    assert not anatomy.lesion.any()


def test_lesion_lies_in_its_zone_and_measures_what_it_was_drawn_with() -> None:
    prostate = next(p for p in (draw_prostate(rng(s), 4) for s in range(99)) if len(p.findings) == 1)
    anatomy, finding = build(prostate, FIELD), prostate.findings[0]
    inside = anatomy.suspicion > 0
    assert (anatomy.zones[inside] == finding.zone).all()
    assert inside.sum() * FIELD.voxel_ml == pytest.approx(finding.volume_ml, abs=FIELD.voxel_ml)


def test_a_finding_is_stretched_along_the_border_about_its_place() -> None:
    """In a zone without an end, by the moments of its voxels."""
    zones, none = np.full(FIELD.shape, PZ, np.uint8), np.zeros(FIELD.shape, np.uint8)
    half, finding = [30.0, 25.0, 28.0], Finding(4, 2, PZ, (0.4, 0.3, 0.1), 6.0, 1.6)
    x, y, z = (FIELD.axis(each) for each in range(3))
    u, v, w = x[None, None] / half[0], y[None, :, None] / half[1], z[:, None, None] / half[2]
    drawn = place_finding(Anatomy(FIELD, zones > 0, zones, none, none), finding, u, v, w, half).suspicion > 0
    points = np.argwhere(drawn)[:, ::-1]
    off = np.stack([axis[points[:, at]] - finding.place[at] * half[at] for at, axis in enumerate((x, y, z))], axis=1)
    assert np.abs(off.mean(axis=0)).max() < 1.0
    outward = np.array([0.8, 0.6])
    across, along = off[:, :2] @ outward, off[:, :2] @ np.array([-0.6, 0.8])
    assert along.std() / across.std() == pytest.approx(1.6, rel=0.15)


def test_a_second_pose_shows_the_same_gland_elsewhere() -> None:
    prostate = draw_prostate(rng(3), 5)
    here, there = build(prostate, FIELD), build(prostate, FIELD, Pose((3.0, -2.0, 0.0), 0.05))
    moved = ndimage.shift(here.gland.astype(float), (0, -2, 3), order=0) > 0.5
    dice = 2 * (moved & there.gland).sum() / (moved.sum() + there.gland.sum())
    assert here.gland.sum() == there.gland.sum()
    assert dice > 0.95
    assert not np.array_equal(here.gland, there.gland)


def test_a_small_field_makes_smaller_glands() -> None:
    small = Field((80, 80, 16), (1.0, 1.0, 3.0), (0.0, 0.0, 0.0), IDENTITY)
    limit = largest_gland(small)
    assert 20 < limit < 60
    axes = 42.0 / 1.12 / 0.96 * np.array([1.16, 0.92, 0.96])  # the height, 14 slices of 3 mm, is what limits it
    assert (axes[:2] * 1.12 <= 72.0).all()
    assert limit == pytest.approx(4 / 3 * np.pi * np.prod(axes / 2) / 1000, rel=1e-9)
    assert max(draw_prostate(rng(seed), 2, limit).volume_ml for seed in range(100)) == pytest.approx(limit)


@needs_anatomy
def test_real_label_maps_return_to_their_full_t2_grid() -> None:
    sheet = pd.read_csv(ANATOMY / "marksheet.csv", dtype={"patient_id": str}).set_index("patient_id")
    patients = [p for p in read_library(ANATOMY) if p.full_size[0] <= 384][:6]
    for patient in patients:
        row = sheet.loc[patient.patient_id]
        anatomy = place(ANATOMY, patient, None, None, rng(0))
        stem = f"{patient.patient_id}_{patient.study_id}"
        label = sitk.ReadImage(str(ANATOMY / "labels" / f"{stem}_label.nii.gz"))
        assert anatomy.grid.size == (row.full_size_x, row.full_size_y, row.full_size_z)
        assert anatomy.grid.spacing == label.GetSpacing()
        assert anatomy.grid.direction == label.GetDirection()
        assert anatomy.grid.place(patient.crop) == pytest.approx(label.GetOrigin(), abs=1e-6)
        assert anatomy.gland_ml == pytest.approx(row.gland_mask_ml, abs=0.01)
        assert anatomy.lesion_ml == pytest.approx(row.lesion_ml, abs=0.001)
        values = sitk.GetArrayFromImage(label)
        x, y, z = patient.crop
        crop = anatomy.zones[z : z + values.shape[0], y : y + values.shape[1], x : x + values.shape[2]]
        assert (crop[values == 1] == TZ).all()
        assert (crop[values == 2] == PZ).all()
        assert (crop[values == 3] > 0).all()


@needs_anatomy
def test_a_smaller_field_holds_the_whole_gland_on_the_same_voxels() -> None:
    patient = next(p for p in read_library(ANATOMY) if p.full_size[0] == 384)
    whole = place(ANATOMY, patient, None, None, rng(0))
    part = place(ANATOMY, patient, None, (224, 224, 24), rng(0))
    assert part.grid.size == (224, 224, 24)
    assert part.gland_ml == whole.gland_ml
    offset = whole.grid.index(part.grid.origin)
    np.testing.assert_allclose(offset, offset.round(), atol=1e-6)


@needs_anatomy
def test_another_spacing_keeps_the_volume() -> None:
    patient = next(p for p in read_library(ANATOMY) if p.full_size[0] == 384)
    whole = place(ANATOMY, patient, None, None, rng(0))
    coarse = place(ANATOMY, patient, (1.0, 1.0, 3.0), (128, 128, 24), rng(0))
    assert coarse.gland_ml == pytest.approx(whole.gland_ml, rel=0.02)


@needs_anatomy
def test_a_field_that_would_cut_a_gland_is_refused() -> None:
    with pytest.raises(BadSettings, match="too small for the gland of patient"):
        check_room(read_library(ANATOMY), None, (64, 64, 24))


def test_a_folder_without_marksheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no marksheet\.csv"):
        read_library(tmp_path)
