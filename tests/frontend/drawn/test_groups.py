"""Groups before and after on one axis: what is drawn, the number beside it, and what the title calls changed."""

import re
from dataclasses import replace

import pytest

from frontend.charts.effect_rows import EffectRow
from frontend.charts.pair import Pair, group_pairs
from frontend.drawn.groups import before_after, by_run, given_label
from frontend.text import trust_words
from tests.frontend.charts.rows import GROUPS, HOSTILE, MADE_OF, TRUSTED, group

WHAT = "modality and feature class"
ROW = re.compile(r'<div class="row ([a-z-]+)".*?</div>', re.DOTALL)


def rows(html: str) -> list[str]:
    return [found.group() for found in ROW.finditer(html)]


def place(row: str, kind: str) -> float:
    """Where a mark lies, in percent of the axis."""
    return float(re.search(rf'class="{kind}" style="left:([-\d.]+)%', row)[1])


def number(row: str) -> str:
    return re.search(r'class="number">([^<]*)<', row)[1]


def test_the_distance_drawn_is_the_number_printed_on_one_scale() -> None:
    for pairs, floor in (
        (group_pairs(TRUSTED, "modality_class", trusted=True), 0.04),
        (group_pairs(GROUPS, "modality_class"), None),
    ):
        picture = before_after(pairs, WHAT, MADE_OF, floor)
        found = rows(picture.html)
        distances = [place(row, "filled") - place(row, "hollow") for row in found]
        printed = [float(number(row).lstrip("▲▼ ").replace("−", "-")) for row in found]
        scale = [distance / value for distance, value in zip(distances, printed, strict=True)]
        assert scale == pytest.approx([scale[0]] * len(scale), rel=0.06), (
            "places are rounded to a hundredth of a percent"
        )
        assert printed == pytest.approx([round(pair.ft - pair.pre, 2) for pair in pairs])


def test_the_shared_change_is_a_tick_of_its_own_and_the_interval_lies_on_its_mark() -> None:
    pairs = group_pairs(TRUSTED, "modality_class", trusted=True)
    row = rows(before_after(pairs, WHAT, MADE_OF, 0.04).html)[0]
    effect = place(row, "filled") - place(row, "tick")
    drawn = place(row, "filled") - place(row, "hollow")
    assert effect / drawn == pytest.approx(0.08 / 0.03, rel=0.02)
    left, width = (float(x) for x in re.search(r'class="band" style="left:([\d.]+)%;width:([\d.]+)%', row).groups())
    assert left < place(row, "filled") < left + width
    alone = before_after(pairs, WHAT, MADE_OF, 0.04, shared=False)
    assert 'class="tick"' not in alone.html
    for words in (alone.caption, alone.html):
        assert "share" not in words.replace("No shared change was computed", "")
    assert "effect beyond the shared change +0.08 [0.05, 0.11]" in before_after(pairs, WHAT, MADE_OF, 0.04).html


def test_tones_follow_the_flags_and_what_is_not_flagged_is_grey() -> None:
    pairs = group_pairs(TRUSTED, "modality_class", trusted=True)
    assert [row.split('"')[1] for row in rows(before_after(pairs, WHAT, MADE_OF, 0.04).html)] == [
        "row stronger", "row quiet", "row weaker",
    ]  # fmt: skip
    borne = [replace(pairs[0], flag="label_borne")]
    assert [row.split('"')[1] for row in rows(before_after(borne, WHAT, MADE_OF, 0.04).html)] == ["row label-borne"]
    paper = before_after(group_pairs(GROUPS, "modality_class"), WHAT, MADE_OF)
    assert [row.split('"')[1] for row in rows(paper.html)] == ["row stronger", "row quiet", "row weaker"]


def test_the_title_and_the_words_tell_the_finding() -> None:
    pairs = group_pairs(TRUSTED, "modality_class", trusted=True)
    chart = before_after(pairs, WHAT, MADE_OF, 0.04)
    assert chart.title == "1 of 3 groups stronger, 1 weaker; DWI · First order most (−0.18 [−0.21, −0.15])"
    assert "1 stronger, 1 weaker, 1 not flagged" in chart.alt
    assert MADE_OF in chart.caption
    few = before_after([replace(pair, flag="too_few") for pair in pairs], WHAT, MADE_OF, 0.04)
    assert few.title == "No group is flagged: there are too few patients"
    still = before_after(pairs[1:2], WHAT, MADE_OF, 0.0)
    assert still.title == "No group is flagged: none changed beyond chance and the margin"
    paper = before_after(group_pairs(GROUPS, "modality_class"), WHAT, MADE_OF)
    assert paper.title == "DWI · First order changed most: decoded worse after fine-tuning (−0.20)"
    hopeless = before_after([Pair("T2", -0.8, -0.1)], "modality", MADE_OF)
    assert hopeless.title == "No group can be decoded on held-out patients, before or after"


