"""The signed-in user's own connection to the API.

The dashboard holds no token of its own: each browser's session cookie is the only credential.
"""

import hashlib
import os
from time import monotonic

import streamlit as st

from frontend.api.newest import Newest
from shared import schemas as s
from shared.client import ApiError, Client
from shared.cookies import SESSION_COOKIE
from shared.environment import API_URL_VARIABLE

MOST_CONNECTIONS = 500
MOST_VIEWS = 5_000
VIEW_SECONDS = 15.0
"""How long what the API said of a session's view is taken for true between two runs of a page."""


class NoAnswer(Exception):
    """The server cannot be reached; the text is the sentence to show."""


def api_url() -> str:
    """Address of the API, without `/api/v1`."""
    return os.environ.get(API_URL_VARIABLE, "http://127.0.0.1:8501")


def client() -> Client:
    """The connection of the signed-in user; kept open between runs of the page."""
    token = st.context.cookies.get(SESSION_COOKIE)
    return _connections.of(cache_user(), lambda: Client(api_url(), token))


def has_session_cookie() -> bool:
    """Whether this browser carries a session; a server without sign-in needs none."""
    return SESSION_COOKIE in st.context.cookies


def cache_user() -> str:
    """The part of a cache key that belongs to this user: the server and a hash of the token, never the token."""
    return f"{api_url()} {_hash(st.context.cookies.get(SESSION_COOKIE))}"


def cache_view() -> str:
    """The part of a cache key that is the same for all who see the same: as the API said when this page was run.

    A part of a page that runs alone asks anew after some seconds, so a membership that ended ends there, too.
    """
    asked, view = _views.of(cache_user(), lambda: _seen_by(client().me()))
    if monotonic() - asked > VIEW_SECONDS:
        _, view = _views.put(cache_user(), _seen_by(client().me()))
    return view


def signed_in() -> s.Me | None:
    """The signed-in user, or None without a valid session.

    The API is asked on each run, so a revoked session ends at once. Raises NoAnswer where it cannot be reached.
    """
    _views.drop(cache_user())
    try:
        me = client().me()
        _views.put(cache_user(), _seen_by(me))
        return me
    except ApiError as error:
        if error.problem.status == 401:
            return None
        raise NoAnswer(error.problem.detail) from error


_connections: Newest[Client] = Newest(MOST_CONNECTIONS)
_views: Newest[tuple[float, str]] = Newest(MOST_VIEWS)


def _seen_by(me: s.Caller) -> tuple[float, str]:
    return monotonic(), f"{api_url()} {me.view}"


def _hash(token: str | None) -> str:
    return hashlib.sha256((token or "").encode()).hexdigest()
