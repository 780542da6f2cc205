"""Which clinical columns an analysis is given, and what it says where it is given none."""

import re
from dataclasses import replace

import numpy as np
import pytest

from backend.errors import BadTable
from backend.jobs.data.class_cells import class_words
from backend.jobs.data.clinical_columns import clinical_of, given_columns
from backend.models import Case, Cohort
from backend.science.tables.types import Clinical
from backend.storage.cohort_protocol import stored_protocol
from backend.storage.database import Database
from shared.protocols.reader import built_in, prostate

STUDIES = tuple(f"s{n}" for n in range(60))


def clinical(**columns: list[str]) -> Clinical:
    return Clinical(STUDIES, STUDIES, {name: tuple(cells) for name, cells in columns.items()}, "the cohort c")


def cells(*values: str, n: int = 60) -> list[str]:
    """Values in turn."""
    return [values[at % len(values)] for at in range(n)]


@pytest.mark.parametrize(
    ("task", "columns", "label", "words"),
    [
        ("pirads", {"pirads": cells("2", "3", "4")}, ["pirads"], "task's own label, pirads (3 classes)"),
        ("lesion_seg", {"lesion_ml": cells("0", "1.5", n=60)}, ["lesion_ml"], "lesion_ml (number)"),
        ("volume", {"volume_ml": cells("40.5", "50", "61"), "gland_ml": cells("41.5", "52")}, ["gland_ml"], "gland_ml"),
        ("volume", {"volume_ml": cells("40.5", "50", "61")}, ["volume_ml"], "volume_ml (number)"),
        ("isup", {"isup": cells("1", "2")}, ["isup"], "isup (2 classes)"),
        ("pirads", {"pirads": [*cells("2", "3", n=57), "", "NA", ""]}, [], "pirads is missing for 3 of 60 studies."),
        ("pirads", {"pirads": cells("3")}, [], "No label is given: pirads is the same in every study."),
        ("pirads", {"psa": cells("3", "4")}, [], "No label is given: the cohort has no pirads."),
        ("volume", {}, [], "No label is given: the cohort has no gland_ml or volume_ml."),
    ],
)
def test_the_label_is_the_task_s_own_where_every_study_has_it(task, columns, label, words) -> None:
    found = given_columns(clinical(**columns), prostate(), task, STUDIES)
    assert [column.name for column in found.label] == label
    assert words in found.sentences[0]


@pytest.mark.parametrize(
    ("columns", "names", "words"),
    [
        ({"center": cells("A", "B")}, ["center"], "Every decoding is given center (2 classes)."),
        (
            {"center": [*cells("A", "B", n=58), "", ""]},
            ["center"],
            "given center (2 classes); it is not known for 2 of 60 studies, which count as one class.",
        ),
        ({"center": cells("A")}, [], "No centre is given: these studies are of one centre."),
        ({}, [], "No centre is given: the cohort has no column center."),
        ({"center": [str(n % 12) for n in range(60)]}, ["center"], "center (12 classes)"),
    ],
)
def test_the_centre_is_given_where_there_are_several(columns, names, words) -> None:
    found = given_columns(clinical(**columns), prostate(), "pirads", STUDIES)
    assert [column.name for column in found.covariates] == names
    assert words in found.sentences[-1]
    assert all(column.kind == "class" for column in found.covariates)


def test_a_centre_with_a_number_stays_a_class_when_it_is_asked_for() -> None:
    table = clinical(center=[str(n % 12) for n in range(60)], psa=[f"{n}.5" for n in range(60)])
    found = given_columns(table, prostate(), "pirads", STUDIES, covariates=["center", "psa"])
    assert [(column.name, column.kind) for column in found.covariates] == [("center", "class"), ("psa", "number")]


def test_what_is_asked_for_is_given_or_refused_in_one_sentence() -> None:
    table = clinical(
        pirads=cells("2", "3"), psa=[*cells("4.5", "6", n=59), ""], one=cells("1"), center=[*cells("A", "B", n=59), ""]
    )
    assert [column.name for column in given_columns(table, prostate(), "volume", STUDIES, label=["pirads"]).label] == [
        "pirads"
    ]
    none = given_columns(table, prostate(), "pirads", STUDIES, label=[], covariates=[])
    assert (none.label, none.covariates) == ((), ())
    assert none.sentences == ("No label is given, as asked.", "No covariate is given, as asked.")
    with pytest.raises(BadTable, match=r"the cohort c has no column 'gleason'; it has pirads, psa, one and 1 more\."):
        given_columns(table, prostate(), "pirads", STUDIES, label=["gleason"])
    with pytest.raises(BadTable, match="psa is missing for 1 of 60 studies; fill it in, exclude those studies"):
        given_columns(table, prostate(), "pirads", STUDIES, label=["psa"])
    with pytest.raises(BadTable, match="center is missing for 1 of 60"):
        given_columns(table, prostate(), "pirads", STUDIES, label=["center"])
    with pytest.raises(BadTable, match="psa is missing"):
        given_columns(table, prostate(), "pirads", STUDIES, covariates=["psa"])
    with pytest.raises(BadTable, match="one is the same in every study"):
        given_columns(table, prostate(), "pirads", STUDIES, covariates=["one"])
    assert given_columns(table, prostate(), "pirads", STUDIES[:59], label=["psa"]).label[0].name == "psa"


