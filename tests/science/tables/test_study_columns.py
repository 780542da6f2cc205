import numpy as np
import pytest

from backend.errors import BadTable
from backend.science.tables.study_columns import centre_column, study_column, target_columns
from backend.science.tables.types import Clinical

IDS = tuple(f"s{i}" for i in range(14))


def clinical(**columns):
    return Clinical(IDS, IDS, {name: tuple(cells) for name, cells in columns.items()}, "clinical.csv")


@pytest.mark.parametrize(
    ("cells", "kind", "first"),
    [
        (["2", "3", "4", "5", "2.0"] * 3, "class", "2"),  # few whole numbers: grades
        ([str(20 + i) for i in range(15)], "number", 20.0),  # many whole numbers: ages
        ([f"{i}.5" for i in range(3)] * 5, "number", 0.5),  # few numbers with decimals: a dose
        (["low", "high", "3"] * 5, "class", "low"),
        (["1e3"] * 15, "class", "1000"),
    ],
)
def test_a_column_is_classes_or_numbers_by_its_values(cells, kind, first):
    column = study_column(clinical(x=cells[:14]), "x")
    assert column.kind == kind
    assert column.values(IDS[:1])[0] == first
    assert column.words == ("x (number)" if kind == "number" else f"x ({len(set(column.value_of.values()))} classes)")


def test_the_same_grade_written_twice_is_one_class():
    column = study_column(clinical(x=["2", "2.0", " 2 ", "3"] * 3 + ["3", "02"]), "x")
    assert set(column.values(IDS)) == {"2", "3"}


def test_blank_cells_and_their_words_are_missing():
    column = study_column(clinical(x=["", "NA", "nan", "?", "NULL", *"abc" * 3]), "x")
    assert column.lacking(IDS) == list(IDS[:5])
    assert column.values(IDS)[0] == "not known"
    numbers = study_column(clinical(x=["", *(f"{i}.25" for i in range(13))]), "x")
    with pytest.raises(KeyError):
        numbers.values(IDS)
    assert np.array_equal(numbers.values(IDS[1:3]), [0.25, 1.25])


def test_none_is_a_class_among_words_and_missing_among_numbers():
    assert set(study_column(clinical(x=["none", "prior"] * 7), "x").values(IDS)) == {"none", "prior"}
    grades = study_column(clinical(x=["None", "2", "3", "4", "5", "2", "3"] * 2), "x")
    assert grades.lacking(IDS) == ["s0", "s7"]
    assert set(grades.value_of.values()) == {"2", "3", "4", "5"}


def test_a_kind_can_be_asked_for():
    assert study_column(clinical(x=["1", "2"] * 7), "x", "number").kind == "number"
    with pytest.raises(BadTable, match="'x' holds words; a number is needed"):
        study_column(clinical(x=["a", "2"] * 7), "x", "number")


def test_a_column_that_is_not_there_or_is_empty_is_refused():
    with pytest.raises(BadTable, match=r"clinical.csv has no column 'y'; it has x, z\."):
        study_column(clinical(x=["1"] * 14, z=["1"] * 14), "y")
    with pytest.raises(BadTable, match="'x' is empty"):
        study_column(clinical(x=["", "NA"] * 7), "x")


@pytest.mark.parametrize(
    ("name", "cells", "found"), [("Centre", "AB" * 7, True), ("site", "A" * 14, False), ("x", "AB" * 7, False)]
)
def test_the_centre_is_found_by_its_name_where_there_are_several(name, cells, found):
    column = centre_column(clinical(**{name: cells}))
    assert (column is not None) == found


@pytest.mark.parametrize("day", ["2024-03-0{}", "0{}.03.2024", "2024030{}", "2024-03-0{}T10:00:00", "{}/3/24"])
def test_numbers_and_classes_are_targets_and_days_names_and_the_split_are_not(day):
    cells = {
        "scanned": [day.format(at % 5 + 1) for at in range(14)],
        "note": [f"seen by {at}" for at in range(14)],
        "score": [str(at) for at in range(14)],
        "idh": ["wildtype", "mutant"] * 7,
        "split": ["train", "test"] * 7,
        "empty": [""] * 14,
    }
    found = target_columns(clinical(**cells, version=[f"{at % 3}.5.2" for at in range(14)]))
    assert [(column.name, column.kind) for column in found] == [
        ("note", "class"),
        ("score", "number"),
        ("idh", "class"),
        ("version", "class"),
    ]
