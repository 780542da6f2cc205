"""Encoders: weights by their sha256, or the names of imported embeddings; and the architectures there are."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select

from backend import models
from backend.queries import analysis_detail
from backend.science.encoders.registry import architectures
from backend.web.authorization import VIEWER
from backend.web.exports import EXPORT
from backend.web.pagination import CsvResponse, Listing, OptionalPage, add_list, add_next_link, csv_response
from shared import schemas as s

router = APIRouter(tags=["encoders"])


def encoders(
    cohort_id: Annotated[str | None, Query(max_length=64)] = None,
    run_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Listing[s.Encoder]:
    """Encoders, newest first; with `run_id` the checkpoints that encoder's training passed instead."""
    statement = select(models.Encoder).order_by(models.Encoder.created_at.desc(), models.Encoder.id)
    statement = statement.where(models.Encoder.run_id.is_(None) if run_id is None else models.Encoder.run_id == run_id)
    if cohort_id is not None:
        statement = statement.where(models.Encoder.cohort_id == cohort_id)
    return Listing.of_each(statement, lambda _session, rows: [analysis_detail.encoder_schema(row) for row in rows])


add_list(router, "/encoders", s.Encoder, encoders, VIEWER)


@router.get("/architectures.csv", dependencies=[VIEWER, EXPORT], response_class=CsvResponse)
def known_architectures_csv() -> CsvResponse:
    """Names of the encoders that can be built here."""
    return csv_response(s.Architecture, [s.Architecture(name=name) for name in architectures()])


@router.get("/architectures", dependencies=[VIEWER])
def known_architectures(request: Request, response: Response, part: OptionalPage) -> list[str]:
    """Names of the encoders that can be built here: the built-in sizes, then those that installed packages bring."""
    names = list(architectures())
    add_next_link(request, response, part.next_cursor(len(part.of(names)), len(names)))
    return part.of(names)
