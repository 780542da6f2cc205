"""Grey levels beyond any table: lists of those that occur, against PyRadiomics where it can and formulas elsewhere."""

import numpy as np
import pytest

from backend.science.radiomics import extract, settings_of
from backend.science.radiomics.features.second_singular_value import second_singular_value
from backend.science.radiomics.kernel import STEPS
from backend.science.radiomics.region import discretisation
from backend.science.radiomics.region.mask_index import MaskIndex
from tests.oracle import needs_oracle
from tests.science.radiomics.odd_regions import REGIONS, compared, parameters
from tests.science.radiomics.phantom import SPACING

ORIGINAL = {"Original": {}}


@pytest.mark.parametrize("setting", [{}, {"weightingNorm": "euclidean", "distances": [2]}, {"force2D": True}], ids=str)
@pytest.mark.parametrize("region", REGIONS)
def test_listed_levels_give_pyradiomics_features(region, setting, monkeypatch):
    monkeypatch.setattr(discretisation, "MOST_LEVELS", 1)
    image, mask = REGIONS[region]()
    width = {"binWidth": 40} if region == "more than 500 levels" else {"binCount": 12}
    result = compared(image, mask, {**setting, **width, "gldm_a": 1}, ORIGINAL)
    assert result is None or (result.beyond, result.undefined) == ([], [])


@pytest.mark.parametrize("bins", [{"binCount": 5000}, {"binWidth": 0.2}], ids=str)
def test_thousands_of_levels_on_a_line_agree(bins):
    """A line has one direction, so PyRadiomics' table of 5000 x 5000 fits."""
    image, mask = np.zeros((3, 3, 12)), np.zeros((3, 3, 12), dtype=bool)
    mask[1, 1, 1:10] = True
    image[mask] = [3.0, 3.0, 1000.0, 20.5, 3.1, 1000.0, 20.4, 20.6, 3.0]
    result = compared(image, mask, {"minimumROIDimensions": 1, **bins}, ORIGINAL)
    assert (result.beyond, result.undefined) == ([], [])


def test_every_voxel_of_another_level():
    size, draw = (30, 31, 32), np.random.default_rng(4)
    image, mask = np.zeros((32, 33, 34)), np.zeros((32, 33, 34), dtype=bool)
    mask[1:-1, 1:-1, 1:-1] = True
    levels = draw.permutation(np.prod(size)).reshape(size) + 1
    image[mask] = levels.ravel() - 1
    found = extract(image, mask, SPACING, settings_of(parameters({"binWidth": 1}, ORIGINAL), "x"))
    values = {name.removeprefix("original_"): value for name, value in found.values.items()}
    assert (found.engine, found.fallback) == ("fast", "")
    assert found.quality.grey_levels == {"original": levels.size}
    assert values["glszm_ZonePercentage"] == values["glrlm_RunPercentage"] == 1
    assert values["firstorder_Entropy"] == pytest.approx(np.log2(levels.size))
    assert values["gldm_LargeDependenceEmphasis"] == 1
    contrast, same_order = [], []
    for step in STEPS.astype(int):
        low = tuple(slice(max(0, -s), n - max(0, s)) for s, n in zip(step, size, strict=True))
        high = tuple(slice(max(0, s), n - max(0, -s)) for s, n in zip(step, size, strict=True))
        a, b = levels[low].ravel(), levels[high].ravel()
        contrast.append(np.mean((a - b) ** 2.0))
        same_order.append(np.mean(a * b.astype(float)))
    assert values["glcm_Contrast"] == pytest.approx(np.mean(contrast))
    assert values["glcm_Autocorrelation"] == pytest.approx(np.mean(same_order))
    assert values["glcm_MCC"] == pytest.approx(1, abs=1e-4)  # every line of the box is a block of the matrix


@pytest.mark.parametrize(
    ("dtype", "width", "mean"),
    [
        *((np.float64, 0.1, 500), (np.float64, 0.37, 500), (np.float32, 0.1, 500)),
        *((np.float32, 0.25, 500), (np.float32, 0.3, 1e6), (np.float32, 0.1, 5e6)),
    ],
)
def test_levels_are_those_between_the_edges_of_numpy(dtype, width, mean):
    """Of float32, whose own steps may be wider than the bins, the edges are as odd as PyRadiomics'."""
    values = np.random.default_rng(7).normal(mean, 100, 2000).astype(dtype)
    low, high = values.min(), values.max()
    edges = np.arange(low - (low % width), high + 2 * width, width)
    values = np.concatenate([values.astype(float), edges[(edges > low) & (edges < high)][::97]])
    found = discretisation._levels_of_width(values, low, high, width)
    assert found.tolist() == np.digitize(values, edges).tolist()


def test_levels_beyond_32_bits_are_numbered_and_beyond_float64_refused():
    _, mask = REGIONS["four in a square"]()
    line = MaskIndex.of(mask)
    values = np.array([0.0, 1.0, 1.0, 4.0])
    levels = discretisation.grey_levels(values, 0.0, 4.0, None, 1e-10, line)
    assert levels.occurring.tolist() == [1, 10**10 + 1, 4 * 10**10 + 1]
    count, alike, total = levels.around(STEPS, 3 * 10**10)
    assert (count + levels.around(-STEPS, 0)[0]).tolist() == [3, 3, 3, 3]
    assert alike.tolist() == [2, 2, 1, 0]
    assert total.tolist() == [6 * 10**10 + 3, 5 * 10**10 + 2, 4 * 10**10 + 1, 0]
    with pytest.raises(discretisation.NoBins, match="binWidth 1e-30 makes more grey levels here than float64"):
        discretisation.grey_levels(values, 0.0, 4.0, None, 1e-30, line)


@needs_oracle
def test_levels_beyond_float64_are_refused_as_pyradiomics_refuses_them():
    image, mask = REGIONS["four in a square"]()
    asked = settings_of(parameters({"binWidth": 1e-30}, ORIGINAL), "x")
    assert extract(image, mask, SPACING, asked).status == "refused"


@pytest.mark.parametrize("shape", [(20, 30), (350, 400)])
def test_the_second_singular_value_is_lapacks(shape):
    draw = np.random.default_rng(3)
    table = draw.poisson(3, shape) + np.eye(*shape) * 40
    p = table / table.sum()
    p_x, p_y = p.sum(axis=1), p.sum(axis=0)
    row, column = np.nonzero(p)
    expected = np.linalg.svd(p / np.sqrt(np.outer(p_x, p_y)), compute_uv=False)[1]
    assert second_singular_value(row, column, p[row, column], p_x, p_y) == pytest.approx(expected, rel=1e-9)


def test_blocks_have_a_second_singular_value_of_one():
    row = np.arange(700)
    p = np.full(700, 1 / 700)
    assert second_singular_value(row, row, p, p, p) == pytest.approx(1, abs=1e-9)


def test_sums_over_pairs_of_levels_are_those_over_all_pairs():
    from backend.science.radiomics.features.ngtdm import _sums_over_pairs

    draw = np.random.default_rng(9)
    i, p, s = np.sort(draw.choice(10**6, 200, replace=False)), draw.integers(1, 6, 200) / 600, draw.random(200)
    a, b = np.meshgrid(np.arange(200), np.arange(200), indexing="ij")
    expected = [
        np.abs(i[a] * p[a] - i[b] * p[b]).sum(),
        (np.abs(i[a] - i[b]) * (p[a] * s[a] + p[b] * s[b]) / (p[a] + p[b])).sum(),
    ]
    assert _sums_over_pairs(i, p, s) == pytest.approx(expected, rel=1e-12)
