"""The other columns of a clinical table beside imported tables: what is kept, and why the rest is not."""

import pytest

from backend.ingest.clinical_columns.of_table import other_columns

KNOWN = frozenset({"pirads", "psa"})


def test_numbers_and_classes_are_kept_by_their_own_name_row_by_row():
    found = other_columns(
        {"PIRADS": ["4", "2", "3"], "Gleason Score": ["3+4", "n/a", "3+3"], "ADC_mean": ["812.5", "", "1e3"]}, KNOWN
    )
    assert [found.of(place) for place in range(3)] == [
        {"Gleason Score": "3+4", "ADC_mean": 812.5},
        {},
        {"Gleason Score": "3+3", "ADC_mean": 1000.0},
    ]
    assert found.left_out == {}


@pytest.mark.parametrize(
    ("name", "cells", "reason"),
    [
        ("seen", ["2026-01-02", "2026-01-03", "2026-02-04"], "dates"),
        ("note", [f"a remark of reader {n} about this patient" for n in range(12)], "free text"),
        ("nothing", ["", "NA", "unknown"], "empty"),
        ("gland_ml", ["40", "41", "42"], "named as what is measured in images"),
        ("reader", ["Mustermann, Erika", "Mustermann, Erika", "Mustermann, Erika"], "may identify people"),
        ("patient_name", ["a", "b", "a"], "may identify people"),
        ("yob", ["1941", "1950", "1941"], "may identify people"),
        ("", ["0", "1", "2"], "without a name"),
        ("case_number", ["10017", "10024", "10031"], "may identify people"),
        ("Unnamed: 0", ["0", "1", "2", "3"], "may identify people"),
        ("ClinicID", ["17", "24", "31", "38"], "may identify people"),
        ("x", ["4280387012", "2095513148", "7225516707"], "may identify people"),
        ("acquired", ["1500000000", "1500086400", "1500172800"], "may identify people"),
        ("series", ["1.2.840.113619.2.55.3.1", "1.2.840.113619.2.55.3.2"] * 4, "may identify people"),
        ("reading", ["anna", "karl", "jonas"] * 4, "may identify people"),
        ("scan", ["2024-01", "2024-02"] * 4, "dates"),
        ("scan", ["Jan 2024", "März 2024"] * 4, "dates"),
        ("scan", ["2024Q1", "2024-Q2"] * 4, "dates"),
        ("scan", ["44197", "44562", "43831.5"], "dates"),  # days as Excel counts them
        ("seen", ["42735"] * 4, "dates"),
        ("reader", ["White", "Brown"] * 4, "may identify people"),
        ("race", ["White", "James Black"] * 4, "may identify people"),
        ("ethnicity", ["White^Anna", "Asian"] * 4, "may identify people"),
        ("race", ["Smith", "White"] * 4, "may identify people"),
    ],
)
def test_what_is_left_out_has_a_reason(name, cells, reason):
    found = other_columns({name: cells}, KNOWN)
    assert found.left_out == {name: reason}
    assert found.of(0) == {}


def test_the_list_of_what_was_left_out_names_no_column_about_people():
    found = other_columns({"patient_name": ["a", "b"], "seen": ["2026-01-02", "2026-01-03"]}, KNOWN)
    assert found.dropped == ["seen (dates)", "1 with a person's data"]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("platelets", [f"{150_000 + 731 * n}" for n in range(40)]),
        ("os_days", [f"{100 + 13 * n}" for n in range(40)]),
        ("number_of_lesions", [f"{n % 4}" for n in range(40)]),
        ("slice no", [f"{n % 9}" for n in range(40)]),
        ("serum id", [f"{n}.5" for n in range(40)]),
        ("年齢", [f"{40 + n}" for n in range(12)]),
        ("stage", ["T2 2009", "T2 2017"] * 20),
        ("margin", ["clear", "close", "rose"] * 20),
        ("gland_mm3", ["44197", "42562", "43831"] * 4),
        ("PlateletCount", ["44197", "42562", "43831"] * 4),
        ("os_hours", ["44197", "12", "43831"] * 4),
        ("race", ["White", "Black", "Asian", "Brown"] * 10),
        ("Ethnicity", ["Non-Hispanic White", "Black or African American", "White British"] * 10),
        ("PatientRace", ["WHITE", "BLACK", "OTHER"] * 10),
        ("eye_colour", ["brown", "green", "blue"] * 10),
        ("season", ["winter", "summer"] * 10),
        ("rasse", ["weiss", "schwarz"] * 10),
    ],
)
def test_what_is_measured_counted_or_graded_is_kept(name, cells):
    assert other_columns({name: cells}, KNOWN).left_out == {}
