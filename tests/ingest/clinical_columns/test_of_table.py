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
    ],
)
def test_what_is_left_out_has_a_reason(name, cells, reason):
    found = other_columns({name: cells}, KNOWN)
    assert found.left_out == {name: reason}
    assert found.of(0) == {}


def test_the_list_of_what_was_left_out_names_no_column_about_people():
    found = other_columns({"patient_name": ["a", "b"], "seen": ["2026-01-02", "2026-01-03"]}, KNOWN)
    assert found.dropped == ["seen (dates)", "1 with a person's data"]
