"""The signed-in user's own connection to the API.

The dashboard holds no token of its own: each browser's session cookie is the only credential.
"""

import hashlib
import os

import streamlit as st

from shared import schemas as s
from shared.client import ApiError, Client
from shared.cookies import SESSION_COOKIE
from shared.environment import API_URL_VARIABLE

CONNECTION_LIFETIME_S = 30 * 60.0
MOST_CONNECTIONS = 200


class NoAnswer(Exception):
    """The server cannot be reached; the text is the sentence to show."""


def api_url() -> str:
    """Address of the API, without `/api/v1`."""
    return os.environ.get(API_URL_VARIABLE, "http://127.0.0.1:8501")


def client() -> Client:
    """The connection of the signed-in user; kept open between runs of the page."""
    token = st.context.cookies.get(SESSION_COOKIE)
    return _connection(api_url(), _hash(token), token)


def has_session_cookie() -> bool:
    """Whether this browser carries a session; a server without sign-in needs none."""
    return SESSION_COOKIE in st.context.cookies


def cache_user() -> str:
    """The part of a cache key that belongs to this user: the server and a hash of the token, never the token."""
    return f"{api_url()} {_hash(st.context.cookies.get(SESSION_COOKIE))}"


def signed_in() -> s.Me | None:
    """The signed-in user, or None without a valid session.

    The API is asked on each run, so a revoked session ends at once. Raises NoAnswer where it cannot be reached.
    """
    try:
        return client().me()
    except ApiError as error:
        if error.problem.status == 401:
            return None
        raise NoAnswer(error.problem.detail) from error


@st.cache_resource(ttl=CONNECTION_LIFETIME_S, max_entries=MOST_CONNECTIONS, show_spinner=False)
def _connection(url: str, token_hash: str, _token: str | None) -> Client:  # noqa: ARG001 (the cache key)
    return Client(url, _token)


def _hash(token: str | None) -> str:
    return hashlib.sha256((token or "").encode()).hexdigest()
