"""The chart: what changed first, then the clearest; the words beside a bar are those of its flag."""

import pytest

from backend.queries.shared_page.bars import bars
from tests.queries.shared_page.lines import GAIN, LOSS, findings, line

GROUPS = ("T2_ngtdm", "T2_glcm", "T2_glszm", "ADC_glrlm", "ADC_gldm", "ADC_firstorder", "DWI_ngtdm", "DWI_glcm")


def test_what_changed_stands_first_and_six_are_drawn() -> None:
    flags = ("unchanged", "unchanged", "stronger", "weaker", "label_borne", "unchanged", "unchanged", "not_decodable")
    drawn = bars(findings(*(line(flag, group) for flag, group in zip(flags, GROUPS, strict=True))))
    assert drawn is not None
    assert [bar.change for bar in drawn.bars] == [
        "clearer", "less clearly", "clearer, by PI-RADS", "as before", "as before", "as before",
    ]  # fmt: skip
    assert [bar.tone for bar in drawn.bars][:3] == ["stronger", "weaker", "label_borne"]
    assert drawn.bars[0].name == "Patchiness, T2"
    assert "GLSZM on T2, 1 feature" in drawn.bars[0].term
    assert drawn.left_out == ("Not drawn: 1 more kind of features and 1 that cannot be read from the model at all.")


@pytest.mark.parametrize(
    ("flag", "delta", "shared", "words"),
    [
        ("kept", LOSS, None, "lost less than others"),
        ("weaker", GAIN, None, "cannot say"),
        ("stronger", LOSS, None, "cannot say"),
        ("unchanged", 0.0, -0.3, "like the others"),
        ("unchanged", 0.0, None, "as before"),
        ("probable_stronger", GAIN, None, "probably clearer"),
        ("probable_weaker", LOSS, None, "probably less clearly"),
        ("underpowered", 0.0, None, "cannot be judged"),
    ],
)
def test_words_follow_the_flag_and_the_way_of_r2(flag: str, delta: float, shared: float | None, words: str) -> None:
    effect = {"weaker": LOSS, "kept": GAIN, "stronger": GAIN}.get(flag, delta)
    drawn = bars(findings(line(flag, delta=delta, effect=effect), shared_change=shared))
    assert drawn is not None
    expected = {("weaker", GAIN): "gained less than others", ("stronger", LOSS): "lost less than others"}
    assert drawn.bars[0].change == expected.get((flag, delta), words)


@pytest.mark.parametrize(("after", "full"), [(0.1, 0.25), (0.26, 0.5), (0.6, 1.0), (1.4, 1.0)])
def test_the_scale_holds_every_bar_and_is_told(after: float, full: float) -> None:
    one = line("unchanged")
    one = type(one)("T2", "ngtdm", "unchanged", -0.2, after)
    drawn = bars(findings(one))
    assert drawn is not None
    assert (drawn.full, drawn.bars[0].before, drawn.bars[0].after) == (full, 0.0, min(after, 1.0))


def test_without_a_readable_group_there_is_no_chart() -> None:
    assert bars(findings(line("not_decodable"))) is None
    assert bars(findings()) is None