def test_a_centre_that_is_the_label_is_no_covariate_too() -> None:
    found = given_columns(clinical(center=cells("A", "B")), prostate(), "pirads", STUDIES, label=["center"])
    assert (found.label[0].name, found.covariates) == ("center", ())


def test_the_clinical_table_of_a_cohort_holds_what_its_accepted_cases_have(database: Database) -> None:
    with database.write() as session:
        cohort = Cohort(name="mine", kind="images")
        session.add(cohort)
        session.flush()
        for study, status, psa in (("b", "accepted", 4.25), ("a", "accepted", None), ("c", "excluded", 1.0)):
            session.add(
                Case(
                    cohort_id=cohort.id, study_id=study, patient_id=f"p{study}", status=status, psa=psa, pirads=3,
                    clinical={"cspca": True} if study == "a" else {},
                )
            )  # fmt: skip
        session.flush()
        found = clinical_of(session, cohort)
    assert (found.study_id, found.patient_id) == (("a", "b"), ("pa", "pb"))
    assert found.columns == {"pirads": ("3", "3"), "psa": ("", "4.25"), "cspca": ("True", "")}


BRAIN = built_in("brain-glioma-mri")


@pytest.mark.parametrize(
    ("task", "columns", "label", "words"),
    [
        ("idh", {"IDH": cells("wildtype", "mutant")}, "IDH", "task's own label, IDH (2 classes)."),
        ("idh", {"idh": cells("wildtype", "mutant")}, "idh", "task's own label, idh (2 classes)."),
        ("grade", {"grade": cells("2", "3", "4")}, "grade", "task's own label, grade (3 classes)."),
        ("tumor_seg", {"tumor_ml": cells("3.5", "0", "8")}, "tumor_ml", "task's own label, tumor_ml (number)."),
        ("survival", {"survival_residual": cells("0.5", "-0.5")}, "survival_residual", "survival_residual (number)."),
        ("survival", {"os_days": cells("3", "4")}, None, "the cohort has no os_days with death."),
        ("idh", {"grade": cells("2", "3")}, None, "No label is given: the cohort has no IDH."),
        ("response", {"response": cells("0", "1")}, "response", "task's own label, response (2 classes)."),
    ],
)
def test_the_label_of_another_protocol_is_the_column_of_its_target(task, columns, label, words) -> None:
    found = given_columns(clinical(**columns), BRAIN, task, STUDIES)
    assert [column.name for column in found.label] == ([label] if label else [])
    assert words in found.sentences[0]


def test_a_number_with_few_values_stays_a_number_and_a_grade_with_many_a_class() -> None:
    target = {"name": "size", "kind": "number", "column": "size"}
    grades = {"name": "score", "kind": "ordinal", "column": "score", "classes": [str(n) for n in range(12)]}
    protocol = BRAIN.model_validate(BRAIN.model_dump() | {"name": "mine", "targets": [target, grades]})
    table = clinical(size=cells("1", "2", "3"), score=[str(n % 12) for n in range(60)])
    assert given_columns(table, protocol, "size", STUDIES).label[0].kind == "number"
    for asked in (None, ["score"]):
        assert given_columns(table, protocol, "score", STUDIES, label=asked).label[0].kind == "class"
    assert given_columns(table, protocol, "size", STUDIES, label=["score"]).label[0].kind == "class", "as its target"
    with_words = clinical(size=[*cells("1", "2", n=59), "large"])
    found = given_columns(with_words, protocol, "size", STUDIES)
    assert (found.label, found.sentences[0]) == (
        (),
        "No label is given: the cohort c: the column 'size' holds words; a number is needed.",
    )


