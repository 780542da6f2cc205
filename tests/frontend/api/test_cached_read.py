"""Cached reads against a real server with two signed-in users."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from backend.access import tokens
from backend.storage.database import Database
from frontend.api import cohorts, connection
from frontend.api.cached_read import cached_read
from shared import schemas as s
from shared.client import ApiError, Client
from shared.cookies import SESSION_COOKIE
from shared.environment import API_URL_VARIABLE
from tests.api import server
from tests.frontend.work_site import serving


@dataclass(frozen=True)
class Browsers:
    """The session tokens of two users of one server, and a way to be the browser of either."""

    ana: str
    ben: str
    become: Callable[[str], None]


@pytest.fixture
def browsers(filled_folder: server.Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browsers]:
    settings = server.settings_of(server.copied(filled_folder, tmp_path / "own").folder, auth=True)
    database = Database(settings)
    with database.write() as session:
        made = [
            tokens.create_token(session, tokens.get_or_add_user(session, name, "viewer"), "session")
            for name in ("ana", "ben")
        ]
    database.close()

    def become(token: str) -> None:
        browser = SimpleNamespace(cookies={SESSION_COOKIE: token})
        monkeypatch.setattr("streamlit.runtime.context._get_client_context", lambda: browser)

    with serving(settings) as url:
        monkeypatch.setenv(API_URL_VARIABLE, url)
        yield Browsers(*made, become)


def test_two_users_never_share_an_entry(browsers: Browsers) -> None:
    asked: list[str] = []

    @cached_read(ttl=60, max_entries=10)
    def name_of_user(client: Client) -> str:
        asked.append(client.me().name)
        return asked[-1]

    seen = []
    for token in (browsers.ana, browsers.ben, browsers.ana, browsers.ben):
        browsers.become(token)
        seen.append(name_of_user())
    assert seen == ["ana", "ben", "ana", "ben"]
    assert asked == ["ana", "ben"], "the second read of each user comes from the cache"


def test_an_entry_belongs_to_one_server(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    browsers.become(browsers.ana)
    assert cohorts.cohorts.or_raise()
    monkeypatch.setenv(API_URL_VARIABLE, "http://127.0.0.1:9")
    with pytest.raises(ApiError, match="does not answer"):
        cohorts.cohorts.or_raise()


def test_the_key_holds_a_hash_and_not_the_token(browsers: Browsers) -> None:
    keys = set()
    for token in (browsers.ana, browsers.ben):
        browsers.become(token)
        assert token not in connection.cache_user()
        keys.add(connection.cache_user())
    assert len(keys) == 2


def test_reads_and_arguments_have_entries_of_their_own(browsers: Browsers) -> None:
    browsers.become(browsers.ana)

    @cached_read(ttl=60, max_entries=10)
    def first(client: Client, text: str, last: str = "") -> str:
        return f"first {text} {last} of {client.me().name}"

    @cached_read(ttl=60, max_entries=10)
    def second(client: Client, text: str, last: str = "") -> str:
        return f"second {text} {last} of {client.me().name}"

    assert [first("a", "x"), first("a", "y"), first("b", last="x"), second("a", "x")] == [
        "first a x of ana",
        "first a y of ana",
        "first b x of ana",
        "second a x of ana",
    ]


def test_each_read_has_its_own_lifetime(browsers: Browsers) -> None:
    browsers.become(browsers.ana)
    asked = {"short": 0, "long": 0}

    @cached_read(ttl=0.3, max_entries=10)
    def short(client: Client) -> s.Me:
        asked["short"] += 1
        return client.me()

    @cached_read(ttl=60, max_entries=10)
    def long(client: Client) -> s.Me:
        asked["long"] += 1
        return client.me()

    for _ in range(2):
        short(), long()
        time.sleep(0.4)
    assert asked == {"short": 2, "long": 1}
    long.clear()
    long()
    assert asked["long"] == 2


def test_a_refusal_becomes_one_sentence_and_ends_the_page(browsers: Browsers) -> None:
    def page() -> None:
        import streamlit as st

        from frontend.api import cohorts

        cohorts.case("unknown")
        st.markdown("behind the refusal")

    browsers.become(browsers.ana)
    app = AppTest.from_function(page).run(timeout=30)
    assert not app.exception
    assert len(app.error) == 1
    assert app.error[0].value
    assert not app.markdown
