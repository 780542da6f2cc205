"""The evidence behind one feature of an analysis."""

from typing import Annotated

from fastapi import APIRouter, Path

from backend.queries import analysis_detail
from backend.queries.feature_evidence import feature_evidence
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.pagination import CsvResponse, csv_response
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["analyses"], route_class=SettledRoute)
Feature = Annotated[str, Path(max_length=200)]


@router.get("/analyses/{analysis_id}/evidence/{feature}.csv", dependencies=[VIEWER, EXPORT], response_class=CsvResponse)
def evidence_csv(analysis_id: str, feature: Feature, session: ReadSessionDep) -> CsvResponse:
    """Held-out values of a feature, one row a study."""
    found = feature_evidence(session, analysis_detail.get_analysis(session, analysis_id), feature)
    return csv_response(s.EvidencePoint, found.points)


@router.get("/analyses/{analysis_id}/evidence/{feature}", dependencies=[VIEWER])
def evidence(analysis_id: str, feature: Feature, session: ReadSessionDep) -> s.FeatureEvidence:
    """What speaks for or against a feature's trust numbers: influence, held-out values, reasons for a disagreement."""
    return feature_evidence(session, analysis_detail.get_analysis(session, analysis_id), feature)
