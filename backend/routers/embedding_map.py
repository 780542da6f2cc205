"""The map of a cohort in both embeddings of an analysis."""

from fastapi import APIRouter

from backend.queries.analysis_detail import get_analysis
from backend.queries.embedding_map import embedding_map_of
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.pagination import CsvResponse, csv_response
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["analyses"], route_class=SettledRoute)


@router.get("/analyses/{analysis_id}/map.csv", dependencies=[VIEWER, EXPORT], response_class=CsvResponse)
def embedding_map_csv(analysis_id: str, session: ReadSessionDep) -> CsvResponse:
    """Places before and after and kept neighbours, one row a study."""
    return csv_response(s.MappedStudy, embedding_map_of(session, get_analysis(session, analysis_id)).studies)


@router.get("/analyses/{analysis_id}/map", dependencies=[VIEWER])
def embedding_map(analysis_id: str, session: ReadSessionDep) -> s.EmbeddingMap:
    """The first two principal components of both embeddings, and how many nearest neighbours each study keeps."""
    return embedding_map_of(session, get_analysis(session, analysis_id))
