"""Whom a trusted proxy names: believed from its own address alone, and never from a request's own headers."""

from typing import Any

import pytest
from pydantic import ValidationError
from starlette.types import Receive, Scope, Send

from backend.settings import Settings
from backend.web.proxy_user import KEY, ProxyUser, behind_proxies, proxy_user
from tests.own_loop import finished

PROXY = "10.1.0.7"


def seen(peer: str | None, *headers: tuple[str, str], **changes: Any) -> tuple[ProxyUser | None, Scope]:
    """What an application behind the proxies learns of a request: the user, and its scope."""
    given = {"trusted_proxies": [PROXY, "fd00::/8"], "proxy_user_header": "X-Remote-User", "new_user_role": "viewer"}
    settings = Settings.model_validate(given | {"proxy_groups_header": "X-Remote-Groups"} | changes)
    found: list[Scope] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        found.append(scope)

    async def nothing(*_: object) -> Any:
        raise AssertionError("nobody reads or answers here")

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope: Scope = {"type": "http", "scheme": "http", "headers": raw, "client": peer and (peer, 1), KEY: "forged"}
    finished(behind_proxies(application, settings)(scope, nothing, nothing))
    return proxy_user(found[0]), found[0]


def test_the_proxy_is_believed_and_its_headers_go_no_further() -> None:
    user, scope = seen(
        PROXY,
        ("X-Remote-User", "änna@ward"),
        ("X-Remote-Groups", "radiology, it"),
        ("X-Forwarded-For", "192.0.2.4"),
        ("Accept", "*/*"),
    )
    assert user == ProxyUser("änna@ward", frozenset({"radiology", "it"}))
    assert scope["client"][0] == "192.0.2.4"  # the visitor's own address, after the peer was looked at
    assert [name for name, _ in scope["headers"]] == [b"x-forwarded-for", b"accept"]
    assert seen("fd00::12", ("X-Remote-User", "anna"))[0] == ProxyUser("anna")


@pytest.mark.parametrize("peer", ["10.1.0.8", "127.0.0.1", "::1", "", None, "proxy.example"])
def test_nobody_else_is_believed(peer: str | None) -> None:
    user, scope = seen(peer, ("X-Remote-User", "anna"), ("X-Remote-Groups", "it"), ("X-Forwarded-For", PROXY))
    assert user is None
    assert [name for name, _ in scope["headers"]] == [b"x-forwarded-for"]
    assert scope.get(KEY) is None


@pytest.mark.parametrize("name", ["X_Remote_User", "x-remote_user", "X-REMOTE-USER"])
def test_other_spellings_of_the_header_are_taken_away_too(name: str) -> None:
    assert seen("10.1.0.8", (name, "anna"))[1]["headers"] == []


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-Remote-User", "")],
        [("X-Remote-User", "  ")],
        [("X-Remote-User", "anna"), ("X-Remote-User", "ben")],
        [("X-Remote-User", "a" * 256)],
        [("X-Remote-User", "an\x01na")],
        [("X_Remote_User", "anna")],
    ],
    ids=range(7),
)
def test_a_name_that_is_none_or_stands_twice_is_nobody(headers: list[tuple[str, str]]) -> None:
    assert seen(PROXY, *headers)[0] is None


def test_without_a_header_in_the_settings_nothing_names_anybody() -> None:
    assert seen(PROXY, ("X-Remote-User", "anna"), proxy_user_header="")[0] is None
    assert seen(PROXY, ("X-Remote-User", "anna"), trusted_proxies=[], proxy_user_header="")[0] is None


@pytest.mark.parametrize("proxies", [[], ["*"], [PROXY, "*"]])
def test_the_header_needs_proxies_that_are_named(proxies: list[str]) -> None:
    with pytest.raises(ValidationError, match="name the proxy's address"):
        seen(PROXY, trusted_proxies=proxies)
