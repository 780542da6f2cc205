"""Scores against computations of other people, and intervals against what they should cover."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.distance import cdist
from sklearn import metrics

from backend.science.imaging.surface_distance import hausdorff95
from backend.science.tables.patients import patient_rows
from backend.science.training.metric_intervals import drawn, patient_intervals
from backend.science.training.metrics import area_under_curve, mask_scores, quadratic_kappa


def blobs(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two overlapping ellipsoids with a rough edge."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(24), np.arange(20), indexing="ij")).astype(float)
    masks = []
    for _ in range(2):
        centre, radii = rng.uniform([3, 8, 7], [7, 15, 13]), rng.uniform([1.5, 3, 3], [3.5, 7, 6])
        inside = np.square((grid - centre[:, None, None, None]) / radii[:, None, None, None]).sum(axis=0)
        masks.append(inside + rng.uniform(-0.2, 0.2, inside.shape) < 1)
    return masks[0], masks[1]


@pytest.mark.parametrize("seed", range(4))
def test_hausdorff_95_equals_all_pairs_of_contour_voxels(seed: int) -> None:
    ours, theirs = blobs(seed)
    spacing = (3.0, 0.7, 1.1)
    contours = []
    for mask in (ours, theirs):
        contour = sitk.BinaryContour(sitk.GetImageFromArray(mask.astype(np.uint8)), fullyConnected=False)
        contours.append(np.argwhere(sitk.GetArrayFromImage(contour)) * spacing)
    pairs = cdist(*contours)
    expected = max(np.percentile(pairs.min(axis=1), 95), np.percentile(pairs.min(axis=0), 95))
    assert hausdorff95(ours, theirs, spacing) == pytest.approx(expected, rel=1e-6)
    assert hausdorff95(ours, ours, spacing) == 0.0
    assert hausdorff95(ours, np.zeros_like(ours), spacing) is None


@pytest.mark.parametrize("seed", range(3))
def test_dice_equals_simpleitks(seed: int) -> None:
    ours, theirs = blobs(seed)
    overlap = sitk.LabelOverlapMeasuresImageFilter()
    overlap.Execute(*(sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in (ours, theirs)))
    scores = mask_scores(np.array([[(ours & theirs).sum(), ours.sum(), theirs.sum(), np.nan]], dtype=float), "lesion")
    assert scores["dice"] == pytest.approx(overlap.GetDiceCoefficient())


def test_auc_and_kappa_equal_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        truth, score = rng.integers(0, 4, 40), np.round(rng.random(40), 1)
        assert area_under_curve(score, truth == 2) == pytest.approx(metrics.roc_auc_score(truth == 2, score))
        given = rng.integers(0, 4, 40)
        expected = metrics.cohen_kappa_score(truth, given, weights="quadratic")
        assert quadratic_kappa(given, truth, 4) == pytest.approx(expected)


def test_auc_equals_the_share_of_ordered_pairs() -> None:
    rng = np.random.default_rng(1)
    score, positive = np.round(rng.random(50), 1), rng.random(50) < 0.3
    pairs = score[positive][:, None] - score[~positive][None]
    assert area_under_curve(score, positive) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())


def test_all_studies_of_a_drawn_patient_come_along() -> None:
    patients = ["a", "b", "a", "c", "b", "a"]
    for seed in range(20):
        counts = np.bincount(drawn(patient_rows(patients), np.random.default_rng(seed)), minlength=6)
        assert counts[0] == counts[2] == counts[5]
        assert counts[1] == counts[4]
        assert counts[0] + counts[1] + counts[3] == 3


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng, covered = np.random.default_rng(2), 0
    for trial in range(150):
        values = rng.normal(size=40)
        found = patient_intervals(
            lambda rows, values=values: {"mean": float(values[rows].mean())}, [str(i) for i in range(40)], trial, 100
        )["mean"]
        assert found is not None
        covered += found[0] <= 0.0 <= found[1]
    assert 0.88 <= covered / 150 <= 0.98


def test_doubled_studies_do_not_make_an_interval_narrower_and_undefined_scores_have_none() -> None:
    values = np.random.default_rng(3).normal(size=20)
    once = patient_intervals(lambda rows: {"m": float(values[rows].mean())}, [str(i) for i in range(20)], 0)["m"]
    twice = np.repeat(values, 2)
    patients = [str(i) for i in range(20) for _ in range(2)]
    doubled = patient_intervals(lambda rows: {"m": float(twice[rows].mean())}, patients, 0)["m"]
    assert once is not None
    assert doubled is not None
    assert doubled[1] - doubled[0] == pytest.approx(once[1] - once[0], rel=0.15)
    assert patient_intervals(lambda _: {"m": None}, ["a", "b"], 0) == {"m": None}
    assert patient_intervals(lambda _: {"m": 1.0}, ["a", "a"], 0) == {"m": None}
