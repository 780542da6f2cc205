"""The filter by a clinical column: what there is, what it holds, and that the address keeps it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.models import Case
from backend.storage.database import Database
from shared.environment import API_URL_VARIABLE
from tests.frontend.pages.explore import database
from tests.frontend.pages.explore.site import Site, serving
from tests.frontend.pages.explore.words_shown import shown


@pytest.fixture
def clinical(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """One analysis, whose cases have a ward and an age, one of them neither."""
    settings = database.settings_of(tmp_path)
    database.fill(settings, patients=24, per_modality=18, width=8, hidden=4, epochs=2, trust=False, most=1)
    opened = Database(settings)
    with opened.write() as session:
        for number, case in enumerate(session.scalars(select(Case).order_by(Case.study_id)).all()[1:]):
            case.clinical = {"ward": "north" if number % 4 == 0 else "south"}
            case.age = 50.0 + number
    opened.close()
    with serving(settings) as site:
        monkeypatch.setenv(API_URL_VARIABLE, site.url)
        yield site


def test_a_class_holds_its_cases_and_stands_in_the_address(clinical: Site) -> None:
    app = clinical.page("map")
    assert not app.exception
    n = len(app.dataframe[0].value)
    box = next(one for one in app.selectbox if one.label == "Only cases by")
    assert box.options == ["any clinical value", "Age", "Split", "ward"]
    box.set_value("ward").run()
    assert not app.exception
    assert app.query_params["where"] == "ward"
    next(one for one in app.selectbox if one.label == "is").set_value("north").run()
    held = app.dataframe[0].value
    assert 0 < len(held) < n
    assert set(held["ward"]) == {"north"}
    assert "with ward north" in shown(app).replace("\\", "")
    again = clinical.page("map", where="ward", **{"is": "north"})
    assert list(again.dataframe[0].value["study"]) == list(held["study"]), "the address shows the same"


def test_a_range_of_a_number_holds_what_lies_in_it(clinical: Site) -> None:
    app = clinical.page("map", where="age", **{"is": "55..60"})
    assert not app.exception
    assert app.slider[0].value == (55.0, 60.0)
    assert sorted(app.dataframe[0].value["Age"]) == [55.0, 56.0, 57.0, 58.0, 59.0, 60.0]
    colour = next(one for one in app.selectbox if one.label == "Colour by")
    assert {"Age", "ward"} <= set(colour.options)


def test_an_address_of_a_column_that_is_not_there_filters_nothing(clinical: Site) -> None:
    app = clinical.page("map", where="gone", **{"is": "x"})
    assert not app.exception
    assert "All " in app.subheader[-1].value
