"""docs/style.md: its pictures are those of the code's constants, and what it promises of contrast holds."""

import subprocess
import sys
import tomllib

import pytest

from frontend.charts import style
from shared.protocol_words import MODALITY_COLOURS
from tests.source_tree import ROOT

THEME = tomllib.loads((ROOT / "frontend/.streamlit/config.toml").read_text("utf-8"))["theme"]
TEXTS = [
    *(("textColor", ground) for ground in ("backgroundColor", "secondaryBackgroundColor")),
    ("linkColor", "backgroundColor"),
    ("primaryColor", "backgroundColor"),
    *((f"{hue}TextColor", f"{hue}BackgroundColor") for hue in ("blue", "orange", "yellow")),
]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_the_pictures_are_of_the_constants_of_today() -> None:
    drawn = subprocess.run(
        [sys.executable, "docs/draw_style.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert drawn.returncode == 0, drawn.stderr


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXTS)
def test_text_stands_out(scheme: str, ink: str, ground: str) -> None:
    assert contrast(THEME[scheme][ink], THEME[scheme][ground]) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("colour", [style.STRONGER, style.WEAKER, style.LABEL_BORNE, style.PLAIN, *MODALITY_COLOURS])
def test_marks_stand_out(dark: bool, colour: str) -> None:
    assert contrast(colour, style.paper(dark)) >= 3


def test_charts_stand_on_the_ground_of_their_page() -> None:
    assert [style.paper(dark) for dark in (False, True)] == [THEME[one]["backgroundColor"] for one in ("light", "dark")]
    assert THEME["font"].split(",")[0] == style.FONT.split(",")[0] == "Inter"


def test_the_line_of_context_has_the_ground_of_the_page_in_both_schemes() -> None:
    sheet = (ROOT / "frontend/style.css").read_text("utf-8")
    grounds = [THEME[scheme]["backgroundColor"] for scheme in ("light", "dark")]
    assert f"background: light-dark({', '.join(grounds)});" in sheet
    assert "--st-" not in sheet, "Streamlit gives its variables to components only"
