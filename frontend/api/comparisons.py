"""Cached reads of comparisons between analyses, for the signed-in user."""

from frontend.api.cached_read import MINUTE, SECOND, cached_read
from shared import schemas as s
from shared.calls.listed import Listed
from shared.client import Client

PAGE_ROWS = 1000
MATRIX_ROWS = 300


@cached_read(ttl=10 * SECOND, max_entries=200, shared=True)
def comparisons(client: Client, cohort_id: str) -> Listed[s.Comparison]:
    """Comparisons of a cohort's analyses, newest first."""
    return client.comparisons(cohort_id)


@cached_read(ttl=30 * MINUTE, max_entries=40, show_spinner="Reading the comparison …", shared=True)
def comparison(client: Client, comparison_id: str) -> s.ComparisonDetail:
    """One comparison; it never changes."""
    return client.comparison(comparison_id)


@cached_read(ttl=30 * MINUTE, max_entries=60, shared=True)
def matrix(client: Client, analysis_ids: tuple[str, ...], by: s.MatrixBy) -> s.ComparisonMatrix:
    """Analyses beside each other from stored effects, the rows with the largest first; it never changes."""
    return client.comparison_matrix(analysis_ids, by, MATRIX_ROWS)


@cached_read(ttl=30 * MINUTE, max_entries=20, show_spinner="Reading the comparison …", shared=True)
def compared_features(client: Client, comparison_id: str, first: int, second: int) -> list[s.ComparedRow]:
    """Every feature of one pair of a comparison, read page by page; it never changes."""
    rows: list[s.ComparedRow] = []
    cursor: str | None = None
    while True:
        page = client.compared(comparison_id, first=first, second=second, limit=PAGE_ROWS, cursor=cursor)
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            return rows