def test_what_is_below_zero_in_both_stages_never_changed_most() -> None:
    groups = [group("T2_glcm", 0.10, 0.12), group("T2_glrlm", 0.30, 0.38), group("ADC_glcm", -3.0, -1.0)]
    pairs = group_pairs(groups, "modality_class")
    assert before_after(pairs, WHAT, MADE_OF).title == (
        "T2 · GLRLM changed most: decoded better after fine-tuning (+0.08)"
    )
    assert before_after([pairs[1], pairs[2]], WHAT, MADE_OF).title == (
        "No group that can be decoded changed by more than 0.03"
    )


def test_a_hopeless_group_does_not_flatten_the_others_and_says_its_number() -> None:
    first, second = rows(before_after([Pair("T2", 0.3, 0.4), Pair("ADC", -9.0, 0.2)], "modality", MADE_OF).html)
    assert place(first, "filled") - place(first, "hollow") > 5
    assert 'class="arrow"' in second
    assert 'class="arrow"' not in first
    assert "before −9.00" in second
    assert number(second) == "+9.20"


def test_where_all_are_far_below_zero_each_stands_at_its_place() -> None:
    picture = before_after([Pair("T2", -5.0, -2.5), Pair("ADC", -4.0, -3.0)], "modality", MADE_OF)
    first, second = rows(picture.html)
    distances = [place(row, "filled") - place(row, "hollow") for row in (first, second)]
    assert distances[0] / distances[1] == pytest.approx(2.5, rel=0.02)
    assert 'class="arrow"' not in picture.html
    assert "◁ below −1" in before_after([Pair("T2", 0.3, 0.4), Pair("ADC", -9.0, 0.2)], "modality", MADE_OF).html


def test_names_are_no_markup() -> None:
    html = before_after([Pair(HOSTILE, 0.1, 0.2)], "modality", MADE_OF).html
    assert "<a " not in html
    assert 'href="' not in html
    assert "&lt;a href=&quot;" in html


def test_one_row_takes_the_focus_and_every_row_is_told() -> None:
    found = rows(before_after(group_pairs(TRUSTED, "modality_class", trusted=True), WHAT, MADE_OF, 0.04).html)
    assert [row.count('tabindex="0"') for row in found] == [1, 0, 0]
    assert all("aria-label=" in row and "data-tip=" in row for row in found)


EFFECTS = [
    EffectRow("T2_glcm", "T2 · GLCM", (0.10, 0.06, 0.14), "label_borne", given=(0.01, -0.02, 0.04), by_run=(0.09, 0.11),
              runs=(2, 2), control=(0.0, -0.02, 0.02)),
    EffectRow("ADC_glcm", "ADC · GLCM", (0.08, 0.05, 0.11), "stronger", given=(0.07, 0.04, 0.10), by_run=(0.05, 0.11),
              runs=(1, 2)),
]  # fmt: skip


def test_given_the_label_the_mark_is_that_effect_and_the_tick_the_one_without() -> None:
    picture = given_label(EFFECTS, "PI-RADS", MADE_OF, trust_words.PLAIN)
    first = rows(picture.html)[0]
    assert number(first) == "+0.01"
    assert (place(first, "tick") - place(first, "hollow")) / (place(first, "filled") - place(first, "hollow")) == (
        pytest.approx(10, rel=0.05)
    )
    assert picture.title == "Given PI-RADS, 1 group of 2 still differs by more than 0.03"
    none = given_label(EFFECTS[:1], "PI-RADS", MADE_OF, trust_words.PLAIN)
    assert none.title == "Given PI-RADS, no group is shown to differ by more than 0.03"


def test_every_run_is_a_tick_and_controls_are_a_bar() -> None:
    picture = by_run(EFFECTS, 2, MADE_OF, trust_words.PLAIN)
    first, second = rows(picture.html)
    assert first.count('class="run"') == second.count('class="run"') == 2
    assert 'class="control"' in first
    assert 'class="control"' not in second
    assert picture.title == "1 of 2 flagged groups goes the same way in all 2 runs"
    assert "runs +0.09, +0.11" in first
