"""Images whose numbers are too large, too small or too close for their type: PyRadiomics' answer, and never a crash."""

import numpy as np
import pytest

from backend.science.imaging.grid import Grid
from backend.science.radiomics import extract, settings_of
from tests.oracle import needs_oracle
from tests.science.radiomics.odd_regions import Comparison, answer, judge, parameters
from tests.science.radiomics.phantom import SPACING

ORIGINAL = {"Original": {}}
NOISE = np.random.default_rng(0).normal(size=(8, 9, 10))
SIGNS = np.sign(NOISE)
CASES = {
    "float32, width below its step": (np.float32(1e8) + 30 * NOISE, np.float32, {"binWidth": 5}),
    "float32, one value and a width below its step": (np.float32(1e8) + NOISE, np.float32, {"binWidth": 1}),
    "float32, bins below its step": (1e8 + 8 * NOISE, np.float32, {"binCount": 32}),
    "float64, width below its step": (1e17 + 64 * np.round(NOISE), np.float64, {"binWidth": 1}),
    "float64, bins below its step": (1e16 + 2 * np.round(NOISE), np.float64, {"binCount": 32}),
    "a range beyond float64": (1.7e308 * SIGNS, np.float64, {"binCount": 8}),
    "a width of a tenth of that range": (1.7e308 * SIGNS, np.float64, {"binWidth": 1e307}),
    "a width beyond float32": (NOISE, np.float32, {"binWidth": 1e300}),
    "1e30": (1e30 * NOISE, np.float64, {"binCount": 16}),
    "1e30, float32": (1e30 * NOISE, np.float32, {"binCount": 16}),
    "denormal, bins": (5e-324 * np.round(10 * NOISE), np.float64, {"binCount": 8}),
    "denormal, width": (5e-324 * np.round(10 * NOISE), np.float64, {"binWidth": 1e-323}),
    "denormal float32": (1e-44 * np.round(10 * NOISE), np.float32, {"binWidth": 1e-44}),
    "int64 beyond 2^53": (2.0**53 + 8 * np.round(NOISE), np.int64, {"binWidth": 1}),
    "uint64 near its end": (2.0**63 + 2.0**60 * SIGNS, np.uint64, {"binCount": 32}),
    "uint8": (100 + 20 * NOISE, np.uint8, {"binWidth": 20}),
    "one value": (0 * NOISE + 7, np.float64, {"binWidth": 25}),
    "one value, float32 bins": (0 * NOISE + 7, np.float32, {"binCount": 5}),
    "one bin": (NOISE, np.float32, {"binCount": 1}),
}
TOO_LARGE = ("int64 beyond 2^53", "uint64 near its end")


@needs_oracle
@pytest.mark.parametrize("name", CASES)
def test_numbers_at_the_ends_of_a_type_give_pyradiomics_features_or_its_refusal(name):
    values, dtype, setting = CASES[name]
    image, mask = values.astype(dtype), np.zeros(values.shape, dtype=bool)
    mask[1:-1, 1:-1, 1:-1] = True
    ours = extract(image, mask, SPACING, settings_of(parameters(setting, ORIGINAL), "x"))
    theirs = answer(image, mask, parameters(setting, ORIGINAL))
    if theirs is None or name in TOO_LARGE:
        assert (ours.status, ours.reason.split(" ")[0]) == ("refused", "original:")
        assert ("it holds whole numbers that float64 does not tell apart" in ours.reason) == (name in TOO_LARGE)
        return
    assert ours.status != "refused", ours.reason
    found = Comparison()
    for feature, value in theirs.items():
        judge(found, feature, ours.values[feature], value, float(np.abs(image[mask]).max()))
    assert (found.beyond, found.undefined) == ([], [])


@needs_oracle
def test_a_laplacian_narrower_than_any_voxel_is_refused_as_pyradiomics_does():
    image, mask = 100 + 20 * NOISE, np.zeros(NOISE.shape, dtype=bool)
    mask[1:-1, 1:-1, 1:-1] = True
    grid = Grid.at_origin(image.shape, (100.0, 3.0, 1.0))
    asked = settings_of(parameters({}, {"LoG": {"sigma": [0.1]}}), "x")
    found = [extract(image, mask, grid, asked, engine=engine) for engine in ("fast", "pyradiomics")]
    assert [one.status for one in found] == ["refused", "refused"]
    assert found[0].reason == "log-sigma-0-1-mm-3D: it holds values that are not finite"


@pytest.mark.parametrize("engine", ["fast", pytest.param("pyradiomics", marks=needs_oracle)])
def test_a_new_grid_that_begins_beyond_the_image_holds_no_region(engine):
    image, mask = 100 + 20 * NOISE, np.zeros(NOISE.shape, dtype=bool)
    mask[2:5, 2:5, 2:5] = True
    grid = Grid.at_origin(image.shape, (100.0, 100.0, 0.01))
    asked = settings_of(parameters({"resampledPixelSpacing": [0, 0, 2]}, ORIGINAL), "x")
    assert extract(image, mask, grid, asked, engine=engine).status == "refused"
