"""Cells of real tables, and what each kind of target makes of them."""

from dataclasses import dataclass

import pytest

from backend.science.tables.target_cells import class_index, event_in, range_of, rising
from backend.science.tables.target_counts import TargetCounts, value_counts
from backend.science.tables.target_values import NoValue, Survival, columns_of, target_value
from shared.protocols.reader import BUILT_IN, built_in
from shared.schemas.protocol_parts import ProtocolTarget

IDH = ProtocolTarget(name="idh", kind="class", column="IDH", classes=("wildtype", "mutant"))
GRADE = ProtocolTarget(name="grade", kind="ordinal", column="grade", classes=("2", "3", "4"))
AGE = ProtocolTarget(name="age", kind="number", column="age")
LIFE = ProtocolTarget(name="survival", kind="survival", columns=("os_days", "death"))
PIRADS = ("1-2", "3", "4", "5")


@pytest.mark.parametrize(
    ("word", "classes", "place"),
    [
        ("wildtype", IDH.classes, 0),
        (" Mutant ", IDH.classes, 1),
        ("MUTANT", IDH.classes, 1),
        ("wild", IDH.classes, None),
        ("", IDH.classes, None),
        ("1.0", ("1", "2"), 0),
        ("2.5", ("1", "2"), None),
        ("1_0", ("10", "2"), None),
        ("A", ("a", "A"), 1),  # the very name comes first
        ("1", PIRADS, 0),
        ("2", PIRADS, 0),
        ("1.5", PIRADS, None),
        ("1-2", PIRADS, 0),
        ("5", PIRADS, 3),
        ("6", PIRADS, None),
        ("-1", ("-2--1", "0"), 0),
        ("0", ("no", "yes"), 0),
        ("True", ("no", "yes"), 1),
        ("1.0", ("yes", "no"), 0),
        ("maybe", ("no", "yes"), None),
        ("1", ("benign", "malignant"), None),  # nobody said which is which
        ("none", ("none", "some"), 0),  # a class that is called so is no blank
    ],
)
def test_a_class_is_found_by_name_number_range_or_answer(
    word: str, classes: tuple[str, ...], place: int | None
) -> None:
    assert class_index(word.strip(), classes) == place


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ({"IDH": "mutant"}, 1),
        ({"idh": "Wildtype"}, 0),  # a table's reader may write columns in small letters
    ],
)
def test_columns_are_found_whatever_their_capitals(cells: dict[str, object], value: int) -> None:
    assert target_value(IDH, cells) == value


def test_grades_numbers_and_times() -> None:
    assert target_value(GRADE, {"grade": 4}) == 2
    assert target_value(GRADE, {"grade": 3.0}) == 1
    assert target_value(AGE, {"age": "61.5"}) == 61.5
    assert target_value(LIFE, {"os_days": "120", "death": "0:LIVING"}) == Survival(120.0, False)
    assert target_value(LIFE, {"OS_days": 120, "Death": True}) == Survival(120.0, True)


@pytest.mark.parametrize("word", ["1", "1.0", "yes", "TRUE", "Dead", "deceased", "1:DECEASED", "event"])
def test_words_of_an_event(word: str) -> None:
    assert event_in(word) is True


@pytest.mark.parametrize("word", ["0", "0.0", "no", "false", "Alive", "living", "censored", "0:LIVING"])
def test_words_of_no_event(word: str) -> None:
    assert event_in(word) is False


@pytest.mark.parametrize("word", ["", "2", "lost", "yes?", "-1"])
def test_other_words_are_no_event(word: str) -> None:
    assert event_in(word) is None


@pytest.mark.parametrize(
    ("target", "cells", "reason", "blank"),
    [
        (IDH, {}, "there is no column IDH", True),
        (IDH, {"IDH": None}, "IDH is not known", True),
        (IDH, {"IDH": " N/A "}, "IDH is not known", True),
        (IDH, {"IDH": float("nan")}, "IDH is not known", True),
        (IDH, {"IDH": "unclear"}, "IDH is 'unclear', none of wildtype, mutant", False),
        (IDH, {"IDH": "<b>"}, "IDH is 'b', none of wildtype, mutant", False),
        (AGE, {"age": "about 60"}, "age is 'about 60', no number", False),
        (AGE, {"age": "inf"}, "age is 'inf', no number", False),
        (LIFE, {"os_days": "0", "death": "1"}, "os_days is '0', no time above 0", False),
        (LIFE, {"os_days": "", "death": "1"}, "os_days is not known", True),
        (LIFE, {"os_days": "3", "death": "?"}, "death is not known", True),
        (LIFE, {"os_days": "3", "death": "2"}, "death is '2', no event (0 or 1, no or yes, alive or dead)", False),
        (LIFE, {"os_days": "3"}, "there is no column death", True),
    ],
)
def test_a_study_without_a_value_says_why(
    target: ProtocolTarget, cells: dict[str, object], reason: str, blank: bool
) -> None:
    assert target_value(target, cells) == NoValue(reason, blank)


def test_a_mask_has_no_column() -> None:
    mask = ProtocolTarget(name="seg", kind="mask", region="tumor")
    assert columns_of(mask) == ()
    with pytest.raises(ValueError, match="mask"):
        target_value(mask, {"seg": 1})


def test_values_that_cannot_be_read_are_counted_and_said() -> None:
    cells = ["mutant", "wildtype", "mutant", "unclear", "unclear", "?", "NOS"]
    counts = TargetCounts.of([target_value(IDH, {"IDH": cell}) for cell in cells])
    assert counts.blank == 1
    assert counts.sentences("IDH status") == [
        "3 studies have no value of IDH status that can be read: IDH is 'unclear', none of wildtype, mutant (2); "
        "IDH is 'NOS', none of wildtype, mutant (1)."
    ]
    assert value_counts(IDH, counts.values) == {"wildtype": 1, "mutant": 2}
    assert value_counts(LIFE, [Survival(3.0, True), Survival(4.0, False)]) == {"studies": 2, "events": 1}
    assert TargetCounts.of([1, 0]).sentences("x") == []


def test_ranges_and_rising_classes() -> None:
    assert range_of("1-2") == (1, 2)
    assert range_of("2-1") is None
    assert range_of("IDH-1") is None
    assert rising(PIRADS)
    assert rising(("2", "3", "4"))
    assert not rising(("wildtype", "mutant"))
    assert not rising(("3", "2"))


@dataclass(frozen=True)
class Plain:
    """A target that is no row of a protocol: only these four are read."""

    kind: str
    column: str | None
    columns: tuple[str, str] | None
    classes: tuple[str, ...]


def test_pirads_is_what_the_protocol_of_the_prostate_says() -> None:
    target = next(one for one in built_in(BUILT_IN[0]).targets if one.name == "pirads")
    assert [target_value(target, {"pirads": score}) for score in (1, 2, 3, 4, 5)] == [0, 0, 1, 2, 3]
    plain = Plain("class", "pirads", None, target.classes)
    assert isinstance(target_value(plain, {"pirads": 0}), NoValue)
