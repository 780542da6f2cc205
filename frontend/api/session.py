"""The signed-in user's own connection to the API, and cached reads through it.

The dashboard holds no token of its own: each browser's session cookie is the only credential, and every cache entry is
keyed by it, so one user never sees what another one read.
"""

import hashlib
import os
from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

import pandas as pd
import streamlit as st

from frontend.text.escape import plain
from shared import schemas as s
from shared.client import ApiError, Client
from shared.cookies import SESSION_COOKIE, SHARE_COOKIE
from shared.environment import API_URL_VARIABLE

MINUTE = 60.0

P = ParamSpec("P")
T = TypeVar("T")


def api_url() -> str:
    """Address of the API, without `/api/v1`."""
    return os.environ.get(API_URL_VARIABLE, "http://127.0.0.1:8501")


def client() -> Client:
    """The connection of the signed-in user; kept open between runs of the page."""
    token = st.context.cookies.get(SESSION_COOKIE)
    return _connection(api_url(), _fingerprint(token), token)


def has_token() -> bool:
    """Whether this browser carries a session; a server without sign-in needs none."""
    return SESSION_COOKIE in st.context.cookies


def share_client() -> Client | None:
    """The connection of an opened share link, for `/shared` only; None where no link was opened."""
    token = st.context.cookies.get(SHARE_COOKIE)
    return Client(api_url(), share_token=token) if token else None


def key() -> str:
    """What every cache entry of this user starts with: the server and a hash of the token, never the token."""
    return f"{api_url()} {_fingerprint(st.context.cookies.get(SESSION_COOKIE))}"


class NoAnswer(Exception):
    """The server cannot be reached; the text is the sentence to show."""


def signed_in() -> s.Me | None:
    """Who is asking, or None without a valid session; asked afresh each run, so a revoked session ends at once.

    Raises NoAnswer where the API cannot be reached.
    """
    try:
        return client().me()
    except ApiError as error:
        if error.problem.status == 401:
            return None
        raise NoAnswer(error.problem.detail) from error


def asked(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of `read`; a refusal of the API becomes its one sentence and ends the page."""
    try:
        return read(*args, **kwargs)
    except ApiError as error:
        refuse(error)


def refuse(error: ApiError) -> NoReturn:
    """Shows the API's sentence and ends the page."""
    st.error(plain(error.problem.detail), icon=":material/error:")
    st.stop()


# --- cached reads: short for what grows, long for what never changes --------------------------------------------------


def analyses() -> list[s.Analysis]:
    """Every analysis, newest first."""
    return asked(_analyses, key(), client())


def analysis(analysis_id: str) -> s.AnalysisDetail:
    """One analysis with its answer; immutable, so kept long."""
    return asked(_analysis, key(), analysis_id, client())


def groups(analysis_id: str) -> list[s.GroupRow]:
    """Every group of an analysis; immutable, so kept long."""
    return asked(_groups, key(), analysis_id, client())


def ranking(analysis_id: str) -> pd.DataFrame:
    """The whole ranking, one row a feature with the fields of `RankingRow`, read page by page and kept long."""
    return asked(_ranking, key(), analysis_id, client())


def feature_cases(analysis_id: str, feature: str) -> s.FeatureCases:
    """A feature's definition and decoded-against-true values; immutable, so kept long."""
    return asked(_feature_cases, key(), analysis_id, feature, client())


def evidence(analysis_id: str, feature: str) -> s.FeatureEvidence | None:
    """What speaks for a feature's trust numbers; None where the analysis kept nothing. Immutable, so kept long."""
    return asked(_evidence, key(), analysis_id, feature, client())


def embedding_map(analysis_id: str) -> s.EmbeddingMap:
    """Where every study lies before and after; the embeddings of an analysis never change, so kept long."""
    return asked(_embedding_map, key(), analysis_id, client())


def forget() -> None:
    """Forgets every cached read: a finished job may have added to any list."""
    st.cache_data.clear()


@st.cache_resource(ttl=30 * MINUTE, max_entries=200, show_spinner=False)
def _connection(url: str, fingerprint: str, _token: str | None) -> Client:  # noqa: ARG001 (the cache key)
    return Client(url, _token)


@st.cache_data(ttl=5, max_entries=200, show_spinner=False)
def _analyses(key: str, _client: Client) -> list[s.Analysis]:  # noqa: ARG001 (the cache key)
    return _client.analyses()


@st.cache_data(ttl=30 * MINUTE, max_entries=200, show_spinner=False)
def _analysis(key: str, analysis_id: str, _client: Client) -> s.AnalysisDetail:  # noqa: ARG001 (the cache key)
    return _client.analysis(analysis_id)


@st.cache_data(ttl=30 * MINUTE, max_entries=200, show_spinner=False)
def _groups(key: str, analysis_id: str, _client: Client) -> list[s.GroupRow]:  # noqa: ARG001 (the cache key)
    return _client.groups(analysis_id)


@st.cache_data(ttl=30 * MINUTE, max_entries=40, show_spinner="Reading the ranking …")
def _ranking(key: str, analysis_id: str, _client: Client) -> pd.DataFrame:  # noqa: ARG001 (the cache key)
    rows: list[s.RankingRow] = []
    cursor: str | None = None
    while True:
        page = _client.ranking(analysis_id, sort="rank_paper", order="asc", limit=1000, cursor=cursor)
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            return pd.DataFrame([row.model_dump() for row in rows], columns=list(s.RankingRow.model_fields))


@st.cache_data(ttl=30 * MINUTE, max_entries=500, show_spinner=False)
def _feature_cases(key: str, analysis_id: str, feature: str, _client: Client) -> s.FeatureCases:  # noqa: ARG001 (the cache key)
    return _client.feature_cases(analysis_id, feature)


@st.cache_data(ttl=30 * MINUTE, max_entries=300, show_spinner=False)
def _evidence(key: str, analysis_id: str, feature: str, _client: Client) -> s.FeatureEvidence | None:  # noqa: ARG001 (the cache key)
    try:
        return _client.evidence(analysis_id, feature)
    except ApiError as error:
        if error.problem.status == 404:
            return None
        raise


@st.cache_data(ttl=30 * MINUTE, max_entries=40, show_spinner="Drawing the map …")
def _embedding_map(key: str, analysis_id: str, _client: Client) -> s.EmbeddingMap:  # noqa: ARG001 (the cache key)
    return _client.embedding_map(analysis_id)


def _fingerprint(token: str | None) -> str:
    return hashlib.sha256((token or "").encode()).hexdigest()
