"""What a shared page does not say."""

from types import SimpleNamespace

from backend.queries.shared_page.findings import _drawn
from backend.queries.shared_page.words import RESEARCH_ONLY, cannot_say
from tests.queries.shared_page.lines import findings, line

NOTE = "Synthetic images, drawn by chance (seed 0). Findings are 4 times as large as in life."
REPORT = SimpleNamespace(alerts=[])


def test_a_drawn_cohort_is_said_to_be_no_patients() -> None:
    said = cannot_say(findings(line("stronger"), drawn=NOTE), REPORT)  # type: ignore[arg-type]
    assert said[:2] == [
        RESEARCH_ONLY,
        "Real patients: synthetic images, drawn by chance (seed 0). Findings are 4 times as large as in life.",
    ]
    assert not any("Real patients" in one for one in cannot_say(findings(line("stronger")), REPORT))  # type: ignore[arg-type]


def test_the_codes_of_drawn_tables_are_not_told_to_a_clinician() -> None:
    tables = SimpleNamespace(kind="tables", note="Synthetic tables. Planted: T2 glcm weaker.")
    assert _drawn(tables) == "The tables were drawn by a program, which knows the changes it put in."  # type: ignore[arg-type]
    assert _drawn(SimpleNamespace(kind="tables", note="")) == ""  # type: ignore[arg-type]
