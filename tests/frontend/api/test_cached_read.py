"""Cached reads against a real server with two signed-in users."""

import inspect
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from backend.access import projects, tokens
from backend.models import DEFAULT_PROJECT
from backend.storage.database import Database
from frontend.api import analyses, cohorts, comparisons, connection, trajectories
from frontend.api.cached_read import CachedRead, cached_read
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
    leave: Callable[[str], None]


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

    def leave(name: str) -> None:
        with closing(Database(settings)) as database, database.write() as session:
            projects.end_member(session, DEFAULT_PROJECT, name, "test")

    with serving(settings) as url:
        monkeypatch.setenv(API_URL_VARIABLE, url)
        yield Browsers(*made, become, leave)


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


def test_what_is_shared_is_read_once_for_all_who_see_the_same(browsers: Browsers) -> None:
    asked: list[str] = []

    @cached_read(ttl=60, max_entries=10, shared=True)
    def names(client: Client) -> list[str]:
        asked.append(client.me().name)
        return [one.name for one in client.cohorts()]

    seen = []
    for token in (browsers.ana, browsers.ben, browsers.ana):
        browsers.become(token)
        assert connection.signed_in() is not None
        seen.append(names())
    assert seen[0] == seen[1] == seen[2] != []
    assert asked == ["ana"]


def test_who_sees_other_cohorts_reads_for_themselves(browsers: Browsers) -> None:
    """Ben leaves the project: nothing that ana reads afterwards or read before is given to him."""
    asked: list[str] = []

    @cached_read(ttl=60, max_entries=10, shared=True)
    def who(client: Client) -> str:
        asked.append(client.me().name)
        return asked[-1]

    browsers.become(browsers.ana)
    assert connection.signed_in() is not None
    assert who() == "ana"
    browsers.leave("ben")
    browsers.become(browsers.ben)
    assert connection.signed_in() is not None
    assert who() == "ben"


def test_what_one_read_before_leaving_a_project_is_not_given_again(browsers: Browsers) -> None:
    """Pictures of a case are kept for ten minutes; a membership ends at once."""

    @cached_read(ttl=60, max_entries=10)
    def case(client: Client, case_id: str) -> str:
        return client.case(case_id).study_id

    browsers.become(browsers.ben)
    assert connection.signed_in() is not None
    known = connection.client().cases(connection.client().cohorts()[0].id)[0].id
    assert case.or_raise(known) == case.or_raise(known)
    browsers.leave("ben")
    assert connection.signed_in() is not None
    with pytest.raises(ApiError) as refused:
        case.or_raise(known)
    assert refused.value.problem.status == 404


def test_a_part_of_a_page_that_runs_alone_asks_anew_what_one_sees(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fragment runs without the page, so nobody asks there who is signed in."""
    browsers.become(browsers.ben)
    assert connection.signed_in() is not None
    analysis_id = analyses.analyses.or_raise()[0].id
    assert analyses.analysis.or_raise(analysis_id).id == analysis_id
    browsers.leave("ben")
    monkeypatch.setattr(connection, "VIEW_SECONDS", -1.0)
    with pytest.raises(ApiError) as refused:
        analyses.analysis.or_raise(analysis_id)
    assert refused.value.problem.status == 404


def test_what_is_shared_asks_for_nothing_of_one_user() -> None:
    """Every shared read calls only what the API answers alike for all who see the same."""
    of_one_user = {
        "case",
        "feature_examples",
        "me",
        "notes",
        "stars",
        "saved_views",
        "notifications",
        "quality",
        "jobs",
    }
    shared = [
        value
        for module in (analyses, cohorts, comparisons, trajectories)
        for value in vars(module).values()
        if isinstance(value, CachedRead) and value.shared
    ]
    assert len(shared) > 15
    for read in shared:
        called = set(re.findall(r"client\.(\w+)\(", inspect.getsource(read.read)))
        assert called, read.__name__
        assert not called & of_one_user, read.__name__


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
