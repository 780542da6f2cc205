"""What two packages both hold because neither may import the other (`test_architecture`): the copies agree."""

import re
from pathlib import Path

import pytest

from backend.rendering import viridis
from backend.science.lens import scores
from backend.science.lens.alerts import SINGLE_FEATURE_STUDIES
from backend.science.report import causes_part, causes_text, protocol_words, publication_rows, result_files
from backend.science.report.summary_text import underpowered
from backend.science.tables import glossary, join
from backend.science.trust import thresholds
from backend.science.trust.erasure import use
from backend.science.trust.jackknife import effects, flags, shrinkage
from frontend import explorer, viewer
from frontend.causes.use import FEWEST_PATIENTS
from frontend.charts import rankings, style
from frontend.components import power_statement
from frontend.runs import pipeline
from frontend.text import causes_words, labels, trust_words
from shared import csv_cells
from shared import protocol_words as words_of_pages


def test_thresholds_on_pages_are_those_of_the_method() -> None:
    assert style.MARGIN == thresholds.MARGIN
    assert power_statement.GROUPS == flags.FEWEST_PATIENTS
    assert power_statement.SHRUNKEN == shrinkage.FEWEST_PATIENTS
    assert power_statement.SINGLE_FEATURES == SINGLE_FEATURE_STUDIES
    assert power_statement.SAID[0] in underpowered(60, 60, too_few=False)
    assert power_statement.SAID[0] in underpowered(120, 120, too_few=False)
    assert power_statement.SAID[1] in underpowered(24, 24, too_few=True)
    assert pipeline.MIN_PATIENTS == join.MIN_PATIENTS
    assert style.DECODABLE == effects.DECODABLE
    of_explorer = dict(re.findall(r"^const (MARGIN|REPEATABLE) = ([0-9.]+);$", explorer.script(), re.MULTILINE))
    assert {name: float(value) for name, value in of_explorer.items()} == {
        "MARGIN": thresholds.MARGIN, "REPEATABLE": thresholds.REPEATABLE,
    }  # fmt: skip
    assert rankings.GLOBALLY_HIGH == scores.GLOBALLY_HIGH


def test_colours_of_reports_and_pages_are_of_one_palette() -> None:
    assert protocol_words.PALETTE == words_of_pages.MODALITY_COLOURS
    assert protocol_words.OTHER_COLOUR == words_of_pages.FURTHER


def test_stronger_weaker_and_label_borne_have_one_colour_each_everywhere() -> None:
    of_changes = (style.STRONGER, style.WEAKER, style.LABEL_BORNE)
    assert of_changes == words_of_pages.MEANT
    assert of_changes == (publication_rows.STRONGER, publication_rows.WEAKER, publication_rows.LABEL_BORNE)
    assert style.KEPT == publication_rows.KEPT
    assert not set(of_changes) & {*style.CATEGORIES, style.PLAIN, style.UNCHANGED}


def test_maps_have_the_same_colours_in_pictures_and_in_the_viewer() -> None:
    script = (Path(viewer.__file__).parent / "colours.js").read_text("utf-8")
    assert re.findall(r'"([0-9a-f]{6})"', script) == list(viridis.STOPS)
    (legend,) = re.findall(r'VIRIDIS = "(.*)"', explorer.script())
    assert re.findall(r"#([0-9a-f]{6})", legend) == list(viridis.STOPS)


def test_flags_and_classes_of_the_method_have_words_on_pages() -> None:
    assert set(trust_words.FLAGS) == set(flags.FLAGS)
    assert labels.CLASSES.items() >= glossary.CLASS_LABELS.items()


def test_use_readings_and_shortcuts_are_the_same_in_the_report_and_on_the_page() -> None:
    assert FEWEST_PATIENTS == use.FEWEST_PATIENTS
    assert set(causes_words.USE) == set(causes_words.USE_MEANING) == set(causes_text.USE_WORDS) == set(use.FLAGS)
    assert causes_words.READING == causes_part.READING_WORDS
    assert causes_words.ACQUISITION == causes_part.ACQUISITION


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1", "", " =1"])
def test_result_files_and_downloads_make_the_same_cells_safe(cell: str) -> None:
    assert result_files.neutral(cell) == csv_cells.neutral(cell)
    assert result_files.FORMULA_STARTS == csv_cells.FORMULA_STARTS
