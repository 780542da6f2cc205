"""E-mails about one's own jobs, chosen on the page Account where the server sends any."""

from pathlib import Path

import pytest

from backend.access import tokens
from shared.client import Client
from tests.api import server
from tests.api.test_notifications import MAIL
from tests.frontend.work_site import Site, serving, words


def test_mails_are_chosen_and_a_foreign_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = server.settings_of(tmp_path, **MAIL)
    with serving(settings) as url, Client(url) as nobody:
        with Site(url, nobody, settings).database() as database, database.write() as session:
            token = tokens.create_owner_token(session, "session")
        with Client(url, token) as client:
            monkeypatch.setattr("frontend.api.connection.client", lambda: client)
            page = Site(url, client, settings).page("account")
            assert not page.exception
            page.radio(key="mail-about").set_value("failed")
            page.text_input(key="mail-address").set_value("ann@elsewhere.example")
            page.button(key="mail-save").click().run()
            assert "addresses of" in page.error[0].value
            page.radio(key="mail-about").set_value("failed")
            page.text_input(key="mail-address").set_value("ann@b.example")
            page.button(key="mail-save").click().run()
            assert "Failed jobs are told by" in page.success[0].value
            assert (client.mail().about, client.mail().address) == ("failed", "ann@b.example")
            assert "no name of a cohort or a patient" in words(page)
