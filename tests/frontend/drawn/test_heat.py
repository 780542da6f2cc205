"""The heat map: its values, its scale, its words, and that every number can be read on its cell."""

import re

import numpy as np
import pytest

from frontend.charts import style
from frontend.drawn.heat import Shown, heat_maps
from frontend.drawn.scale import Scale
from tests.frontend.charts.rows import GROUPS, HOSTILE, MADE_OF, TRUSTED, group, weighed

CELL = re.compile(r'<td class="(cell[^"]*)"(?: style="background:([^;]+);color:([^"]+)")?[^>]*>([^<]*)</td>')
ALL = ["T2", "DWI", "ADC"]


def shown(groups: list[object], modalities: list[str], **told: object) -> list[Shown]:
    return [Shown(groups, modalities, MADE_OF, **told)]


def texts(html: str) -> list[str]:
    return [cell[3] for cell in CELL.findall(html)]


@pytest.mark.parametrize(("measure", "value"), [("pre", "0.41"), ("ft", "0.49"), ("change", "+0.08")])
def test_every_cell_holds_its_value(measure: str, value: str) -> None:
    picture = heat_maps(shown(GROUPS[:3], ALL), measure, dark=False)
    lines = re.findall(r'<th scope="row">([^<]*)</th>(.*?)</tr>', picture.html, re.DOTALL)
    by_class = {name: texts(cells) for name, cells in lines}
    assert by_class["GLRLM"] == [value, "–", "–"]
    assert list(by_class) == ["First order", "GLCM", "GLRLM"]
    assert "T2 · GLRLM" in picture.alt


def test_before_and_after_share_a_scale_and_change_is_symmetric() -> None:
    cells = list(shown(GROUPS[:3], ALL)[0].cells.values())
    before, after, change = (Scale.of(cells, measure, False) for measure in ("pre", "ft", "change"))
    assert (before.low, before.high) == (after.low, after.high) == pytest.approx((0.10, 0.49))
    assert (change.low, change.high) == pytest.approx((-0.2, 0.2))
    still = Scale.of(list(shown(TRUSTED[:1], ["ADC"], trusted=True)[0].cells.values()), "change", False)
    assert still.high == 2 * style.MARGIN


def test_small_multiples_share_the_scale_and_name_themselves() -> None:
    first, second = Shown(GROUPS[:1], ["T2"], "N 1.", "CLS"), Shown(GROUPS[1:2], ["DWI"], "N 2.", "REG")
    picture = heat_maps([first, second], "change", dark=False)
    alone = heat_maps([first], "change", dark=False)
    beside, by_itself = (CELL.findall(one.html)[0][1] for one in (picture, alone))
    assert beside != by_itself, "the second map's larger change makes the first one's paler"
    assert picture.html.count("<h4>") == 2
    assert "CLS: N 1. REG: N 2." in picture.caption
    assert list(picture.data["analysis"]) == ["CLS", "REG"]


def test_classes_of_other_software_have_rows() -> None:
    groups = [group("T2_glcm", 0.1, 0.2), group("T2_stat", 0.3, 0.4), group("T2_fractal", 0.2, 0.1)]
    html = heat_maps(shown(groups, ["T2"]), "pre", dark=False).html
    assert re.findall(r'<th scope="row">([^<]*)<', html) == ["GLCM", "fractal", "stat"]
    assert texts(html) == ["0.10", "0.20", "0.30"]


def test_the_trust_heat_map_marks_flags_and_shows_effects() -> None:
    picture = heat_maps(shown(TRUSTED, ALL, trusted=True), "change", dark=False)
    assert {"▲ +0.08", "▼ −0.18", "+0.01"} <= set(texts(picture.html))
    assert picture.title == "DWI · First order moved most: weaker (−0.18)"
    assert "ADC · GLCM +0.01 (unchanged)" in picture.alt
    assert "the change beyond what all features share" in picture.caption
    few = heat_maps(shown([weighed("ADC_glcm", 0.2, 0.19, 0.01, "too_few")], ["ADC"], trusted=True), "change", False)
    assert few.title == "No group is flagged: there are too few patients"
    still = heat_maps(shown(TRUSTED[:1], ["ADC"], trusted=True), "change", dark=False)
    assert still.title == "No group is flagged: none changed beyond chance and the margin"


def test_without_a_shared_change_none_is_named() -> None:
    picture = heat_maps(shown(TRUSTED, ALL, trusted=True, shared=False), "change", dark=False)
    assert "share" not in picture.caption
    assert "the plain change" in picture.caption


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("measure", ["pre", "change"])
def test_every_number_stands_out_from_its_cell(dark: bool, measure: str) -> None:
    """Contrast by the formula of WCAG 2.2."""

    def luminance(rgb: list[float]) -> float:
        parts = [(c / 255 / 12.92) if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))

    values = np.linspace(-0.2, 0.2, 41)
    groups = [group(f"M{n}_glcm", 0.5 + value, 0.5 + 2 * value) for n, value in enumerate(values)]
    cells = CELL.findall(heat_maps(shown(groups, [f"M{n}" for n in range(41)]), measure, dark).html)
    assert len(cells) == 41
    for _, ground, ink, text in cells:
        on = [float(part) for part in re.findall(r"[\d.]+", ground)]
        letters = [int(ink[at : at + 2], 16) for at in (1, 3, 5)]
        low, high = sorted([luminance(on), luminance(letters)])
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{text} on {ground}"


def test_a_change_below_zero_has_no_colour_and_is_not_called_the_largest() -> None:
    groups = [group("T2_glcm", 0.10, 0.22), group("ADC_glcm", -3.0, -1.0)]
    picture = heat_maps(shown(groups, ["T2", "ADC"]), "change", dark=False)
    assert picture.title == "T2 · GLCM changed most (+0.12)"
    (_, first, _, _), (kind, second, _, text) = CELL.findall(picture.html)
    assert (kind, second, text) == ("cell empty", "", "below 0")
    assert first == "rgb(0 114 178)", "the largest change has the full colour"
    assert "its change says nothing" in picture.caption
    assert list(picture.data["change"]) == pytest.approx([0.12, 2.0])
    assert "ADC · GLCM below 0 in both stages" in picture.alt
    hopeless = heat_maps(shown(groups[1:], ["T2", "ADC"]), "change", dark=False)
    assert hopeless.title == "No group can be decoded on held-out patients"
    assert texts(hopeless.html) == ["–", "below 0"]


def test_names_are_no_markup() -> None:
    html = heat_maps(shown([group(f"{HOSTILE}_glcm", 0.1, 0.2)], [HOSTILE], name=HOSTILE), "pre", dark=False).html
    assert "<a " not in html
