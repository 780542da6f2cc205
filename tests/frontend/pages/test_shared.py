"""The page behind a share link."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from frontend.api import connection
from frontend.text.labels import examples
from shared import schemas as s
from shared.client import Client
from tests.frontend.work_site import APP, Site, words

PAGE: Path = APP.parent / "pages" / "shared.py"


def shown(site: Site, cookie: str | None, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    def share_client() -> Client | None:
        return connection.Client(site.url, share_token=cookie) if cookie else None

    monkeypatch.setattr(connection, "share_client", share_client)
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def test_the_snapshot_is_told_plainly_with_its_limits(own_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = s.ShareCreate(analysis_id=own_site.analysis_id, with_pictures=True)
    token = urlsplit(own_site.client.share(wish).path).fragment
    cookie = own_site.cookie_of(token)
    view = own_site.open_link(token)
    page = shown(own_site, cookie, monkeypatch)
    assert not page.exception
    text = words(page)
    assert page.title[0].value.replace("\\", "") == view.title
    for sentence in [*view.sentences[:3], *view.cannot_say]:
        assert sentence[:40] in text
    assert len(page.image) == len(view.shifts[:3])
    table = page.table[0].value
    assert list(table.index) == list(view.provenance)
    assert not page.sidebar.children


@pytest.mark.parametrize(
    ("flags", "heading"),
    [
        (["stronger", "weaker"], "The clearest changes"),
        (["stronger", "weaker", "unchanged"], "What changed most clearly, and what did not"),
        (["stronger", "not_decodable"], "What changed most clearly, and what did not"),
        ([None, None, None], "What changed most clearly, and what did not"),
        (["unchanged", "underpowered"], "Examples of what was measured"),
    ],
)
def test_what_did_not_change_is_not_called_a_change(flags: list[str | None], heading: str) -> None:
    assert examples(flags) == heading


def test_no_patient_or_study_is_named(own_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = s.ShareCreate(analysis_id=own_site.analysis_id, label="for Dr Weber")
    cookie = own_site.cookie_of(urlsplit(own_site.client.share(wish).path).fragment)
    page = shown(own_site, cookie, monkeypatch)
    everything = words(page) + page.table[0].value.to_string()
    for case in own_site.client.cases(own_site.cohort_id):
        assert case.study_id not in everything
        assert case.id not in everything
    assert "Weber" not in everything


def test_every_link_that_does_not_work_gets_the_same_page(own_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = own_site.client.share(s.ShareCreate(analysis_id=own_site.analysis_id))
    revoked = own_site.cookie_of(urlsplit(made.path).fragment)
    own_site.client.revoke(made.id)
    pages = [words(shown(own_site, cookie, monkeypatch)) for cookie in (None, "x" * 43, revoked)]
    assert pages[0].startswith("This link is not available")
    assert pages[0] == pages[1] == pages[2]
