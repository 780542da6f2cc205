"""Two to eight analyses or runs beside each other, from stored effects."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from backend.queries.comparison_matrix import MOST, comparison_matrix, matrix_lines
from backend.web.authorization import VIEWER
from backend.web.dependencies import DatabaseDep
from backend.web.exports import EXPORT
from backend.web.pagination import MAX_PAGE_ROWS, CsvResponse, csv_response
from shared import schemas as s

router = APIRouter(tags=["comparisons"])
Named = Annotated[
    list[Annotated[str, Field(max_length=100)]],
    Query(max_length=2 * MOST, description="Ids of two to eight analyses; the first is what others are told against."),
]
By = Annotated[s.MatrixBy, Query(description="Groups of a kind, or single features.")]


@router.get("/comparisons/matrix.csv", dependencies=[VIEWER, EXPORT], response_class=CsvResponse)
def matrix_csv(database: DatabaseDep, analysis: Named, by: By = "modality_class") -> CsvResponse:
    """The matrix as a table, one line a cell."""
    return csv_response(s.MatrixLine, matrix_lines(comparison_matrix(database, analysis, by)))


@router.get("/comparisons/matrix", dependencies=[VIEWER])
def matrix(
    database: DatabaseDep,
    analysis: Named,
    by: By = "modality_class",
    limit: Annotated[int | None, Query(ge=1, le=MAX_PAGE_ROWS, description="Rows; all if left out.")] = None,
) -> s.ComparisonMatrix:
    """Effect and flag of every group or feature in each analysis, how far they agree, and the spread of replicates."""
    return comparison_matrix(database, analysis, by, limit)
