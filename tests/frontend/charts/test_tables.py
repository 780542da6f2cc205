"""Table 1, the heat map and Fig. 2 as pictures."""

import numpy as np
import pytest

from frontend.charts import style
from frontend.charts.heatmap import heat_map
from frontend.charts.modality_bars import best_class, modality_bars
from frontend.charts.table_one import rows_of, table_one_chart
from shared.protocols.reader import prostate
from tests.frontend.charts.rows import GROUPS, MADE_OF, TRUSTED, cell, group, weighed


def test_table_one_keeps_the_papers_order_and_draws_every_cell() -> None:
    columns = {"CLS": [cell("Wavelet", 0.1, 0.3), cell("glcm", 0.2, 0.5)], "SEG-L": [cell("firstorder", 0.4, 0.2)]}
    assert rows_of(columns) == ["firstorder", "glcm", "Wavelet"]
    chart = table_one_chart(columns, MADE_OF, dark=False)
    assert sorted(tuple(trace.x) for trace in chart.figure.data) == [(0.1, 0.3), (0.2, 0.5), (0.4, 0.2)]
    assert chart.title == "Decoded best after fine-tuning: GLCM in CLS (paper's R² 0.50)"
    lost = table_one_chart({"CLS": [cell("glcm", 0.1, -0.3)]}, MADE_OF, dark=False)
    assert lost.title == "No group can be decoded on held-out patients after fine-tuning, in any task"
    assert "CLS: highest after fine-tuning GLCM, 0.20 to 0.50;" in chart.alt
    assert "SEG-L: highest after fine-tuning First order, 0.40 to 0.20." in chart.alt


@pytest.mark.parametrize(
    ("measure", "value", "low", "high"),
    [("pre", 0.41, 0.10, 0.49), ("ft", 0.49, 0.10, 0.49), ("change", 0.08, -0.2, 0.2)],
)
def test_the_heat_map_holds_the_values_on_a_shared_scale(measure: str, value: float, low: float, high: float) -> None:
    chart = heat_map(GROUPS[:3], ["T2", "DWI", "ADC"], measure, MADE_OF, dark=False)
    heat = chart.figure.data[0]
    assert heat.z[list(heat.y).index("GLRLM")][0] == pytest.approx(value)
    assert (heat.zmin, heat.zmax) == pytest.approx((low, high))
    assert "T2 · GLRLM" in chart.alt


def test_classes_of_other_software_have_rows_in_the_heat_map() -> None:
    groups = [group("T2_glcm", 0.1, 0.2), group("T2_stat", 0.3, 0.4), group("T2_fractal", 0.2, 0.1)]
    heat = heat_map(groups, ["T2"], "pre", MADE_OF, dark=False).figure.data[0]
    assert list(heat.y) == ["GLCM", "fractal", "stat"]
    assert [row[0] for row in heat.z] == pytest.approx([0.1, 0.2, 0.3])


def test_the_trust_heat_map_marks_flags_and_shows_effects() -> None:
    chart = heat_map(TRUSTED, ["T2", "DWI", "ADC"], "change", MADE_OF, dark=False, trusted=True)
    texts = [note.text for note in chart.figure.layout.annotations]
    assert {"▲ +0.08", "▼ −0.18", "+0.01"} <= set(texts)
    assert chart.title == "DWI · First order moved most: weaker (−0.18)"
    assert "ADC · GLCM +0.01 (unchanged)" in chart.alt
    few = heat_map([weighed("ADC_glcm", 0.2, 0.19, 0.01, "too_few")], ["ADC"], "change", MADE_OF, False, trusted=True)
    assert few.title == "No group is flagged: there are too few patients"
    still = heat_map(TRUSTED[:1], ["ADC"], "change", MADE_OF, dark=False, trusted=True)
    assert still.title == "No group is flagged: none changed beyond chance and the margin"
    assert still.figure.data[0].zmax == 2 * style.MARGIN
    paper = heat_map(TRUSTED, ["T2", "DWI", "ADC"], "pre", MADE_OF, dark=False)
    assert (paper.figure.data[0].zmin, paper.figure.data[0].zmax) == (-1.0, -1.0)
    assert "−3.00" in [note.text for note in paper.figure.layout.annotations]