def test_the_clinical_table_of_another_protocol_has_its_volumes_and_survival_as_one_number(database: Database) -> None:
    rows = {"a": (100, "dead"), "b": (200, "alive"), "c": (300, "dead"), "d": (50, None)}
    with database.write() as session:
        cohort = Cohort(name="brains", kind="images", protocol=stored_protocol(BRAIN))
        session.add(cohort)
        session.flush()
        for study, (days, death) in rows.items():
            given = {"os_days": days, "death": death, "IDH": "mutant"}
            session.add(
                Case(
                    cohort_id=cohort.id, study_id=study, patient_id=study, status="accepted", age=50.0,
                    clinical=given, volumes_ml={"tumor": 2.5} if study != "b" else {},
                )
            )  # fmt: skip
        session.flush()
        found = clinical_of(session, cohort)
    residual = found.columns.pop("survival_residual")
    assert found.columns == {
        "age": ("50",) * 4,
        "tumor_ml": ("2.5", "", "2.5", "2.5"),
        "os_days": ("100", "200", "300", "50"),
        "death": ("dead", "alive", "dead", ""),
        "IDH": ("mutant",) * 4,
    }
    # by hand: of three at risk one dies at 100, of one at risk one dies at 300
    np.testing.assert_allclose([float(word) for word in residual[:3]], [1 - 1 / 3, -1 / 3, 1 - 1 / 3 - 1])
    assert residual[3] == ""


def test_a_class_label_has_the_classes_of_the_protocol_however_cells_are_spelt() -> None:
    lung = built_in("lung-ct")
    mixed = clinical(Malignant=cells("Yes", "no", "1", "0", "1.0", "FALSE"), smoker=cells("yes", "Yes", "yes", "no"))
    clean = clinical(Malignant=cells("yes", "no"), smoker=cells("yes", "yes", "yes", "no"))
    for asked in (None, ["Malignant"]):
        found, wanted = (given_columns(one, lung, "malignant", STUDIES, label=asked) for one in (mixed, clean))
        assert found == replace(wanted, targets=found.targets)  # nothing to say: all are classes of the protocol
        assert found.label[0].words == "Malignant (2 classes)"
    assert [column.value_of for column in found.targets] == [column.value_of for column in wanted.targets]
    assert [column.spellings for column in found.targets] == ["", "Yes = yes"]


def test_cells_that_are_none_of_the_classes_are_missing_and_counted() -> None:
    table = clinical(IDH=["maybe", "", "NA", "5", *cells("mutant", "Wildtype", n=56)], none=cells("x", "y"))
    reason = (
        "IDH is missing for 4 of 60 studies (2 filled cells are no value of the target: "
        "IDH is 'maybe', none of wildtype, mutant)"
    )
    assert given_columns(table, BRAIN, "idh", STUDIES).sentences[0] == f"No label is given: {reason}."
    with pytest.raises(BadTable, match=re.escape(f"{reason}; fill it in")):
        given_columns(table, BRAIN, "idh", STUDIES, label=["IDH"])
    assert given_columns(table, BRAIN, "idh", STUDIES[4:]).label[0].words == "IDH (2 classes)"
    words = given_columns(clinical(IDH=cells("a", "b")), BRAIN, "idh", STUDIES).sentences[0]
    assert words.startswith("No label is given: IDH is missing for 60 of 60 studies (60 filled cells are no value")
    times = clinical(os_days=["soon", "10"] * 30, death=["1", "0"] * 30, survival_residual=["", "0.5"] * 30)
    words = given_columns(times, BRAIN, "survival", STUDIES).sentences[0]
    assert "missing for 30 of 60 studies (30 filled cells are no value of the target: os_days is 'soon'" in words


def test_of_two_targets_of_one_column_the_task_s_own_says_the_classes() -> None:
    grade = {"name": "grade", "kind": "ordinal", "column": "grade", "classes": ["2", "3", "4"]}
    high = {"name": "high", "kind": "class", "column": "grade", "classes": ["2-3", "4"]}
    protocol = BRAIN.model_validate(BRAIN.model_dump() | {"name": "mine", "targets": [grade, high]})
    table = clinical(grade=cells("2", "3.0", "4"))
    classes = {
        task: sorted(set(given_columns(table, protocol, task, STUDIES).label[0].value_of.values()))
        for task in ("grade", "high")
    }
    assert classes == {"grade": ["2", "3", "4"], "high": ["2-3", "4"]}


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (("wildtype", "mutant"), ["wildtype", "mutant"]),
        (("2", "3.0", "04"), ["2", "3", "4"]),
        (("-", "+"), ["class -", "class +"]),  # a table would read - as a blank, and write + with an apostrophe
        (("none", "1"), ["class none", "class 1"]),
        (("no", "0", "1"), ["class no", "class 0", "class 1"]),  # a reader without protocol takes no for 0
    ],
    ids=lambda one: "-".join(one),
)
def test_the_words_of_classes_come_back_from_a_table_as_they_are(classes, words) -> None:
    assert class_words(classes) == words


def test_the_grades_of_the_prostate_stay_those_of_earlier_analyses() -> None:
    found = given_columns(clinical(pirads=cells("1", "2", "5")), prostate(), "pirads", STUDIES)
    assert set(found.label[0].value_of.values()) == {"1", "2", "5"}
