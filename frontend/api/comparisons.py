"""Cached reads of comparisons between analyses, for the signed-in user."""

import streamlit as st

from frontend.api.session import MINUTE, asked, client, key
from shared import schemas as s
from shared.client import Client


def comparisons(cohort_id: str) -> list[s.Comparison]:
    """Comparisons of a cohort's analyses, newest first."""
    return asked(_comparisons, key(), cohort_id, client())


def comparison(comparison_id: str) -> s.ComparisonDetail:
    """One comparison; immutable, so kept long."""
    return asked(_comparison, key(), comparison_id, client())


def compared(comparison_id: str, first: int, second: int) -> list[s.ComparedRow]:
    """Every feature of one pair of a comparison; immutable, so kept long."""
    return asked(_compared, key(), comparison_id, first, second, client())


@st.cache_data(ttl=10, max_entries=200, show_spinner=False)
def _comparisons(key: str, cohort_id: str, _client: Client) -> list[s.Comparison]:  # noqa: ARG001 (the cache key)
    return _client.comparisons(cohort_id)


@st.cache_data(ttl=30 * MINUTE, max_entries=40, show_spinner="Reading the comparison …")
def _comparison(key: str, comparison_id: str, _client: Client) -> s.ComparisonDetail:  # noqa: ARG001 (the cache key)
    return _client.comparison(comparison_id)


@st.cache_data(ttl=30 * MINUTE, max_entries=20, show_spinner="Reading the comparison …")
def _compared(key: str, comparison_id: str, first: int, second: int, _client: Client) -> list[s.ComparedRow]:  # noqa: ARG001 (the cache key)
    rows: list[s.ComparedRow] = []
    cursor: str | None = None
    while True:
        page = _client.compared(comparison_id, first=first, second=second, limit=1000, cursor=cursor)
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            return rows
