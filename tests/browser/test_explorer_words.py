"""Sentences and charts of the explorer, on evidence made up by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from frontend.charts import style
from frontend.text import causes_words, labels, trust_words
from shared import schemas as s
from tests.browser.explorer_page import script_page
from tests.frontend.charts.rows import HOSTILE, ranking_row, trusted_row

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LOOK = """const look = new Look(document.body, info.colours);
  const explorer = { info, look, panel: { caseHref: (id) => `/cases?case=${id}` } };"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = script_page(browser)
    yield page
    page.close()


@pytest.fixture
def info() -> dict[str, Any]:
    words = {
        "flags": trust_words.FLAGS, "meaning": trust_words.MEANING, "r2": trust_words.ABOVE_CHANCE,
        "use": causes_words.USE,
    }  # fmt: skip
    trust = {"version": 2, "shared_change": 0.1, "labels": [], "controls": {}}
    return {
        "analysis": "a", "n_features": 4, "n_studies": 7, "n_patients": 7, "seed": 0, "trusted": True, "words": words,
        "marks": style.FLAG_MARK, "colours": style.FLAG_COLOUR | {"unchanged": style.UNCHANGED},
        "classes": labels.CLASSES, "trust": trust, "query": {},
    }  # fmt: skip


@pytest.fixture
def found() -> s.FeatureEvidence:
    more = {
        "effect_given_label": 0.02, "given_label_low": -0.05, "given_label_high": 0.09, "effect_shrunk": 0.15,
        "shrunk_low": 0.1, "shrunk_high": 0.2, "n_runs": 2, "n_runs_agree": 1, "chance_r2_pre": -0.05,
        "chance_r2_ft": -0.04, "q": 0.01,
    }  # fmt: skip
    carried = [0.05, -0.04, 0.03, 0.02, 0.01, 0.01, 0.005]
    return s.FeatureEvidence(
        analysis_id="a", task="pirads", roi="gland",
        definition=s.FeatureDefinition(feature="f", label="f", sentence="", formula="", ibsi="", image_type_words=""),
        row=trusted_row("f", 0.1, 0.2, "stronger").model_copy(update=more), n_studies=7, n_patients=7,
        shared_change=0.1, shared_change_low=0.0, shared_change_high=0.2, control_floor=0.02, margin=0.03, version=2,
        by_run=[0.25, 0.15], points=[], repeatable=None,
        influence=[s.PatientInfluence(patient_id=HOSTILE if n == 0 else f"p{n}", carries=c)
                   for n, c in enumerate(carried)],
        disagreement=s.Disagreement(disagrees=False, headline="", reasons=[]),
        quality=s.RoiEvidence(n_studies=7, n_flagged=0, sentences=[]),
    )  # fmt: skip


def run(page: Page, expression: str, info: dict[str, Any], found: s.Schema | None = None, **more: object) -> Any:
    """An expression over `info`, `found` and what else is given."""
    given = {"info": info, "found": None if found is None else found.model_dump(mode="json"), **more}
    return page.evaluate(f"({{{', '.join(given)}}}) => {{ {LOOK} return {expression}; }}", given)


def test_the_top_five_are_those_that_carry_with_the_effect(
    page: Page, info: dict[str, Any], found: s.FeatureEvidence
) -> None:
    assert run(page, "topShare(found)", info, found) == pytest.approx((0.05 + 0.03 + 0.02 + 0.01 + 0.01) / 0.2)
    turned = found.model_copy(update={"row": found.row.model_copy(update={"effect": -0.2})})
    assert run(page, "topShare(found)", info, turned) == pytest.approx(0.04 / 0.2)
    assert run(page, "influenceSentence(found)", info, found) == (
        "The 5 patients that carry most hold about 60 % of the effect: without them it would be about +0.08 instead of "
        "+0.20."
    )


def test_bars_show_who_carries_the_effect_and_who_opposes_it(
    page: Page, info: dict[str, Any], found: s.FeatureEvidence
) -> None:
    chart = run(page, """(() => { const part = influence(explorer, found); return {
      title: part.querySelector('h4').textContent, alt: part.querySelector('svg').getAttribute('aria-label'),
      bars: [...part.querySelectorAll('rect')].map((bar) => bar.getAttribute('fill')),
      links: part.querySelectorAll('a').length, text: part.textContent }; })()""", info, found)  # fmt: skip
    assert chart["title"] == "A few patients carry much of it: the top 5 hold 60 % of the effect"
    assert chart["bars"][0] == style.STRONGER
    assert chart["bars"][1] == "#ffffff", "hollow: it opposes the effect"
    assert "without this patient the effect would be +0.150" in chart["alt"]
    assert chart["links"] == 0, "no study of these patients is known"
    assert HOSTILE in chart["text"], "an id is text"


