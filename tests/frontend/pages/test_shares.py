"""Shares: a link is made, shown once, listed, and revoked after a question."""

from urllib.parse import urlsplit

import pytest

from shared import schemas as s
from shared.client import ApiError
from tests.frontend.work_site import Site, words


def test_a_link_is_shown_once_and_opens_the_snapshot(own_site: Site) -> None:
    page = own_site.page("shares", analysis=own_site.analysis_id)
    assert not page.exception
    assert "No link has been made yet" in words(page)
    page.text_input(key="share-label").set_value("Dr Weber").run()
    page.button(key="share-create").click().run()
    link = page.code[0].value
    assert urlsplit(link).path == "/s"
    assert own_site.open_link(urlsplit(link).fragment).title
    page.button(key="new-link-done").click().run()
    assert not page.code
    assert "**Dr Weber**" in words(page)
    assert "opened 1 time" in words(page)


def test_the_preview_is_what_the_link_shows(own_site: Site) -> None:
    page = own_site.page("shares", analysis=own_site.analysis_id)
    first = page.session_state["share-draft"].draft.page
    assert first.startswith("/api/v1/shares/drafts/")
    page.text_input(key="share-title").set_value("For Thursday").run()
    page.text_input(key="share-sender").set_value("Dr Sender").run()
    page.text_area(key="share-message").set_value("Does this fit?").run()
    page.checkbox(key="share-pictures").check().run()
    page.checkbox(key="share-checked").check().run()
    draft = page.session_state["share-draft"].draft
    assert draft.page.partition("?")[0] != first.partition("?")[0], "with pictures it is another preview"
    page.button(key="share-create").click().run()
    shown = own_site.open_link(urlsplit(page.code[0].value).fragment).page
    assert shown == draft.view.page
    assert shown is not None
    assert (shown.title, shown.sender, shown.message) == ("For Thursday", "Dr Sender", "Does this fit?")


def test_words_that_name_a_study_are_refused_before_a_link_is_made(own_site: Site) -> None:
    page = own_site.page("shares")
    study = own_site.client.cases(own_site.cohort_id)[0].study_id
    page.text_area(key="share-message").set_value(f"See {study}.").run()
    assert "without ids" in page.error[0].value
    assert page.button(key="share-create").disabled
    assert "What the receiver will see" in words(page)
    assert "Open it alone" not in words(page)


def test_a_link_is_extended(own_site: Site) -> None:
    made = own_site.client.share(s.ShareCreate(analysis_id=own_site.analysis_id, days=1))
    page = own_site.page("shares")
    page.number_input(key=f"extend-days-{made.id}").set_value(30).run()
    page.button(key=f"extend-{made.id}").click().run()
    assert (own_site.client.shares()[0].expires_at - made.expires_at).days in (28, 29)


def test_pictures_need_the_burned_in_check(own_site: Site) -> None:
    page = own_site.page("shares")
    assert page.checkbox(key="share-checked").disabled
    page.checkbox(key="share-pictures").check().run()
    assert page.button(key="share-create").disabled
    assert page.session_state["share-draft"].draft.view.with_pictures is False, "none are drawn before the check"
    page.checkbox(key="share-checked").check().run()
    page.button(key="share-create").click().run()
    view = own_site.open_link(urlsplit(page.code[0].value).fragment)
    assert view.page is not None
    assert view.page.pair is not None


def test_a_passphrase_and_a_limit_are_given_and_told(own_site: Site) -> None:
    page = own_site.page("shares")
    page.text_input(key="share-passphrase").set_value("short").run()
    page.button(key="share-create").click().run()
    assert "8 characters or more" in page.error[0].value
    assert own_site.client.shares() == []
    page.text_input(key="share-passphrase").set_value("long enough").run()
    page.number_input(key="share-views").set_value(3).run()
    page.button(key="share-create").click().run()
    share = own_site.client.shares()[0]
    assert (share.has_passphrase, share.max_views) == (True, 3)
    assert "opened 0 of 3 times; asks for a passphrase" in words(page)
    with pytest.raises(ApiError, match="opens nothing"):
        own_site.open_link(urlsplit(page.code[0].value).fragment)


def test_a_link_is_revoked_only_after_the_question(own_site: Site) -> None:
    made = own_site.client.share(s.ShareCreate(analysis_id=own_site.analysis_id, label="tumour board"))
    page = own_site.page("shares")
    page.button(key=f"revoke-{made.id}").click().run()
    assert own_site.client.shares()[0].state == "active"
    page.button(key="revoke-yes").click().run()
    assert own_site.client.shares()[0].state == "revoked"
    with pytest.raises(ApiError):
        own_site.open_link(urlsplit(made.path).fragment)
    assert ":material/link_off: withdrawn" in words(own_site.page("shares"))


def test_without_an_analysis_there_is_nothing_to_share(empty_site: Site) -> None:
    page = empty_site.page("shares")
    assert not page.exception
    assert "There is no analysis to share yet" in words(page)
