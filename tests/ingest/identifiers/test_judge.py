"""What identifies people is seen, what studies use passes: ids, cells and column names, one example at a time."""

import pytest

from backend.ingest.identifiers.columns import column_holds
from backend.ingest.identifiers.judge import judge_cell, judge_id, judge_ids
from backend.ingest.identifiers.name_lists import FAMILY_NAMES, GIVEN_NAMES
from backend.ingest.identifiers.study_words import ID_WORDS
from tests.ingest.identifiers import examples


def test_there_are_enough_examples_of_each_kind():
    assert min(len(set(examples.NAMED_IDS)), len(set(examples.ORDINARY_IDS))) >= 60
    assert min(len(set(examples.NAMED_CELLS)), len(set(examples.ORDINARY_CELLS))) >= 40
    assert min(len(set(examples.PERSONAL_COLUMNS)), len(set(examples.ORDINARY_COLUMNS))) >= 60


@pytest.mark.parametrize("text", examples.NAMED_IDS)
def test_ids_that_identify_are_seen(text):
    assert judge_id(text)


@pytest.mark.parametrize("text", examples.ORDINARY_IDS)
def test_ids_of_studies_pass(text):
    assert judge_id(text) is None


@pytest.mark.parametrize("text", examples.ORDINARY_FILES)
def test_names_of_tables_pass(text):
    assert judge_id(text) is None


@pytest.mark.parametrize("text", examples.NAMED_FILES)
def test_a_name_beside_words_of_tables_is_seen(text):
    assert judge_id(text)


def test_no_word_of_studies_is_a_name_and_none_hides_one_beside_it():
    assert not ID_WORDS & (GIVEN_NAMES | FAMILY_NAMES)
    names = sorted(name for name in GIVEN_NAMES | FAMILY_NAMES if len(name) > 3)
    for at, word in enumerate(sorted(ID_WORDS)):
        name = names[at * 7 % len(names)]
        for text in (f"{word}_{name}", f"{name}_{word}", f"{word}{name.capitalize()}", f"{word}_zwiebelbauer"):
            assert judge_id(text), text


@pytest.mark.parametrize("text", examples.NAMED_CELLS)
def test_cells_that_identify_are_seen(text):
    assert judge_cell(text)


@pytest.mark.parametrize("text", examples.ORDINARY_CELLS)
def test_centres_and_scanners_pass(text):
    assert judge_cell(text) is None


@pytest.mark.parametrize("name", examples.PERSONAL_COLUMNS)
def test_columns_about_a_person_are_seen(name):
    assert column_holds(name) == "a person's data"


@pytest.mark.parametrize("name", examples.ORDINARY_COLUMNS)
def test_clinical_columns_pass(name):
    assert column_holds(name) == ""


@pytest.mark.parametrize(
    "name", ["study_date", "StudyDate", "Untersuchungsdatum", "fecha_resonancia", "admission", "studyday"]
)
def test_columns_of_dates_are_seen(name):
    assert column_holds(name) == "dates"


@pytest.mark.parametrize("text", ["MUELLER^ANNA", "anna@example.org", "1961-02-03", "RSSMRA85T10A562S", "Dr. Weber"])
def test_some_forms_leave_no_doubt(text):
    assert judge_id(text).certain
    assert judge_cell(text).certain


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("529.982.247-25", "529.982.247-26"),
        ("111.444.777-35", "111.444.777-25"),
        ("943 476 5919", "943 476 5918"),
        ("756.9217.0769.85", "756.9217.0769.84"),
        ("44051401458", "44051401459"),
        ("11010519491231002X", "110105194912310021"),
        ("131052-308T", "131052-308U"),
    ],
    ids=["CPF", "CPF, other digits", "NHS", "AHV", "PESEL", "China", "HETU"],
)
def test_published_example_numbers_are_certain_and_with_a_wrong_check_digit_are_not(right, wrong):
    """Examples that the issuers or their guides print."""
    assert judge_id(right).certain
    found = judge_id(wrong)
    assert found is None or not found.certain


def test_a_check_digit_counts_where_most_numbers_of_the_form_have_a_right_one():
    right = ["111222333", "123456782"]
    assert set(judge_ids(right)) == set(right)
    counted = [str(number) for number in range(111222300, 111222400)]
    assert judge_ids(counted) == {}
    assert set(judge_ids([*right, "10417_1000423"])) == set(right)


def test_six_digits_are_dates_where_most_of_them_can_be():
    assert set(judge_ids(["610203", "590117", "481230"])) == {"610203", "590117", "481230"}
    assert judge_ids([str(number) for number in range(120500, 120900)]) == {}


def test_dates_are_seen_beside_a_check_digit():
    assert "19610203" in judge_ids(["19610203", "111222334", "111222335", "111222333"])
