"""Lists whose rows are really damaged: one warning says which, and the rest of the page stands."""

import sqlite3
from contextlib import closing

from frontend.api.cached_read import clear_all
from tests.frontend.other_organs import add_brain
from tests.frontend.work_site import Site, words


def damage(site: Site, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(site.settings.data_dir / "radiomiclens.sqlite")) as database, database:
        assert database.execute(statement, values).rowcount == 1
    clear_all()


def test_a_damaged_case_is_named_on_data_and_on_cases(own_site: Site) -> None:
    case = own_site.client.cases(own_site.cohort_id)[0]
    damage(own_site, "UPDATE cases SET psa = 77 WHERE id = ?", case.id)
    listed = own_site.client.cases(own_site.cohort_id)
    assert [row.id for row in listed.unreadable] == [case.id]
    page = own_site.page("cases", cohort=own_site.cohort_id)
    assert not page.exception
    (said,) = [warning.value.replace("\\", "") for warning in page.warning if "cannot be read" in warning.value]
    assert said.startswith(
        "**1 case cannot be read and is left out of what stands below.** Everything else is complete."
    )
    assert f"* case {case.id}: {listed.unreadable[0].sentence}" in said
    assert case.study_id not in list(page.dataframe[0].value["Study"])


def test_a_damaged_analysis_is_named_on_shares(own_site: Site) -> None:
    damage(own_site, "UPDATE analyses SET report = '{}' WHERE id = ?", own_site.analysis_id)
    page = own_site.page("shares")
    assert not page.exception
    said = [warning.value.replace("\\", "") for warning in page.warning]
    assert any(f"* analysis {own_site.analysis_id}: " in text for text in said)


def test_a_damaged_cohort_and_a_damaged_job_are_named(own_site: Site) -> None:
    with own_site.database() as database:
        brain = add_brain(database)
    damage(own_site, "UPDATE cohorts SET created_at = 'never' WHERE id = ?", brain)
    assert any(f"cohort {brain}: " in warning.value.replace("\\", "") for warning in own_site.page("run").warning)
    job = own_site.client.jobs()[0]
    damage(own_site, "UPDATE jobs SET state = 'nonsense' WHERE id = ?", job.id)
    page = own_site.page("jobs")
    assert not page.exception
    assert any(f"job {job.id}: " in warning.value.replace("\\", "") for warning in page.warning)


def test_a_whole_list_says_nothing(own_site: Site) -> None:
    page = own_site.page("data", cohort=own_site.cohort_id)
    assert not page.exception
    assert "cannot be read" not in words(page)
