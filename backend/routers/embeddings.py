"""Embeddings of a cohort as files."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from backend.queries.embedding_table import POOLED, embedding_table
from backend.science.tables.embedding_files import EmbeddingForm
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["encoders"], route_class=SettledRoute)
MEDIA = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet", "npz": "application/zip"}


class EmbeddingFile(StreamingResponse):
    """A table `study_id, patient_id, e000 ...` as CSV or Parquet, or those arrays as NPZ, in pieces."""

    media_type = "application/octet-stream"


@router.get("/cohorts/{cohort_id}/embeddings.{form}", dependencies=[VIEWER, EXPORT], response_class=EmbeddingFile)
def embeddings_file(
    cohort_id: str,
    form: EmbeddingForm,
    session: ReadSessionDep,
    encoder_id: Annotated[str, Query(max_length=64)],
    stage: Annotated[
        str, Query(max_length=20, description="`pooled`, or the number of a stage: its global average.")
    ] = POOLED,
    task: Annotated[
        s.Task | None, Query(description="The task whose input the encoder saw; its own task's if left out.")
    ] = None,
) -> EmbeddingFile:
    """The embeddings of the accepted studies of a cohort under one encoder, a row a study."""
    table = embedding_table(session, cohort_id, encoder_id, stage, task)
    named = {"Content-Disposition": f'attachment; filename="embeddings.{form}"'}
    return EmbeddingFile(table.pieces(form), media_type=MEDIA[form], headers=named)