@pytest.mark.parametrize("dark", [False, True])
def test_every_number_of_the_heat_map_stands_out_from_its_cell(dark: bool) -> None:
    """Contrast by the formula of WCAG 2.2, on the colours between which the picture is drawn."""

    def luminance(red: float, green: float, blue: float) -> float:
        parts = [
            (c / 255 / 12.92) if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
        ]
        return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))

    values = np.linspace(-0.2, 0.2, 41)
    groups = [group(f"M{n}_glcm", 0.5, 0.5 + value) for n, value in enumerate(values)]
    chart = heat_map(groups, [f"M{n}" for n in range(41)], "change", MADE_OF, dark)
    stops = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for _, colour in style.diverging(dark)]
    for value, note in zip(values, chart.figure.layout.annotations, strict=True):
        ground = [np.interp(value, [-0.2, 0.0, 0.2], part) for part in zip(*stops, strict=True)]
        text = [int(note.font.color[at : at + 2], 16) for at in (1, 3, 5)]
        low, high = sorted([luminance(*ground), luminance(*text)])
        assert (high + 0.05) / (low + 0.05) >= 4.3, f"{value:+.2f} on {ground}"


def test_the_best_class_of_the_trust_block() -> None:
    classes = [
        row.model_copy(update={"grouping": "class", "group": name})
        for row, name in zip(TRUSTED, ("glcm", "firstorder", "glrlm"), strict=True)
    ]
    assert best_class(classes) == "glrlm"
    assert best_class(GROUPS) is None
    chart = modality_bars(TRUSTED, ["T2"], prostate(), "glrlm", MADE_OF, dark=False, trusted=True)
    assert [trace.y for trace in chart.figure.data] == [(0.41,), (0.44,)]
    assert chart.title == "GLRLM is decoded best on T2"
    floored = modality_bars(TRUSTED, ["T2"], prostate(), "glrlm", MADE_OF, dark=False, trusted=True, floor=0.5)
    assert floored.title == "GLRLM is not decoded on held-out patients"
    clipped = modality_bars(TRUSTED, ["T2"], prostate(), "glrlm", MADE_OF, dark=False)
    assert (clipped.figure.data[0].y, clipped.figure.data[0].text) == ((-1.0,), ("−3.00<br>↓",))


def test_fig_2_shows_the_class_by_modality() -> None:
    groups = [group("T2_glrlm", 0.2, 0.4), group("ADC_glrlm", 0.5, 0.6)]
    chart = modality_bars(groups, ["T2", "DWI", "ADC"], prostate(), "glrlm", MADE_OF, dark=False)
    before, after = chart.figure.data
    assert (before.x, before.y, after.y) == (("T2", "ADC"), (0.2, 0.5), (0.4, 0.6))
    assert list(after.marker.color) == ["#009E73", "#7733FF"]
    assert chart.title == "GLRLM is decoded best on ADC"
    noise = modality_bars([group("T2_glrlm", 0.0, 0.001)], ["T2"], prostate(), "glrlm", MADE_OF, dark=False)
    assert noise.title == "GLRLM is not decoded on held-out patients"
    assert noise.figure.layout.yaxis.range[1] > 0.05


def test_a_change_below_zero_has_no_colour_and_is_not_called_the_largest() -> None:
    groups = [group("T2_glcm", 0.10, 0.22), group("ADC_glcm", -3.0, -1.0)]
    chart = heat_map(groups, ["T2", "ADC"], "change", MADE_OF, dark=False)
    assert chart.title == "T2 · GLCM changed most (+0.12)"
    heat = chart.figure.data[0]
    assert heat.z[0][0] == pytest.approx(0.12)
    assert heat.z[0][1] == 0.0, "the colour of the ground"
    assert heat.zmax == pytest.approx(0.12)
    assert [note.text for note in chart.figure.layout.annotations] == ["+0.12", "below 0"]
    assert chart.caption.startswith("Each cell: the change of the mean held-out R²")
    assert "its change says nothing" in chart.caption
    assert chart.data is not None
    assert list(chart.data["change"]) == pytest.approx([0.12, 2.0])
    assert "ADC · GLCM below 0 in both stages" in chart.alt
    hopeless = heat_map(groups[1:], ["T2", "ADC"], "change", MADE_OF, dark=False)
    assert hopeless.title == "No group can be decoded on held-out patients"
    assert hopeless.figure.data[0].z == ([None, 0.0],), "an axis of a map without any value holds no names"
    assert [note.text for note in hopeless.figure.layout.annotations] == ["–", "below 0"]
    assert (
        heat_map([group("T2_glcm", None, None)], ["T2"], "change", MADE_OF, False).title == "No group could be scored"
    )
    lost = heat_map([group("T2_glcm", 0.10, -0.2)], ["T2"], "ft", MADE_OF, dark=False)
    assert lost.title == "No group can be decoded after fine-tuning"
