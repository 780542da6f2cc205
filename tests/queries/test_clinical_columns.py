"""Clinical columns of a cohort: what there is, which cases hold a value, and the values of the protocol's targets."""

import pytest
from sqlalchemy import select

from backend.errors import BadSettings
from backend.models import Case, Cohort
from backend.queries.case_targets import faults_of, targets_of
from backend.queries.clinical_columns import clinical_columns, matching
from backend.storage.case_cells import clinical_cells
from backend.storage.cohort_protocol import UnknownName
from backend.storage.database import Database
from shared.protocols.reader import built_in, prostate

CELLS = [
    {"IDH": "mutant", "os_days": 300, "death": 1, "grade": 2, "cspca": True},
    {"IDH": "wildtype", "os_days": 12.5, "death": 0, "grade": 4, "cspca": None},
    {"IDH": "unsure", "death": "dead", "grade": "IV", "lesion_grades": [3], 'a "b"': 1},
]


@pytest.fixture
def database(settings):
    database = Database(settings)
    with database.write() as session:
        session.add(Cohort(id="c", name="c", kind="images"))
        session.flush()
        for n, clinical in enumerate(CELLS):
            row = Case(cohort_id="c", study_id=f"s{n}", patient_id=f"p{n}", clinical=clinical, age=50.0 + n)
            row.center = "Ulm" if n else None
            session.add(row)
    yield database
    database.close()


def found(database: Database, *asked: str) -> list[str]:
    with database.read() as session:
        rows = select(Case.study_id).where(*matching(session, "c", list(asked))).order_by(Case.study_id)
        return list(session.scalars(rows))


@pytest.mark.parametrize(
    ("asked", "studies"),
    [
        (["idh:mutant"], ["s0"]),
        (["IDH:Mutant"], ["s0"]),
        (["age:51"], ["s1"]),
        (["age:50..51"], ["s0", "s1"]),
        (["os_days:12.5"], ["s1"]),
        (["os_days:300.0"], ["s0"]),
        (["os_days:0..1000"], ["s0", "s1"]),
        (["grade:2..4"], ["s0", "s1"]),
        (["grade:IV"], ["s2"]),
        (["cspca:yes"], ["s0"]),
        (["center:ulm", "IDH:wildtype"], ["s1"]),
        (["IDH:100%"], []),
    ],
)
def test_cases_are_found_by_cells_of_any_column(database, asked, studies) -> None:
    assert found(database, *asked) == studies


@pytest.mark.parametrize("value", ["old", "50..40", "50..", "1..2..3"])
def test_a_column_of_numbers_refuses_what_is_no_number_nor_a_range(database, value) -> None:
    with pytest.raises(BadSettings, match=r"^age holds numbers from 50 to 5\d; .* is none, nor a range of them\."):
        found(database, f"age:{value}")


def test_letters_beyond_ascii_are_found_in_columns_and_cells(database) -> None:
    with database.write() as session:
        rows = session.scalars(select(Case).order_by(Case.study_id)).all()
        for case, size, hand in zip(rows, (2.5, 4.5, 9), ("links", "Übrige", "links"), strict=True):
            case.clinical = {**case.clinical, "Größe (cm)": size, "Händigkeit": hand}
    assert found(database, "Größe (cm):2..3") == ["s0"]
    assert found(database, "größe (cm):4.5") == ["s1"]
    assert found(database, "Händigkeit:Übrige") == ["s1"]


@pytest.mark.parametrize("asked", ["stage:II", "lesion_grades:3", 'a "b":1', "IDH"])
def test_an_unknown_column_is_refused_with_those_there_are(database, asked) -> None:
    with pytest.raises(UnknownName, match=r"There is no clinical column .*; there is age, center, IDH, cspca, death"):
        found(database, asked)


def test_the_columns_are_listed_with_their_values(database) -> None:
    with database.read() as session:
        listed = {one.name: one.model_dump() for one in clinical_columns(session, "c")}
    assert list(listed) == ["age", "center", "IDH", "cspca", "death", "grade", "os_days"]
    assert listed["age"] == {"name": "age", "kind": "number", "n": 3, "low": 50, "high": 52, "values": []}
    assert listed["grade"]["values"] == ["2", "4", "IV"]
    assert listed["cspca"]["values"] == ["yes"]
    assert (listed["os_days"]["n"], listed["os_days"]["low"]) == (2, 12.5)


def test_targets_have_their_values_and_faults_their_sentence(database) -> None:
    brain = built_in("brain-glioma-mri")
    with database.read() as session:
        one, two, three = session.scalars(select(Case).order_by(Case.study_id))
        assert targets_of(one, brain) == {
            "idh": "mutant",
            "grade": "2",
            "survival": {"time": 300.0, "event": True},
        }
        assert targets_of(two, brain)["survival"] == {"time": 12.5, "event": False}
        assert targets_of(three, brain) == {}
        assert faults_of(clinical_cells(one), brain) == []
        assert faults_of(clinical_cells(three), brain) == [
            "The target idh has no value: IDH is 'unsure', none of wildtype, mutant.",
            "The target grade has no value: grade is 'IV', none of 2, 3, 4.",
        ]


def test_the_prostates_targets_come_from_its_own_fields() -> None:
    case = Case(cohort_id="c", study_id="s", patient_id="p", pirads=2, volume_ml=30.5, clinical={})
    assert targets_of(case, prostate()) == {"pirads": "1-2", "volume": 30.5}
