"""Where a case lies among its cohort: names that can be told apart, and no claim from a handful of cases."""

import pytest

from frontend.charts.percentiles import percentile_strip
from frontend.charts.row_name import MOST, row_name
from shared.protocols.reader import prostate
from shared.schemas import FeaturePercentile


def feature(label: str, value: float, percentile: float) -> FeaturePercentile:
    return FeaturePercentile(
        feature="T2_original_firstorder_Mean",
        label=label,
        value=value,
        percentile=percentile,
        cohort_quantiles=[0.0, 1.0, 2.0, 3.0, 4.0],
    )


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("mean · First order · T2 · original", "mean · First order · T2 · original"),
        (
            "root mean squared intensity · First order · ADC · wavelet LLH",
            "root mean squared intensity · ADC · wavelet LLH",
        ),
        (
            "information shared by neighbours, first measure · GLCM · ADC · wavelet HLL",
            "information shared by neighbours … · ADC · wavelet HLL",
        ),
        ("a<b> · First order · T2 · original", "a‹b› · First order · T2 · original"),
    ],
)
def test_a_long_name_keeps_what_tells_it_from_its_neighbours(label: str, shown: str) -> None:
    assert len(row_name(label)) <= MOST
    assert row_name(label).replace("&lt;", "‹").replace("&gt;", "›") == shown


def test_a_name_without_parts_is_cut() -> None:
    assert row_name("x" * 200) == "x" * (MOST - 1) + "…"


@pytest.mark.parametrize(
    ("percentile", "n_cases", "title"),
    [
        (99.0, 300, "Mean: higher than in nearly all other cases"),
        (1.0, 300, "Mean: lower than in nearly all other cases"),
        (60.0, 300, "These features lie within the cohort's middle 90 %"),
        (75.0, 2, "Furthest from the middle of the few cases measured so far"),
        (99.0, 19, "Furthest from the middle of the few cases measured so far"),
    ],
)
def test_the_title_claims_no_more_than_the_cohort_allows(percentile: float, n_cases: int, title: str) -> None:
    chart = percentile_strip([feature("mean", 3.9, percentile)], 1, n_cases, dark=False, protocol=prostate())
    assert chart.title == title
