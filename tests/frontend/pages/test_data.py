"""Data: what is in the cohort, what was refused, what a person decided."""

import httpx
import pandas as pd
from streamlit.testing.v1 import AppTest

from backend.models import Case
from frontend.data.case_review import PER_PAGE
from frontend.data.decisions import TAKEN
from frontend.text.escape import escape_markdown
from shared import schemas as s
from tests.frontend.work_site import Site, words
from tests.jobs import tiny


def test_an_empty_server_leads_to_the_import(empty_site: Site) -> None:
    page = empty_site.page("data")
    assert not page.exception
    assert "Nothing has been imported yet" in words(page)
    assert "Import images" in [link.label for link in page.main.get("page_link")]


def test_the_counts_stand_first_in_words(own_site: Site) -> None:
    refuse(own_site)
    report = own_site.client.quality(own_site.cohort_id)
    page = own_site.page("data", cohort=own_site.cohort_id)
    assert not page.exception
    first = page.main.markdown[0].value
    assert first.startswith(f"**{report.accepted} studies of {report.n_patients} patients accepted")
    assert "1 refused" in first
    rows = studies(page)
    row = rows[rows["Status"] == "refused"].iloc[0]
    assert row["Why, or what to know"] == "the T2 series misses slice 7 of 19."
    assert row["What to do"] == "Send the whole series."


def test_those_who_may_take_tables_are_offered_the_cohort_as_files(site: Site) -> None:
    page = site.page("data", cohort=site.cohort_id)
    assert not page.exception
    offered = [one.proto.label for one in page.main.get("download_button")]
    assert {"Data set (Croissant)", "Masks and features (BIDS)"} <= set(offered)


def test_a_cohort_of_one_study_is_told_of_in_the_singular(own_site: Site) -> None:
    cohort_id = tiny.store_studies(own_site.settings, 1)
    page = own_site.page("data", cohort=cohort_id)
    assert not page.exception
    assert page.main.markdown[0].value.startswith("**1 study of 1 patient accepted, with")
    assert "All 1" not in " ".join([words(page), *(one.label for one in page.button)])
    assert "data-Later" not in [button.key for button in page.button]


def test_excluding_asks_why_takes_the_study_out_and_names_who(own_site: Site) -> None:
    page = own_site.page("data", cohort=own_site.cohort_id)
    first = own_site.client.quality_cases(own_site.cohort_id)[0]
    page.text_input(key=f"why-{first.case_id}").input("the mask is mirrored")
    page.button(key=f"exclude-{first.case_id}").click().run()
    assert not page.exception
    [taken] = own_site.client.decisions(own_site.cohort_id)
    assert (taken.study_id, taken.decision, taken.note) == (first.study_id, "exclude", "the mask is mirrored")
    assert own_site.client.case(first.case_id).status == "excluded"
    assert "1 excluded" in words(page)
    assert "left out of every job" in words(page)
    assert f"excluded by {taken.by}" in " ".join(studies(page)["Looked at"])


def test_an_approval_can_be_taken_back(own_site: Site) -> None:
    page = own_site.page("data", cohort=own_site.cohort_id)
    first = own_site.client.quality_cases(own_site.cohort_id)[0]
    page.button(key=f"approve-{first.case_id}").click().run()
    assert own_site.client.case(first.case_id).review == "approved"
    page.text_input(key="data-text").set_value(first.study_id).run()
    page.button(key=f"reopen-{first.case_id}").click().run()
    assert own_site.client.case(first.case_id).review == "unseen"
    assert [each.decision for each in own_site.client.decisions(own_site.cohort_id)] == ["reopen", "approve"]


def test_a_thumbnail_is_small_around_the_gland_and_not_sent_twice(site: Site) -> None:
    case = site.client.cases(site.cohort_id)[0]
    address = f"{site.url}/api/v1/cases/{case.id}/slice.png?part=gland&side=100"
    first = httpx.get(address)
    assert first.content.startswith(b"\x89PNG")
    width, height = (int.from_bytes(first.content[at : at + 4]) for at in (16, 20))
    assert max(width, height) <= 100
    assert httpx.get(address, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    other = httpx.get(address.replace("gland", "whole"), headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    assert httpx.get(f"{address}&rois=gl%22and").status_code == 422


def studies(page: AppTest) -> pd.DataFrame:
    """The table of studies."""
    return next(shown.value for shown in page.dataframe if "Looked at" in shown.value)


def refuse(site: Site) -> None:
    with site.database() as database, database.write() as session:
        row = Case(cohort_id=site.cohort_id, study_id="x1", patient_id="p9", status="rejected")
        row.reason, row.remedy, row.code = (
            "the T2 series misses slice 7 of 19.",
            "Send the whole series.",
            "dicom_series",
        )
        session.add(row)


def test_every_decision_word_is_known_to_the_page() -> None:
    assert set(TAKEN) == set(s.DecisionCreate.model_fields["decision"].annotation.__args__)


def shown_first(site: Site) -> list[s.QualityRow]:
    """The studies of the first pictures."""
    return [one for one in site.client.quality_cases(site.cohort_id) if one.status == "accepted"][:PER_PAGE]


def reviews(site: Site, of: list[s.QualityRow]) -> set[str]:
    return {site.client.case(one.case_id).review for one in of}


def test_all_that_are_shown_are_approved_at_once_and_undone_at_once(own_site: Site) -> None:
    first = shown_first(own_site)
    page = own_site.page("data", cohort=own_site.cohort_id)
    page.button(key="data-approve-shown").click().run()
    assert not page.exception
    assert reviews(own_site, first) == {"approved"}
    assert f"{len(first)} studies approved." in words(page)
    page.button(key="data-undo-last").click().run()
    assert not page.exception
    assert reviews(own_site, first) == {"unseen"}
    assert not [one for one in page.button if one.key == "data-undo-last"]


def test_the_framed_study_is_approved_by_key_and_the_next_one_is_framed(own_site: Site) -> None:
    first, second, *_ = shown_first(own_site)
    page = own_site.page("data", cohort=own_site.cohort_id)
    framed = [f"Approve {escape_markdown(one.study_id)}" for one in (first, second)]
    assert page.button(key="data-approve").label == framed[0]
    page.button(key="data-approve").click().run()
    assert not page.exception
    assert reviews(own_site, [first]) == {"approved"}
    assert page.button(key="data-approve").label == framed[1]
    page.button(key="data-after").click().run()
    assert page.button(key="data-approve").label != framed[1]


def test_undoing_a_decision_taken_back_restores_it_with_its_reason(own_site: Site) -> None:
    first = shown_first(own_site)[0]
    page = own_site.page("data", cohort=own_site.cohort_id)
    page.text_input(key=f"why-{first.case_id}").input("cut off at the apex")
    page.button(key=f"exclude-{first.case_id}").click().run()
    page.text_input(key="data-text").set_value(first.study_id).run()
    page.button(key=f"reopen-{first.case_id}").click().run()
    page.button(key="data-undo-last").click().run()
    assert not page.exception
    newest = own_site.client.decisions(own_site.cohort_id)[0]
    assert (newest.decision, newest.note) == ("exclude", "cut off at the apex")
