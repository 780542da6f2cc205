"""Cached reads of analyses, for the signed-in user; an analysis never changes, so most entries live long."""

import pandas as pd

from frontend.api.cached_read import MINUTE, SECOND, cached_read
from shared import schemas as s
from shared.calls.listed import Listed
from shared.client import ApiError, Client

PAGE_ROWS = 1000
ENDS = 30
"""Features read at each end of a ranking, for examples of what changed most."""


@cached_read(ttl=5 * SECOND, max_entries=200, shared=True)
def analyses(client: Client) -> Listed[s.Analysis]:
    """Every analysis, newest first."""
    return client.analyses()


@cached_read(ttl=30 * MINUTE, max_entries=200, shared=True)
def analysis(client: Client, analysis_id: str) -> s.AnalysisDetail:
    """One analysis with its answer."""
    return client.analysis(analysis_id)


@cached_read(ttl=30 * MINUTE, max_entries=200, shared=True)
def groups(client: Client, analysis_id: str) -> Listed[s.GroupRow]:
    """Every group of an analysis."""
    return client.groups(analysis_id)


@cached_read(ttl=30 * MINUTE, max_entries=40, show_spinner="Reading the ranking …", shared=True)
def ranking(client: Client, analysis_id: str) -> pd.DataFrame:
    """The whole ranking, one row a feature with the fields of `RankingRow`, read page by page."""
    rows: list[s.RankingRow] = []
    cursor: str | None = None
    while True:
        page = client.ranking(analysis_id, sort="rank_paper", order="asc", limit=PAGE_ROWS, cursor=cursor)
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            return pd.DataFrame([row.model_dump() for row in rows], columns=list(s.RankingRow.model_fields))


@cached_read(ttl=30 * MINUTE, max_entries=500, shared=True)
def feature_cases(client: Client, analysis_id: str, feature: str) -> s.FeatureCases:
    """A feature's definition and its decoded and true values in every study."""
    return client.feature_cases(analysis_id, feature)


@cached_read(ttl=30 * MINUTE, max_entries=300, shared=True)
def evidence(client: Client, analysis_id: str, feature: str) -> s.FeatureEvidence | None:
    """The evidence behind a feature's trust numbers; None where the analysis kept none."""
    try:
        return client.evidence(analysis_id, feature)
    except ApiError as error:
        if error.problem.status == 404:
            return None
        raise


@cached_read(ttl=30 * MINUTE, max_entries=40, show_spinner="Drawing the map …", shared=True)
def embedding_map(client: Client, analysis_id: str) -> s.EmbeddingMap:
    """Where every study lies before and after fine-tuning."""
    return client.embedding_map(analysis_id)


@cached_read(ttl=10 * SECOND, max_entries=200)
def power(client: Client, analysis_id: str) -> s.Power | None:
    """The newest self-check of an analysis, or None."""
    return client.power(analysis_id)


@cached_read(ttl=30 * MINUTE, max_entries=200, shared=True)
def figures(client: Client, analysis_id: str) -> list[s.FigureFile]:
    """The figures for papers and slides that an analysis has."""
    return client.figures(analysis_id)


@cached_read(ttl=30 * MINUTE, max_entries=200, shared=True)
def leading(client: Client, analysis_id: str, modality: str | None, sort: str) -> list[s.RankingRow]:
    """The features at both ends of a ranking: those that gained most, and those that lost most."""
    by = "trust" if sort == "trust" else "delta_i"
    ends = [
        client.ranking(analysis_id, modality=modality, sort=by, order=order, limit=ENDS).items
        for order in ("desc", "asc")
    ]
    return list({row.feature: row for row in (*ends[0], *ends[1])}.values())


@cached_read(ttl=20 * MINUTE, max_entries=300)
def examples(client: Client, analysis_id: str, feature: str, maps: bool) -> s.FeatureExamples:
    """Patients in whom a feature is low and high, with signed pictures, which live for half an hour."""
    return client.feature_examples(analysis_id, feature, maps=maps)
