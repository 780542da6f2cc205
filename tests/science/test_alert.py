import re

import pytest

from backend.queries.stored_report import VERSION_1
from backend.science.alert import NOTES, STOPS, Alert, ranked
from backend.science.lens.alerts import few_test_patients, repeated_studies, small_cohort
from backend.science.trust.alerts import too_few_patients
from tests.source_tree import ROOT


def test_what_stops_comes_first_and_notes_last_in_their_own_order() -> None:
    codes = ["repeated_studies", "small_cohort", "collapse", "lesion_roi", "class_spellings", "rows_mismatched"]
    found = ranked([Alert(code, "", "") for code in codes])
    assert [(alert.code, alert.rank) for alert in found] == [
        ("collapse", "stop"), ("rows_mismatched", "stop"), ("small_cohort", "warning"), ("lesion_roi", "warning"),
        ("repeated_studies", "info"), ("class_spellings", "info"),
    ]  # fmt: skip


def test_every_ranked_code_is_one_that_is_raised() -> None:
    source = "\n".join(
        path.read_text() for path in (ROOT / "backend" / "science").rglob("*.py") if path.name != "alert.py"
    )
    raised = {*re.findall(r'Alert\(\s*"([a-z0-9_]+)"', source), VERSION_1.code}
    assert raised >= STOPS | NOTES
    assert not STOPS & NOTES


@pytest.mark.parametrize(
    ("alert", "start"),
    [
        (small_cohort(1), "1 study: underpowered"),
        (few_test_patients(1), "Held-out values rest on 1 patient:"),
        (repeated_studies(2, 1), "2 studies of 1 patient: all"),
        (repeated_studies(1200, 1100), "1\u202f200 studies of 1\u202f100 patients: all"),
        (too_few_patients(1), "1 patient is too few"),
        (too_few_patients(39), "39 patients are too few"),
    ],
    ids=["study", "held out", "repeated", "thousands", "patient", "patients"],
)
def test_nouns_and_verbs_agree_with_their_number(alert: Alert | None, start: str) -> None:
    assert alert is not None
    assert alert.sentence.startswith(start)
