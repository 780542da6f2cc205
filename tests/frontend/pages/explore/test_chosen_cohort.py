"""Explore pages never show an analysis of another cohort than the one that was chosen."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from backend.storage.database import Database
from frontend.api.cached_read import clear_all
from shared.environment import API_URL_VARIABLE
from tests.frontend.other_organs import add_brain
from tests.frontend.pages.explore import database
from tests.frontend.pages.explore.site import Site, serving
from tests.frontend.pages.explore.words_shown import shown


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, str]]:
    """An analysed cohort of tables, and a cohort of brains without an analysis; the id of the latter."""
    settings = database.settings_of(tmp_path)
    database.fill(settings, patients=24, per_modality=18, width=8, hidden=4, epochs=2, trust=False, most=1)
    opened = Database(settings)
    brain = add_brain(opened)
    opened.close()
    with serving(settings) as site:
        monkeypatch.setenv(API_URL_VARIABLE, site.url)
        yield site, brain


def chips(app: object) -> list[str]:
    return [link.label.replace("\\", "") for link in app.main.get("page_link")]  # type: ignore[attr-defined]


def test_a_cohort_without_an_analysis_keeps_other_analyses_away(two: tuple[Site, str]) -> None:
    site, brain = two
    app = site.page("cases", cohort=brain)
    assert not app.exception
    assert not any(label.startswith("cohort ") for label in chips(app))
    app.query_params.clear()
    app.switch_page("pages/overview.py").run()
    assert not app.exception
    assert app.query_params["cohort"] == brain, "remembered from Cases"
    assert app.title[0].value == "Nothing of gliomas has been analysed yet"
    assert not any(label.startswith("cohort ") for label in chips(app))
    next(button for button in app.button if button.label == "Show another cohort").click().run()
    assert not app.exception
    assert "cohort demo-prostates" in chips(app)


def test_a_link_to_a_cohort_shows_its_own_analysis(two: tuple[Site, str]) -> None:
    site, brain = two
    with site.client as client:
        analysis = client.analyses()[0]
    app = site.page("map", cohort=analysis.cohort_id)
    assert app.query_params["analysis"] == analysis.id
    app = site.page("map", analysis=analysis.id, cohort=brain)
    assert app.title[0].value == "Nothing of gliomas has been analysed yet", "the cohort of the address counts"


def test_a_damaged_analysis_is_named_above_the_page(two: tuple[Site, str], tmp_path: Path) -> None:
    site, _ = two
    with closing(sqlite3.connect(tmp_path / "radiomiclens.sqlite")) as opened, opened:
        assert opened.execute("UPDATE analyses SET report = '{}'").rowcount == 1
    clear_all()
    app = site.page("map")
    assert not app.exception
    (said,) = [warning.value for warning in app.warning]
    assert said.startswith("**1 analysis cannot be read and is left out of what stands below.**")
    assert "Nothing has been analysed yet" in shown(app)


def test_the_one_selector_has_cohorts_without_an_analysis_too(two: tuple[Site, str]) -> None:
    site, brain = two
    app = site.page("cases")
    box = app.selectbox(key="analysis-box")
    assert [one.split(" · ")[0] for one in box.options] == ["demo-prostates", "gliomas"]
    box.set_value(f"cohort {brain}").run()
    assert not app.exception
    assert app.query_params["cohort"] == brain
    assert "analysis" not in app.query_params
    assert app.selectbox(key="analysis-box").value == f"cohort {brain}"
    app.selectbox(key="analysis-box").set_value(first(site)).run()
    assert not app.exception
    assert app.query_params["analysis"] == first(site)
    assert "cohort" not in app.query_params


def first(site: Site) -> str:
    with site.client as client:
        return client.analyses()[0].id