def test_the_readings_of_a_feature_stand_on_one_axis(
    page: Page, info: dict[str, Any], found: s.FeatureEvidence
) -> None:
    expression = """(() => { const part = readings(found, info, look); return {
      title: part.querySelector('h4').textContent, alt: part.querySelector('svg').getAttribute('aria-label'),
      rows: [...part.querySelectorAll('svg text[font-size="12"]')].map((one) => one.textContent) }; })()"""
    chart = run(page, expression, info, found)
    assert chart["rows"] == ["effect", "each run", "given the label", "with its group"]
    assert chart["title"] == "Stronger: effect +0.20, given the label +0.02, in 1 of 2 runs"
    assert "given the label +0.02 [−0.05, 0.09]" in chart["alt"]
    assert "Runs alone: +0.25, +0.15." in chart["alt"]
    one_run = run(page, expression, info, found.model_copy(update={"by_run": [0.2]}))
    assert "each run" not in one_run["rows"]
    labelled = info | {"trust": info["trust"] | {"labels": ["IDH status"]}}
    assert "decoded with IDH status known" in run(page, "meanings(['given the label'], info)", labelled)
    row = found.row
    controlled = info["trust"] | {"controls": {f"{row.modality}_{row.feature_class}": [0.01, -0.02, 0.04]}}
    assert run(page, expression, info | {"trust": controlled}, found)["rows"][-1] == "control"


def test_the_held_out_values_say_which_r2_they_show(page: Page, info: dict[str, Any], found: s.FeatureEvidence) -> None:
    assert "this is R² above chance." in run(page, "heldOut(found, info, look).caption", info, found)
    first = info | {"words": info["words"] | {"r2": trust_words.CROSS_VALIDATED}}
    assert "this is cross-validated R²." in run(page, "heldOut(found, info, look).caption", first, found)


def test_the_chance_level_is_said(page: Page, info: dict[str, Any], found: s.FeatureEvidence) -> None:
    text = run(page, "effectSentence(found, info)", info, found)
    assert text.startswith("Effect +0.20 ")
    assert "(shared change +0.10 [0.00, 0.20])" in text
    assert "R² above chance 0.30 → 0.50 (pure noise reaches −0.05 before and −0.04 after, already taken off)" in text
    assert run(page, "chanceWords(found)", info, trusted_row("f", 0.1, 0.2, "stronger")) == ""


def test_it_is_said_whether_the_task_uses_a_feature(page: Page, info: dict[str, Any]) -> None:
    row = {"use": "used", "used": 0.34, "used_low": 0.2, "used_high": 0.48}
    told = "Without it the task's head loses 34 % [20, 48] of its skill: the task uses it."
    assert run(page, "usedSentence(row, info)", info, row=row) == told
    carried = row | {"use": "not_used", "used": 0.01, "used_low": -0.01, "used_high": 0.03}
    assert run(page, "usedSentence(row, info)", info, row=carried).endswith("carried, not used here.")
    assert run(page, "usedSentence(row, info)", info, row=row | {"use": None}) == ""
    assert run(page, "usedSentence(row, info)", info, row=row | {"used": None}) == ""


@pytest.mark.parametrize(
    ("change", "pre", "ft", "told"),
    [
        (0.2, 0.1, 0.4, "Importance rose (+0.20), and held-out decoding gained (+0.30) too."),
        (-0.2, 0.1, 0.4, "while held-out decoding gained (+0.30). The weights can shrink because the signal grew."),
        (0.2, -0.1, -0.4, "in either stage: do not read the shift."),
        (0.2, None, 0.4, "held-out decoding could not be scored."),
    ],
)
def test_importance_and_decoding_are_read_together(
    change: float, pre: float | None, ft: float | None, told: str, page: Page, info: dict[str, Any]
) -> None:
    row = {"delta_i": change, "i_pre": 10.0, "i_ft": 10.0 + change, "paper_r2_pre": pre, "paper_r2_ft": ft}
    assert told.replace("+0.20", "+0.2") in run(page, "paperReading(row)", info, row=row)


def test_the_papers_decoders_keep_held_out_and_training_apart(page: Page, info: dict[str, Any]) -> None:
    cases = [
        s.FeatureCase(
            case_id=f"c{n}", study_id=HOSTILE, patient_id="p", split=split, held_out=split == "test", has_images=False,
            true=0.5, decoded_pre=0.1 * n, decoded_ft=0.2 * n, error_change=0.1,
        )
        for n, split in enumerate(["test", "train", "test"])
    ]  # fmt: skip
    definition = s.FeatureDefinition(feature="f", label="f", sentence="", formula="", ibsi="", image_type_words="")
    found = s.FeatureCases(analysis_id="a", definition=definition, row=ranking_row("f", 0.1, 0.2), cases=cases)
    chart = run(page, """(() => { const parts = paperParts(explorer, found).filter(Boolean);
      const all = document.createElement('div'); all.append(...parts); return {
      alt: all.querySelector('svg').getAttribute('aria-label'), title: all.querySelector('.chart h4').textContent,
      paths: all.querySelector('svg').querySelectorAll('path').length, links: all.querySelectorAll('a').length,
      text: all.textContent }; })()""", info, found)  # fmt: skip
    assert chart["title"] == "Paper's decoders: better after fine-tuning (ΔR² +0.20)"
    assert "2 held out" in chart["alt"]
    assert chart["paths"] == 3, "a line, and a path of each kind"
    assert chart["links"] == 3
    assert HOSTILE in chart["text"]


def test_shift_and_decoding_are_counted_where_they_disagree(page: Page) -> None:
    x, y = [0.1, 0.2, -0.1, -0.2], [-0.2, -0.3, -0.1, 0.3]
    assert page.evaluate("([x, y]) => rankCorrelation(x, y)", [x, y]) == pytest.approx(-1.0)
    assert page.evaluate("() => rankCorrelation([1, 1, 2, 3], [2, 2, 1, 0])") == pytest.approx(-1.0)
    assert page.evaluate("() => rankCorrelation([1, 1], [2, 3])") is None
