"""The page Audit: rows by filter and page, and the verification of the chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.access import audit, tokens
from shared.client import Client
from tests.api import server
from tests.frontend.work_site import Site, serving, words


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server with 150 rows in its log, and the dashboard as its owner sees it."""
    settings = server.settings_of(tmp_path)
    with serving(settings) as url:
        site = Site(url, Client(url), settings)
        with site.database() as database, database.write() as session:
            token = tokens.create_owner_token(session, "session")
            for n in range(149):
                audit.record(session, "anna" if n % 2 else "ben", "export", f"=cohort {n}", what="cases.csv")
        with Client(url, token) as client:
            monkeypatch.setattr("frontend.api.connection.client", lambda: client)
            yield Site(url, client, settings)
        site.client.close()


def test_rows_are_listed_filtered_and_verified(signed: Site) -> None:
    page = signed.page("audit")
    assert not page.exception
    frame = page.dataframe[0].value
    assert (len(frame), frame["About"][0], frame["Details"][0]) == (100, "=cohort 148", "what=cases.csv")
    assert "150 rows" in words(page)
    page.button(key="audit-older").click().run()
    assert len(page.dataframe[0].value) == 50
    page.button(key="audit-newer").click().run()
    page.text_input(key="audit-actor").set_value("anna").run()
    assert set(page.dataframe[0].value["Who"]) == {"anna"}
    assert "74 rows" in words(page)
    page.selectbox(key="audit-kind").set_value("session.refuse").run()
    assert "No row is about that." in words(page)
    page.button(key="audit-verify").click().run()
    assert "150 rows follow from one another" in page.success[0].value
    anchor = page.code[0].value
    with signed.database() as database, database.write() as session:
        session.execute(text("UPDATE audit SET actor = 'ben' WHERE id = 7"))
    page.text_input(key="audit-anchor").set_value(anchor).run()
    page.button(key="audit-verify").click().run()
    assert [one.value for one in page.error] == ["Row 7 of the audit log was changed\\."]


def test_who_is_no_administrator_is_told_whom_to_ask(signed: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with signed.database() as database, database.write() as session:
        token = tokens.create_token(session, tokens.get_or_add_user(session, "ann", "viewer"), "session")
    with Client(signed.url, token) as client:
        monkeypatch.setattr("frontend.api.connection.client", lambda: client)
        page = signed.page("audit")
        assert "ask one of them" in words(page)
        assert not page.dataframe
