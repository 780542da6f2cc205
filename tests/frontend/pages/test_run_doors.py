"""Run: the doors, forms that survive, and the settings of a job back in its form."""

import pytest

from shared import schemas as s
from tests.frontend.work_site import Site, words


def test_the_page_starts_with_two_doors_and_a_quiet_third(empty_site: Site) -> None:
    page = empty_site.page("run")
    assert not page.exception
    assert [button.label for button in page.main.button] == ["Bring tables", "Bring images", "Single steps"]
    page.button(key="open-tables").click().run()
    assert "Add your tables first" in words(page)
    assert page.button(key="start").disabled
    page.main.get("button_group")[0].set_value("images").run()
    assert "Add your images first" in words(page)
    page.main.get("button_group")[0].set_value("steps").run()
    assert "40 synthetic studies" in words(page), "without a cohort the step is a synthetic one"


@pytest.mark.parametrize(("step", "said"), [("import_tables", "Add your tables"), ("import_cases", "Add your images")])
def test_earlier_addresses_open_the_doors(empty_site: Site, step: str, said: str) -> None:
    assert said in words(empty_site.page("run", do=step))


def test_a_form_survives_leaving_and_a_new_session(own_site: Site) -> None:
    page = own_site.page("run", do="synth")
    page.text_input[0].set_value("kept-cohort").run()
    page.number_input[0].set_value(7).run()
    page.switch_page("pages/jobs.py").run()
    page.query_params["do"] = "synth"
    page.switch_page("pages/run.py").run()
    assert (page.text_input[0].value, page.number_input[0].value) == ("kept-cohort", 7)
    again = own_site.page("run", do="synth")  # a reload is a new session
    assert (again.text_input[0].value, again.number_input[0].value) == ("kept-cohort", 7)


def test_a_job_can_be_edited_and_run_again(own_site: Site) -> None:
    asked = s.AnalyseParams(
        cohort_id=own_site.cohort_id, task="pirads", roi="gland", label=["pirads"], covariates=[], folds=7, hidden=64
    )
    job = own_site.client.submit(s.JobSubmit(params=asked))
    page = own_site.page("run", again=job.id)
    assert not page.exception
    assert f"These are the settings of “{job.title}”" in words(page)
    by_label = {box.label: box.value for box in page.number_input}
    assert (by_label["Folds"], by_label["Units"]) == (7, 64)
    page.button(key="start").click().run()
    again = own_site.client.jobs()[0]
    assert again.id != job.id
    assert again.params == job.params
