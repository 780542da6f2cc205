"""Marks stand out on the page they lie on."""

import pytest

from frontend.charts import style
from frontend.charts.map_colours import scale

DARKEST = scale()[0][1]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, computed from the formula of its definition."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("place", range(11))
def test_a_mark_stands_out_on_dark_paper(place: int) -> None:
    drawn = style.on_paper(scale()[place][1], dark=True)
    if drawn.startswith("rgb("):
        drawn = "#" + "".join(f"{int(part):02X}" for part in drawn[4:-1].split(","))
    assert contrast(drawn, style.paper(True)) >= style.MARK_CONTRAST


def test_only_what_is_too_dark_is_lightened() -> None:
    assert style.on_paper(DARKEST, dark=True) != DARKEST
    assert style.on_paper(DARKEST, dark=False) == DARKEST
    assert style.on_paper("#E69F00", dark=True) == "#E69F00"
