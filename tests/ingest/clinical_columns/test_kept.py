"""Other clinical columns: what is kept as a number or class, what is left out, and what the gate is told."""

import pytest

from backend.ingest.clinical import read_clinical
from backend.ingest.clinical_columns.kept import kept_columns
from backend.ingest.clinical_columns.kinds import kind_of, value_of
from backend.ingest.layouts.planned_case import Plan, PlannedCase
from shared.protocols.reader import built_in, prostate

BRAIN = built_in("brain-glioma-mri")


def plan(**columns: list[str]) -> Plan:
    """Studies whose other cells are these, a column a list."""
    count = max(map(len, columns.values()))
    cases = [
        PlannedCase(f"p{n}", f"p{n}", others={name: cells[n] for name, cells in columns.items()}) for n in range(count)
    ]
    return Plan(tuple(cases), "")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "n/a", "-3e2"], "numbers"),
        (["mutant", "wildtype", ""], "classes"),
        (["007", "008"], "classes"),
        (["1_000", "2"], "classes"),
        (["nan", "inf", "3"], "classes"),
        (["2021-03-04", "2021-04-05", "NA"], "dates"),
        (["20210304", "20210405"], "dates"),
        ([f"seen again {n}" for n in range(12)], "free text"),
        ([f"centre {n % 12}" for n in range(40)], "classes"),
        (["a" * 61], "free text"),
    ],
)
def test_a_column_is_told_by_all_its_cells(cells: list[str], kind: str) -> None:
    assert kind_of(cells) == kind


def test_numbers_stay_whole_where_they_are_written_so() -> None:
    assert [value_of(cell) for cell in ("4", "4.0", "-0.5", "1e3", "007", "II", "0")] == [
        4,
        4.0,
        -0.5,
        1000.0,
        "007",
        "II",
        0,
    ]
    assert [type(value_of(cell)) for cell in ("4", "4.0")] == [int, float]


def test_a_race_is_no_name_and_is_kept_as_it_was_written() -> None:
    found = kept_columns(plan(race=["White", "Brown"] * 6, reader=["White", "Brown"] * 6), None, BRAIN)
    assert found.flagged == {"reader"}
    assert [found.of(f"p{n}", flagged=False) for n in range(2)] == [{"race": "White"}, {"race": "Brown"}]


def test_every_column_is_kept_or_said() -> None:
    notes = [f"note number {n} of this case" for n in range(12)]
    found = kept_columns(
        plan(
            IDH=["mutant", "wildtype"] * 6,
            os_days=[str(100 + n) for n in range(12)],
            remark=notes,
            scanned=["2021-03-04"] * 12,
            mri_date=["2021-03-04"] * 12,
            nothing=[""] * 12,
            gland_ml=["4"] * 12,
            Tumor_ML=["4"] * 12,
        ),
        None,
        BRAIN,
    )
    assert found.values["p0"] == {"IDH": "mutant", "os_days": 100}
    assert found.left_out == {
        "remark": "free text",
        "scanned": "dates",
        "mri_date": "dates",
        "nothing": "empty",
        "gland_ml": "measured here",
        "Tumor_ML": "measured here",
    }
    assert found.dates == ("the column scanned of the clinical table holds dates, which are never kept",)
    assert found.flagged == set()


def test_a_column_of_a_target_is_kept_cell_by_cell() -> None:
    cells = [f"mutation {n}" for n in range(12)]
    assert kept_columns(plan(idh=cells), None, prostate()).values["p3"] == {}
    assert kept_columns(plan(idh=cells), None, BRAIN).values["p3"] == {"idh": "mutation 3"}


def test_columns_about_people_are_flagged_and_never_named() -> None:
    found = kept_columns(plan(operator=["A", "B"], ward=["x.y@hospital.org", "B"]), None, BRAIN)
    assert found.flagged == {"operator", "ward"}
    assert [(one.text, one.place) for one in found.cells] == [
        ("x.y@hospital.org", "the column ward"),
        ("B", "the column ward"),
    ]
    assert found.of("p1", flagged=True) == {"operator": "B", "ward": "B"}
    assert found.of("p1", flagged=False) == {}
    assert found.dropped(flagged=False) == ["ward (may identify people)", "1 with a person's data"]


def test_the_clinical_table_counts_before_the_manifest(tmp_path) -> None:
    path = tmp_path / "clinical.csv"
    path.write_text("study_id,patient_id,idh,stage\np0,p0,mutant,II\n", "utf-8")
    found = kept_columns(plan(IDH=["wildtype", "wildtype"]), read_clinical(path), BRAIN)
    assert found.values == {"p0": {"idh": "mutant", "stage": "II"}, "p1": {"IDH": "wildtype"}}


def test_numbers_of_studies_and_names_as_classes_are_left_out_unless_a_target_reads_them() -> None:
    numbers, names = [str(10_017 + 7 * n) for n in range(12)], ["anna", "karl", "jonas"] * 4
    found = kept_columns(plan(case_number=numbers, reading=names, IDH=names), None, BRAIN)
    assert found.left_out == {"case_number": "may identify people", "reading": "may identify people"}
    assert set(found.of("p0", flagged=True)) == {"IDH"}
