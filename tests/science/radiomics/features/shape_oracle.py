"""PyRadiomics' own shape of a region, and the comparison with ours."""

import csv
import logging
import warnings

import numpy as np
import pytest
import SimpleITK as sitk

from backend.science.radiomics.region.mask_index import bounding_box
from tests.oracle import radiomics
from tests.source_tree import ROOT

REFERENCES = ROOT.parent / "shared" / "data" / "radiomics" / "pyradiomics"
SPACING = (0.7, 0.53, 3.1)
BOXES = [(1, 1, 1), (1, 1, 2), (5, 1, 1), (1, 7, 1), (3, 3, 3), (1, 9, 7), (4, 1, 7), (4, 4, 1), (2, 3, 5)]


def stock(region, spacing, kind="shape", **settings):
    """Name -> value of every feature of the class, on the region cropped as PyRadiomics crops it."""
    classes = radiomics().featureextractor.getFeatureClasses()
    volume = sitk.GetImageFromArray(region[bounding_box(region)].astype(np.uint8))
    volume.SetSpacing(spacing)
    made = classes[kind](volume, volume, **settings)
    logging.disable(logging.WARNING)
    try:
        for name in made.featureNames:
            made.enableFeatureByName(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {name: float(value) for name, value in made.execute().items()}
    finally:
        logging.disable(logging.NOTSET)


def assert_same(ours, theirs, rel=1e-9):
    """Every feature, the same NaN; where PyRadiomics' value is rounding noise around 0, the same noise."""
    assert set(ours) == set(theirs)
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, rel=rel, abs=0, nan_ok=True), name


def random_regions(draws, longest, seed):
    """Regions from a few voxels to full boxes, of sizes up to `longest` (z, y, x), each with a spacing of its own."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        region = rng.random(rng.integers(1, longest, endpoint=True)) < rng.uniform(0.05, 1.0)
        if region.any():
            yield region, tuple(rng.uniform(0.2, 5, 3))


def recorded(name):
    """PyRadiomics' recorded baseline as {case: {row: value}}; skips where the files are not here."""
    path = REFERENCES / "baseline" / name
    if not path.exists():
        pytest.skip("PyRadiomics' recorded baselines are not here")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {case: {row["featureName"]: row[case] for row in rows} for case in rows[0] if case != "featureName"}


def labelled(case):
    """Region and spacing of one of PyRadiomics' test cases."""
    mask = sitk.ReadImage(str(REFERENCES / f"{case}_label.nrrd"))
    return sitk.GetArrayFromImage(mask) == 1, mask.GetSpacing()
