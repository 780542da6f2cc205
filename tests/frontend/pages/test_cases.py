"""Cases: the list, the case, its radiomics."""

from frontend.state.session_keys import PICTURES_DRAWN
from shared import schemas as s
from shared.protocol_words import spoken
from tests.frontend.work_site import Site, words


def test_an_empty_server_says_what_to_do(empty_site: Site) -> None:
    page = empty_site.page("cases")
    assert not page.exception
    assert "There is no case yet" in words(page)
    assert "Import images" in [link.label for link in page.main.get("page_link")]


def test_the_first_case_with_a_lesion_is_shown_unasked(site: Site) -> None:
    page = site.page("cases")
    assert not page.exception
    first = next(case for case in site.client.cases(site.cohort_id) if case.lesion_ml)
    assert first.study_id in words(page)
    assert f"PI-RADS {first.pirads}" in words(page)
    assert "age 90+" in words(page)


def test_the_address_names_the_case(site: Site) -> None:
    wanted = site.client.cases(site.cohort_id)[7]
    page = site.page("cases", case=wanted.id)
    assert not page.exception
    assert page.title[0].value.replace("\\", "") == wanted.study_id
    assert not page.expander[0].proto.expanded


def test_filters_come_from_the_address_and_find_nothing_calmly(site: Site) -> None:
    cases = site.client.cases(site.cohort_id)
    expected = [case for case in cases if case.pirads == 4]
    page = site.page("cases", pirads="4")
    assert list(page.dataframe[0].value["Study"]) == [case.study_id for case in expected]
    nothing = site.page("cases", text="no such study")
    assert not nothing.exception
    assert "No case matches these filters" in words(nothing)


def test_a_filter_goes_into_the_address_and_counts_while_the_list_is_folded(site: Site) -> None:
    page = site.page("cases")
    page = page.segmented_control(key="filter-pirads").set_value("4").run()
    assert page.query_params["pirads"] == "4"
    passing = [case for case in site.client.cases(site.cohort_id) if case.pirads == 4]
    assert list(page.dataframe[0].value["Study"]) == [case.study_id for case in passing]
    folded = site.page("cases", pirads="4", case=passing[0].id)
    assert len(folded.segmented_control) < len(page.segmented_control)
    assert folded.query_params["pirads"] == "4"
    links = [link.proto.query_string for link in folded.main.get("page_link") if link.label == "Next"]
    assert f"case={passing[1].id}" in links[0]
    assert "pirads=4" in links[0]
    page = page.segmented_control(key="filter-pirads").set_value("any").run()
    assert "pirads" not in page.query_params


def test_a_filter_that_is_not_on_offer_counts_as_not_set(site: Site) -> None:
    page = site.page("cases", pirads="9", status="lost", lesion="maybe")
    accepted = [case.study_id for case in site.client.cases(site.cohort_id) if case.status == "accepted"]
    assert list(page.dataframe[0].value["Study"]) == accepted


def test_the_rest_of_a_case_waits_for_its_pictures_once(site: Site) -> None:
    page = site.page("cases", case=site.client.cases(site.cohort_id)[0].id)
    assert "Radiomics among the cohort" in words(page)
    page.session_state[PICTURES_DRAWN] = False
    page = page.run()
    assert "Radiomics among the cohort" not in words(page)
    assert "follow as soon as its pictures stand" in words(page)


def test_an_unknown_case_in_the_address_is_said_and_replaced(site: Site) -> None:
    page = site.page("cases", case="ffffffffffffffff")
    assert not page.exception
    assert "is not in this cohort" in words(page)


def test_features_most_out_of_line_come_first(site: Site) -> None:
    case = site.client.cases(site.cohort_id)[0]
    page = site.page("cases", case=case.id)
    values = site.client.case_radiomics(case.id, "gland")
    percentiles = {f.feature: f.percentile for f in values.features}
    assert "Find a feature" in [box.label for box in page.text_input]
    assert len(page.dataframe) == 0  # tables come when their fold is opened
    page.session_state["case-features"] = True
    table = page.run().dataframe[0].value
    assert len(table) == len(percentiles)
    distance = [abs((percentiles[name] or 50.0) - 50) for name in table["feature"]]
    assert distance == sorted(distance, reverse=True)


def test_a_feature_brought_from_shifts_stands_first_with_its_decoded_values(site: Site) -> None:
    row = site.client.ranking(site.analysis_id, limit=1).items[0]
    carrier = site.client.feature_cases(site.analysis_id, row.feature).cases[0]
    page = site.page("cases", analysis=site.analysis_id, case=carrier.case_id, feature=row.feature)
    assert not page.exception
    assert f"Measured {carrier.true:.2f}. Decoded from the embedding" in words(page).replace("\N{MINUS SIGN}", "-")
    page.session_state["case-features"] = True
    assert page.run().dataframe[0].value["feature"][0] == row.feature


def test_a_refused_study_is_listed_with_its_sentence(own_site: Site) -> None:
    sentence = "the T2 series misses slice 7 of 19; send the whole series."
    refuse(own_site, sentence)
    page = own_site.page("cases")
    assert not page.exception
    assert f"![x](http:// outside.example/x.png): {sentence}" in words(page).replace("\N{WORD JOINER}", " ")
    only = own_site.page("cases", status="refused")
    assert list(only.dataframe[0].value["Note"]) == [sentence]
    assert f"Refused at import. {sentence}" in words(only)


def refuse(site: Site, sentence: str) -> None:
    from backend.models import Case

    with site.database() as database, database.write() as session:
        study = "![x](http://outside.example/x.png)"
        row = Case(cohort_id=site.cohort_id, study_id=study, patient_id="p9", status="rejected", reason=sentence)
        session.add(row)


def test_the_plain_picture_is_a_fold_away(site: Site) -> None:
    case: s.CaseDetail = site.client.case(site.client.cases(site.cohort_id)[0].id)
    page = site.page("cases", case=case.id, k="2")
    assert not page.exception
    assert "Plain pictures of this slice" in words(page)
    assert not page.image
    offered = [one.proto.label for one in page.main.get("download_button")]
    assert [spoken(mask.roi) for mask in case.masks] == [one for one in offered if one in ("gland", "lesion", "zones")]


def test_where_nothing_was_measured_there_is_no_feature_to_find(own_site: Site) -> None:
    case = own_site.client.cases(own_site.cohort_id)[0]
    forget_radiomics(own_site)
    page = own_site.page("cases", case=case.id)
    assert "have not been extracted yet" in words(page)
    assert "Extract radiomics" in [link.label for link in page.main.get("page_link")]
    assert "Find a feature" not in [box.label for box in page.text_input]


def forget_radiomics(site: Site) -> None:
    from sqlalchemy import delete

    from backend.models import Radiomics

    with site.database() as database, database.write() as session:
        session.execute(delete(Radiomics))
