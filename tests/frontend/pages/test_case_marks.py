"""Stars and notes on the page Cases."""

from frontend.state import session_keys
from shared import schemas as s
from tests.frontend.work_site import Site, words


def test_a_starred_case_is_marked_and_can_be_listed_alone(own_site: Site) -> None:
    case = own_site.client.cases(own_site.cohort_id)[7]
    page = own_site.page("cases", case=case.id)
    page = page.button(key=session_keys.of_thing("star", "case", s.StarCreate(case_id=case.id))).click().run()
    assert not page.exception
    assert [one.case_id for one in own_site.client.stars()] == [case.id]
    page = own_site.page("cases")
    studies = list(page.dataframe[0].value["Study"])
    assert [one for one in studies if one.startswith("★")] == [f"★ {case.study_id}"]
    page = own_site.page("cases", starred="yes")
    assert list(page.dataframe[0].value["Study"]) == [f"★ {case.study_id}"]
    assert page.checkbox(key=session_keys.only_starred("cases")).value


def test_without_a_star_the_list_says_how_to_set_one(own_site: Site) -> None:
    assert "Star a case under its name" in words(own_site.page("cases", starred="yes"))


def test_a_note_on_a_case_is_there_for_the_next_reader(own_site: Site) -> None:
    case = own_site.client.cases(own_site.cohort_id)[7]
    own_site.client.write_note(s.NoteCreate(case_id=case.id, text="motion on ADC"))
    page = own_site.page("cases", case=case.id)
    assert "1 note" in words(page)
    page.session_state[session_keys.of_thing("notes", "case", s.StarCreate(case_id=case.id))] = True
    assert "motion on ADC" in words(page.run())
