"""Which patients show a feature: by its value alone, of three patients, ties by study id."""

import pytest

from backend.queries.feature_examples import Measured, chosen


def study(name: str, patient: str, value: float, shown: bool = True) -> Measured:
    return Measured(f"case {name}", name, patient, value, shown)


def names(*studies: Measured) -> list[tuple[str, str]]:
    return [(place, one.study_id) for place, one in chosen(studies)]


def test_lowest_nearest_the_median_and_highest() -> None:
    found = names(*(study(f"s{n}", f"p{n}", float(value)) for n, value in enumerate([5, 9, 1, 3, 100])))
    assert found == [("low", "s2"), ("middle", "s0"), ("high", "s4")]


def test_the_median_is_that_of_all_studies_also_of_those_without_images() -> None:
    seen = [study("a", "p1", 0.0), study("b", "p2", 2.0), study("c", "p3", 8.0), study("d", "p4", 10.0)]
    unseen = [study(f"x{n}", f"q{n}", 9.0, shown=False) for n in range(9)]
    assert names(*seen) == [("low", "a"), ("middle", "b"), ("high", "d")]  # 3 away from 5 both; the id decides
    assert names(*seen, *unseen) == [("low", "a"), ("middle", "c"), ("high", "d")]


def test_no_patient_is_shown_twice() -> None:
    found = names(study("a", "p1", 1.0), study("b", "p1", 9.0), study("c", "p2", 5.0), study("d", "p3", 4.0))
    assert found == [("low", "a"), ("middle", "d"), ("high", "c")]  # b is the highest, of the patient of a


def test_ties_go_to_the_first_study_id_in_any_order_of_rows() -> None:
    studies = [study(name, f"p{name}", 1.0) for name in "cab"]
    assert names(*studies) == names(*reversed(studies)) == [("low", "a"), ("middle", "c"), ("high", "b")]


@pytest.mark.parametrize(
    ("studies", "expected"),
    [
        ([], []),
        ([study("a", "p1", 1.0, shown=False)], []),
        ([study("a", "p1", 1.0), study("b", "p1", 2.0)], [("middle", "a")]),
        ([study("a", "p1", 1.0), study("b", "p2", 2.0)], [("low", "a"), ("high", "b")]),
    ],
    ids=["none", "no images", "one patient", "two patients"],
)
def test_fewer_than_three_patients(studies: list[Measured], expected: list[tuple[str, str]]) -> None:
    assert names(*studies) == expected
