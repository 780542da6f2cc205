"""The cohort filter: who is shown on each page, whose numbers stand there, and that the address keeps it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from backend.models import Case
from backend.storage.database import Database
from shared import schemas as s
from shared.environment import API_URL_VARIABLE
from tests.frontend.pages.explore import database
from tests.frontend.pages.explore.site import Site, serving
from tests.frontend.pages.explore.words_shown import shown

PATIENTS = 48


@pytest.fixture(scope="module")
def clinical_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, str]]]:
    """One analysis of all, and one of the patients of ward `nord`; the ids by what they are of."""
    settings = database.settings_of(tmp_path_factory.mktemp("clinical"))
    database.fill(settings, patients=PATIENTS, per_modality=18, width=8, hidden=4, epochs=2, trust=False, most=1)
    opened = Database(settings)
    with opened.write() as session:
        for number, case in enumerate(session.scalars(select(Case).order_by(Case.study_id)).all()[1:]):
            of_patient = int(case.patient_id) % 4
            case.clinical = {"ward": "süd" if of_patient == 0 else "nord"}
            case.age = 50.0 + number
    with serving(settings) as site, site.client as client:
        (everybody,) = client.analyses()
        given = client.analysis(everybody.id).settings
        fields = {name: value for name, value in given.items() if name in s.AnalyseParams.model_fields}
        database.run(opened, settings, s.AnalyseParams.model_validate(fields | {"where": "ward=nord"}))
        part = next(one for one in client.analyses() if one.subgroup)
        opened.close()
        yield site, {"all": everybody.id, "part": part.id}


@pytest.fixture
def clinical(
    clinical_server: tuple[Site, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> tuple[Site, dict[str, str]]:
    """That server, with the dashboard pointed at it."""
    monkeypatch.setenv(API_URL_VARIABLE, clinical_server[0].url)
    return clinical_server


def words(app: AppTest) -> str:
    return shown(app).replace("\\", "")


def test_pages_of_cases_show_whom_the_filter_keeps(clinical: tuple[Site, dict[str, str]]) -> None:
    site, ids = clinical
    with site.client as client:
        cohort_id = client.cohorts()[0].id
        young = client.subgroup(cohort_id, "age<=60")
    for page in ("map", "cases"):
        app = site.page(page, analysis=ids["all"], where="age<=60.0")
        assert not app.exception
        table = app.dataframe[0].value
        column = "study" if page == "map" else "Study"
        assert len(table) == young.n_cases == 11
        assert set(table[column]) == set(young.study_ids)
        assert young.sentence in words(app)
        assert app.query_params["where"] == "age<=60", "the one spelling"


def test_a_filter_leads_to_the_analysis_of_exactly_these_patients(clinical: tuple[Site, dict[str, str]]) -> None:
    site, ids = clinical
    with site.client as client:
        part = client.analysis(ids["part"])
    for page in ("overview", "shifts", "groups", "causes"):
        app = site.page(page, analysis=ids["all"], where="Ward=NORD")
        assert not app.exception
        assert app.query_params["analysis"] == ids["part"]
        assert app.query_params["where"] == "ward=nord"
        assert f"The numbers below are of **{part.n_patients} of 48 patients**: ward nord." in words(app)
    captions = [one.value for one in app.caption]
    assert not any("48 patients, " in one for one in captions)


def test_numbers_of_all_are_said_to_be_of_all_where_the_subgroup_was_not_analysed(
    clinical: tuple[Site, dict[str, str]],
) -> None:
    site, ids = clinical
    for page in ("overview", "shifts", "groups", "causes"):
        app = site.page(page, analysis=ids["all"], where="age>60")
        assert not app.exception
        assert app.query_params["analysis"] == ids["all"]
        told = words(app)
        assert "The numbers below are of all 48 patients; " in told
        assert " match the filter." in told
        (button,) = [one for one in app.button if one.label.startswith("Analyse these ")]
        n = int(button.label.split()[2])
        assert f"The subgroup has {n} of 48 patients: age above 60." in told


def test_a_subgroup_that_is_too_small_is_refused_in_one_sentence(clinical: tuple[Site, dict[str, str]]) -> None:
    site, ids = clinical
    app = site.page("overview", analysis=ids["all"], where="age<=60")
    assert not app.exception
    assert "(age at most 60); an analysis needs at least 20. Loosen a condition." in words(app)
    assert not [one for one in app.button if one.label.startswith("Analyse")]


def test_all_are_shown_again_by_one_button_and_an_analysis_of_a_part_brings_its_filter(
    clinical: tuple[Site, dict[str, str]],
) -> None:
    site, ids = clinical
    app = site.page("overview", analysis=ids["part"])
    assert app.query_params["where"] == "ward=nord", "its patients are the filter of every page"
    next(one for one in app.button if one.label == "Show all").click().run()
    assert not app.exception
    assert app.query_params["analysis"] == ids["all"]
    assert "where" not in app.query_params
    assert "The numbers below" not in words(app)


def test_the_bare_address_shows_all_of_the_cohort(clinical: tuple[Site, dict[str, str]]) -> None:
    site, ids = clinical
    app = site.page("overview")
    assert app.query_params["analysis"] == ids["all"], "although that of the part is newer"


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("gone=x", "This cohort has no column 'gone'; conditions can name age, split, ward"),
        ("age=old", "age holds numbers from 50 to "),
        ("age>", "age> needs a number such as age>10"),
    ],
)
def test_a_filter_that_cannot_be_asked_is_said_and_not_swapped(
    clinical: tuple[Site, dict[str, str]], where: str, sentence: str
) -> None:
    site, ids = clinical
    for page in ("shifts", "map", "cases"):
        app = site.page(page, analysis=ids["all"], where=where)
        assert not app.exception
        assert f"The filter of this address is not used: {sentence}" in words(app)
        assert app.query_params["where"] == where
    next(one for one in app.button if one.label == "Remove it").click().run()
    assert "where" not in app.query_params
    assert "is not used" not in words(app)


@pytest.mark.parametrize(
    ("column", "value", "where"),
    [
        ("ward", "süd", "ward=süd"),
        ("ward", "", "ward=nord"),
        ("age", "55.0..60.0", "age=55..60"),
        ("age", "x", "age!=?"),
    ],
)
def test_an_address_of_the_former_version_is_read_as_it_was(
    clinical: tuple[Site, dict[str, str]], column: str, value: str, where: str
) -> None:
    site, ids = clinical
    app = site.page("map", analysis=ids["all"], where=column, **{"is": value})
    assert not app.exception
    assert app.query_params["where"] == where
    assert "is" not in app.query_params


def test_the_filter_goes_along_to_the_next_page(clinical: tuple[Site, dict[str, str]]) -> None:
    site, ids = clinical
    app = site.page("overview", analysis=ids["all"], where="age>60")
    app.query_params.clear()
    app.switch_page("pages/groups.py").run()
    assert app.query_params["where"] == "age>60"
