"""How the cohort lies in the embedding before and after."""

from fastapi import APIRouter

from backend.queries import analysis_detail
from backend.queries import embedding_map as maps
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.pagination import CsvResponse, csv_response
from shared import schemas as s

router = APIRouter(tags=["analyses"])


@router.get("/analyses/{analysis_id}/map.csv", dependencies=[VIEWER], response_class=CsvResponse)
def embedding_map_csv(analysis_id: str, session: ReadSessionDep) -> CsvResponse:
    """Places before and after and kept neighbours, one row a study."""
    return csv_response(
        s.MappedStudy, maps.embedding_map_of(session, analysis_detail.get_analysis(session, analysis_id)).studies
    )


@router.get("/analyses/{analysis_id}/map", dependencies=[VIEWER])
def embedding_map(analysis_id: str, session: ReadSessionDep) -> s.EmbeddingMap:
    """The first two principal components of both embeddings, and how many nearest neighbours each study keeps."""
    return maps.embedding_map_of(session, analysis_detail.get_analysis(session, analysis_id))
