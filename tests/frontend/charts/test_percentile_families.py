"""Percentiles by family: counted by hand, told in a title, one mark a family."""

from frontend.charts.percentile_families import families_of, percentile_families
from shared import schemas as s
from shared.protocols.reader import prostate


def row(name: str, percentile: float | None) -> s.FeaturePercentile:
    return s.FeaturePercentile(
        feature=name, label=name.lower(), value=1.0, percentile=percentile, cohort_quantiles=[0.0, 1.0, 2.0, 3.0, 4.0]
    )


ROWS = [
    row("T2_original_glcm_A", 97.0),
    row("T2_wavelet-LLH_glcm_B", 50.0),
    row("T2_log-sigma-2-0-mm-3D_glcm_C", 2.0),
    row("ADC_original_glcm_A", 5.0),
    row("ADC_original_firstorder_Mean", 95.5),
    row("ADC_original_firstorder_Energy", None),
]


def test_what_lies_outside_the_middle_is_counted_by_class_and_modality() -> None:
    found = {(one.feature_class, one.modality): (one.outside, one.n) for one in families_of(ROWS)}
    assert found == {("glcm", "T2"): (2, 3), ("glcm", "ADC"): (0, 1), ("firstorder", "ADC"): (1, 1)}
    assert next(one for one in families_of(ROWS) if one.modality == "T2").furthest.feature.endswith("_C")


def test_the_title_names_the_family_that_stands_out_and_marks_lie_at_the_shares() -> None:
    chart = percentile_families(families_of(ROWS), 40, False, prostate())
    assert chart.title == "First order on ADC stands out most: 100 % of its 1 feature"
    marks = {trace.name: dict(zip(trace.y, trace.x, strict=True)) for trace in chart.figure.data}
    assert marks == {"T2": {1: 2 / 3}, "ADC": {0: 1.0, 1: 0.0}}  # First order stands above GLCM
    assert "GLCM on T2 67 %" in chart.alt


def test_nothing_stands_out_of_an_ordinary_case() -> None:
    chart = percentile_families(families_of([row("T2_original_glcm_A", 50.0)]), 40, False, prostate())
    assert chart.title == "No family of features stands out in this case"
