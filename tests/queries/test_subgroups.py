"""Subgroups: which cases hold conditions (against pandas), how they are told, and what is refused and why."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.errors import BadSettings
from backend.models import Case, Cohort
from backend.queries import subgroups
from backend.queries.subgroup_cells import Study, columns_of
from backend.queries.subgroups import _Asked, _stopped_by, chosen, resolved, subgroup
from backend.storage.cohort_protocol import UnknownName
from backend.storage.database import Database

CLINICAL = [
    {"Händigkeit": "Links", "score": 3.5, "sure": True, "mixed": 2},
    {"Händigkeit": "rechts", "score": -1, "sure": False, "mixed": "IV"},
    {"Händigkeit": "rechts", "score": 7, "mixed": 4},
    {"score": 3.5, "lesion_grades": [3], "comma, bar|": "a=b"},
    {"Händigkeit": "Links", "score": 100},
    {"Händigkeit": "Links", "score": 3.5},
]


@pytest.fixture
def database(settings):
    database = Database(settings)
    with database.write() as session:
        session.add(Cohort(id="c", name="c", kind="images"))
        session.flush()
        for n, clinical in enumerate(CLINICAL):
            row = Case(cohort_id="c", study_id=f"s{n}", patient_id=f"p{n // 2}", clinical=clinical, psa=4.0 * n)
            row.id, row.center, row.split = f"case{n}", "Ulm" if n % 2 else None, "test" if n < 2 else "train"
            row.pirads, row.gland_ml = 2 + n % 4, 20.0 + n
            row.status = ["accepted", "excluded"][n == 5]
            session.add(row)
    yield database
    database.close()


def found(database: Database, where: str) -> list[str]:
    with database.read() as session:
        return list(chosen(session, session.get_one(Cohort, "c"), where).study_ids)


@pytest.mark.parametrize(
    ("where", "studies"),
    [
        ("psa>8", ["s3", "s4"]),
        ("psa>=8,psa<16", ["s2", "s3"]),
        ("PSA=0|8..12", ["s0", "s2", "s3"]),
        ("psa=4.0", ["s1"]),
        ("centre=ulm", ["s1", "s3"]),
        ("center=?", ["s0", "s2", "s4"]),
        ("center=?|Ulm", ["s0", "s1", "s2", "s3", "s4"]),
        ("center!=?", ["s1", "s3"]),
        ("händigkeit!=links", ["s1", "s2"]),
        ("Händigkeit!=LINKS|?", ["s1", "s2"]),
        ("split=test,sure=yes", ["s0"]),
        ("mixed=iv|4", ["s1", "s2"]),
        ("score<0", ["s1"]),
        ('"comma, bar|"="a=b"', ["s3"]),
        ("gland_ml=21..23", ["s1", "s2", "s3"]),
        ("study_id=s4|s0", ["s0", "s4"]),
        ("patient_id=p0", ["s0", "s1"]),
        ("pirads=2|3,psa>15", ["s4"]),
        ("psa>1000", []),
    ],
)
def test_accepted_cases_that_hold_all_conditions(database, where, studies) -> None:
    assert found(database, where) == studies


@pytest.mark.parametrize(
    ("where", "kind", "sentence"),
    [
        ("grade=3", UnknownName, "This cohort has no column 'grade'; conditions can name pirads, psa, center, split, "),
        ("lesion_grades=3", UnknownName, "has no column 'lesion_grades'"),
        ("psa=high", BadSettings, "psa holds numbers from 0 to 20; 'high' is none."),
        ("center>3", BadSettings, "center holds no numbers to compare; it has Ulm."),
        ("mixed=2..4", BadSettings, "mixed holds no numbers to compare; it has 2, 4, IV."),
        ("center=Bonn", BadSettings, "No case has 'Bonn' in center; it has Ulm."),
        ("study_id=s9", BadSettings, "No case has 's9' in study_id; it has s0, s1, s2"),
        ("psa", BadSettings, "psa says nothing of its value"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_there_is(database, where, kind, sentence) -> None:
    with pytest.raises(kind) as refusal:
        found(database, where)
    assert sentence in refusal.value.sentence


def test_one_subgroup_has_one_spelling(database) -> None:
    with database.read() as session:
        cohort = session.get_one(Cohort, "c")
        spelled = {chosen(session, cohort, one).where for one in ("CENTRE=ULM,PSA>8", "psa>8.0, center=Ulm|ulm")}
    assert spelled == {"center=Ulm,psa>8"}


def test_the_answer_counts_cases_and_patients_and_says_what_can_be_asked(database) -> None:
    with database.read() as session:
        cohort = session.get_one(Cohort, "c")
        everybody, some = subgroup(session, cohort, None), subgroup(session, cohort, "psa>3,Händigkeit=Links|rechts")
    assert (everybody.where, everybody.words, everybody.n_cases, everybody.n_patients) == (None, "", 5, 3)
    assert everybody.sentence == "All 3 patients with 5 studies."
    assert (some.n_cases, some.n_patients, some.n_cases_all, some.n_patients_all) == (3, 3, 5, 3)
    assert some.sentence == "3 of 3 patients (3 of 5 studies): Händigkeit Links or rechts, PSA above 3."
    assert (some.case_ids, some.study_ids) == (["case1", "case2", "case4"], ["s1", "s2", "s4"])
    assert some.other_case_ids == ["case5"]
    columns = {one.name: one for one in some.columns}
    assert list(columns)[:5] == ["pirads", "psa", "center", "split", "Händigkeit"]
    assert list(columns)[-2:] == ["study_id", "patient_id"]
    hand = columns["Händigkeit"]
    assert [(one.value, one.n_cases, one.n_kept) for one in hand.values] == [("Links", 2, 1), ("rechts", 2, 2)]
    assert (hand.n_known, hand.n_missing) == (4, 1)
    psa = columns["psa"]
    assert (psa.kind, psa.low, psa.high, psa.words) == ("number", 0, 16, "PSA")
    assert [(one.value, one.n_kept) for one in psa.values] == [("0", 1), ("4", 1), ("8", 1), ("12", 0), ("16", 1)]
    assert (columns["gland_ml"].words, columns["gland_ml"].unit) == ("gland volume", "mL")
    assert columns["pirads"].words == "PI-RADS"


def test_each_condition_is_asked_once_of_a_study_and_not_once_for_each_column(database, monkeypatch) -> None:
    """Many conditions on a cohort of many columns held a reader up for minutes: columns x conditions x studies."""
    asked = Counter[str]()
    holds = _Asked.holds

    def counted(self, cell):
        asked[str(self.condition)] += 1
        return holds(self, cell)

    monkeypatch.setattr(_Asked, "holds", counted)
    conditions = [f"psa>={-n}" for n in range(1, 40)]
    with database.read() as session:
        answer = subgroup(session, session.get_one(Cohort, "c"), ",".join([*conditions, "center=Ulm"]))
    assert answer.study_ids == ["s1", "s3"]
    assert set(asked) == {*conditions, "center=Ulm"}
    assert set(asked.values()) == {len(CLINICAL)}


def test_a_condition_of_many_values_is_looked_up_and_not_read_again_for_each_study(database, monkeypatch) -> None:
    read = Counter[str]()
    number_of = subgroups.number_of
    monkeypatch.setattr(subgroups, "number_of", lambda word: (read.update([word]), number_of(word))[1])
    assert found(database, "psa=" + "|".join(map(str, range(100)))) == ["s0", "s1", "s2", "s3", "s4"]
    assert max(read.values()) <= 3  # when it is read, brought to one spelling and made ready, however many studies


CELLS = st.dictionaries(
    st.sampled_from(["a", "b", "Ö"]), st.one_of(st.integers(-3, 3).map(float), st.sampled_from(["x", "Y", "ß"]))
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CELLS, min_size=1, max_size=8), st.data())
def test_conditions_hold_where_pandas_says_so(rows, data) -> None:
    """Numbers by comparison and words by membership, what is not known nowhere, in an independent reading."""
    studies = [Study(str(n), str(n), str(n), True, dict(cells)) for n, cells in enumerate(rows)]
    columns = {name: one for name, one in columns_of(studies).items() if name in ("a", "b", "Ö")}
    if not columns:
        return
    name = data.draw(st.sampled_from(sorted(columns)))
    series = pd.Series([row.get(name) for row in rows], dtype=object)
    known = series.notna()
    if columns[name].kind == "number":
        bound, sign = data.draw(st.integers(-4, 4)), data.draw(st.sampled_from([">", ">=", "<", "<="]))
        numbers = series.astype(float)
        held = {">": numbers.gt, ">=": numbers.ge, "<": numbers.lt, "<=": numbers.le}[sign](bound)
        where = f"{name}{sign}{bound}"
    else:
        words = data.draw(st.lists(st.sampled_from(sorted(columns[name].words.values())), min_size=1, max_size=3))
        wanted = data.draw(st.booleans())
        held = known & (series.map(lambda cell: f"{cell:g}" if isinstance(cell, float) else cell).isin(words) == wanted)
        where = f"{name}{'=' if wanted else '!='}{'|'.join(words)}"
    conditions = resolved(where, columns)
    asked = [_Asked.of(one) for one in conditions]
    assert [not _stopped_by(study, asked) for study in studies] == held.tolist()
