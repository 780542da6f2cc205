"""What pages show of more cases than anybody looks through: a part, and the sentence that says so."""

from collections.abc import Iterator

import pytest

from backend.models import Case, Cohort
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from frontend.api.held_cases import HeldCohorts
from frontend.cases.case_list import MOST_PICTURES, MOST_ROWS, around
from frontend.text import numbers
from shared.calls.listed import Listed
from shared.client import Client
from shared.environment import API_URL_VARIABLE
from shared.packed_cases import HeldCases
from tests.frontend.work_site import Site, serving

N = MOST_ROWS + 200


@pytest.fixture(scope="module")
def read_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cohort of tables with more cases than a table holds."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("many"), auth=False, executor="inline")
    upgrade(settings)
    database = Database(settings)
    with database.write() as session:
        cohort = Cohort(name="many", kind="tables")
        session.add(cohort)
        session.flush()
        session.add_all(
            Case(cohort_id=cohort.id, study_id=f"S{n:05d}", patient_id=f"P{n:05d}", pirads=1 + n % 5) for n in range(N)
        )
        cohort_id = cohort.id
    database.close()
    with serving(settings) as url, Client(url) as client:
        yield Site(url, client, settings, cohort_id, "")


@pytest.fixture
def many(read_many: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The same, with the dashboard pointed at it."""
    monkeypatch.setenv(API_URL_VARIABLE, read_many.url)
    return read_many


def test_the_list_of_cases_holds_the_first_and_says_so(many: Site) -> None:
    page = many.page("cases", cohort=many.cohort_id)
    assert not page.exception
    told = next(one.value for one in page.caption if "shown" in one.value)
    assert told.startswith(f"{numbers.counted(N, 'case')} of {numbers.count(N)} shown")
    assert "The table holds the first" in told
    assert len(page.dataframe[0].value) == MOST_ROWS


def test_a_search_reaches_the_cases_behind(many: Site) -> None:
    page = many.page("cases", cohort=many.cohort_id, text=f"S{N - 1:05d}")
    assert list(page.dataframe[0].value["Study"]) == [f"S{N - 1:05d}"]
    assert not any("holds the first" in one.value for one in page.caption)


def test_the_report_lists_the_first_and_counts_all(many: Site) -> None:
    page = many.page("data", cohort=many.cohort_id)
    assert not page.exception
    (told,) = [one.value for one in page.markdown if "are listed" in one.value]
    assert "the first" in told
    assert len(page.dataframe[-1].value) == 1000


def test_the_row_of_pictures_goes_with_the_shown_case(many: Site) -> None:
    cases = many.client.cases(many.cohort_id)
    ids = [case.id for case in cases]
    assert [one.id for one in around(cases, ids[0])] == ids[:MOST_PICTURES]
    assert [one.id for one in around(cases, ids[-1])] == ids[-MOST_PICTURES:]
    middle = [one.id for one in around(cases, ids[600])]
    assert (len(middle), middle[MOST_PICTURES // 2]) == (MOST_PICTURES, ids[600])
    assert around(cases[:5], ids[0]) == cases[:5]


def test_held_cohorts_have_a_bound() -> None:
    held = HeldCohorts(most_cases=5)
    cohorts = {name: HeldCases("1", Listed([None] * 3), {}) for name in "abc"}  # type: ignore[list-item]  # only counted
    for name, cases in cohorts.items():
        held.put("server", name, cases)
    assert [held.get("server", name) is not None for name in "abc"] == [False, False, True]
    assert held.get("other", "c") is None
