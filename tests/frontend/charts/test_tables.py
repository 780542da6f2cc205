"""Fig. 2 as a picture."""

from frontend.charts.modality_bars import best_class, modality_bars
from shared.protocols.reader import prostate
from tests.frontend.charts.rows import GROUPS, MADE_OF, TRUSTED, group


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
