"""The paper's Table 1 with bars, also of values below zero."""

import re

import pytest

from frontend.drawn.table_one import frame, rows_of, table_one
from tests.frontend.charts.rows import MADE_OF, cell

SPELLED = {"CLS": "PI-RADS, gland", "SEG-L": "Lesion segmentation, lesion"}
BAR = re.compile(r'<i class="(above|below)" style="left:([\d.]+)%;width:([\d.]+)%"></i><b style="left:([\d.]+)%">')


def test_rows_keep_the_papers_order_and_columns_are_spelled_out() -> None:
    columns = {"CLS": [cell("Wavelet", 0.1, 0.3), cell("glcm", 0.2, 0.5)], "SEG-L": [cell("firstorder", 0.4, 0.2)]}
    assert rows_of(columns) == ["firstorder", "glcm", "Wavelet"]
    picture = table_one(columns, SPELLED, "r2", "Paper's R²", MADE_OF)
    assert re.findall(r'<th scope="row">([^<]*)<', picture.html) == ["First order", "GLCM", "Wavelet"]
    for words in SPELLED.values():
        assert words in picture.html
    assert picture.title == "Decoded best after fine-tuning: GLCM in CLS (paper's R² 0.50)"
    assert list(frame(columns, "r2").columns) == ["Group", "Features", "CLS pre", "CLS ft", "SEG-L pre", "SEG-L ft"]
    lost = table_one({"CLS": [cell("glcm", 0.1, -0.3)]}, SPELLED, "r2", "Paper's R²", MADE_OF)
    assert lost.title == "No group can be decoded on held-out patients after fine-tuning, in any task"


def test_a_value_below_zero_has_a_bar_to_the_left_of_zero() -> None:
    html = table_one({"CLS": [cell("glcm", -0.2, 0.4)]}, SPELLED, "r2", "Paper's R²", MADE_OF).html
    (kind, left, width, zero), (other, start, length, same) = BAR.findall(html)
    assert (kind, other) == ("below", "above")
    assert zero == same
    assert float(left) + float(width) == pytest.approx(float(zero), abs=0.2)
    assert float(start) == pytest.approx(float(zero), abs=0.2)
    assert float(length) == pytest.approx(2 * float(width), rel=0.02)


def test_one_very_low_value_does_not_flatten_the_others() -> None:
    picture = table_one({"CLS": [cell("glcm", -9.0, 0.5)]}, SPELLED, "r2", "Paper's R²", MADE_OF)
    (_, _, width, _), (_, _, length, _) = BAR.findall(picture.html)
    assert float(width) == pytest.approx(2 * float(length), rel=0.02)
    assert "−9.00" in picture.html
    assert "Bars end at −1.00" in picture.caption
