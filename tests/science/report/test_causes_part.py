"""The part of report.html on causes: shortcuts, clinical columns, features of axes, frozen stages."""

from dataclasses import replace

import pytest

from backend.science.analysis.report_causes import (
    AxisReport,
    ClinicalReport,
    ColumnPart,
    ContentReport,
    NamedPart,
    ShareReport,
    StageReport,
)
from backend.science.report.causes_part import percent_or_dash, possible_shortcuts, weight_change
from backend.science.report.report_html import report_html
from backend.science.tables.feature_names import parse
from backend.science.tables.glossary import label
from tests.science.report.test_report_html import parsed


def column(name: str, reading: str) -> ClinicalReport:
    return ClinicalReport(name, (), 90, 80, 0, 0.1, 0.4, 0.3, 0.1, 0.5, reading, f"{name} is told.")


AXIS = AxisReport(
    0.67, ShareReport(0.9, 0.8, 1.0), (NamedPart("T2_glcm", 0.8),), (NamedPart("T2_original_glcm_Contrast", -0.61),),
    (ColumnPart("grade", 0.4, 0.1),), ("a",), ("b",),
)  # fmt: skip
CONTENT = ContentReport("radiomics explain 90 %", 0.4, 0.1, 0.5, ShareReport(0.9, 0.8, 1.0), None, 0.1, (AXIS,))


def test_only_the_image_s_making_read_better_is_a_possible_shortcut():
    columns = [column("Center", "better"), column("scanner", "same"), column("psa", "better"), column("site", "worse")]
    assert possible_shortcuts(columns) == ["Center"]


def test_the_part_has_shortcuts_columns_features_and_frozen_stages(full_analysis):
    clinical = (column("center", "better"), column("<b>psa</b>", "same"))
    stages = (StageReport("stem", 10, 0.0, 0.0, 0.0), StageReport("stage4", 1234, 0.017, 3.5, 0.1))
    trust = replace(
        full_analysis.report.trust, clinical=clinical, clinical_left_out=("age is left out.",), weights_by_stage=stages,
        new_content=CONTENT,
    )  # fmt: skip
    html = report_html(replace(full_analysis.report, trust=trust), full_analysis.groups)
    text = parsed(html).text
    assert "Possible shortcut: center can be read better after fine-tuning." in text
    assert "center is told." in text
    assert "<b>psa</b> is told." not in text, "only what changed is told outside the table"
    assert "<b>psa</b>0.10 → 0.40+0.30[0.10, 0.50]80as before" in text
    assert "<b>psa</b>" not in html
    assert "age is left out." in text
    assert f"{label(parse(AXIS.features[0].name))} (−0.61)" in text
    assert "stem10not trained0.00" in text
    assert "stage412341.7 %3.50" in text


@pytest.mark.parametrize(("share", "told"), [(None, "–"), (0.0, "not trained"), (0.0168, "1.7 %"), (0.34, "34.0 %")])
def test_a_change_of_weights_is_told_in_percent(share: float | None, told: str):
    assert weight_change(share) == told


def test_shares_are_whole_percent():
    assert [percent_or_dash(share) for share in (None, 0.345, -0.04, -0.001)] == ["–", "34 %", "−4 %", "0 %"]
