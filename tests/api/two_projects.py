"""A server with two projects: everything there is belongs to one, and most who ask are members of the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from backend import models
from backend.access import projects, tokens
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server

THEIRS, MINE = "theirs", "mine"
ROLES: dict[str, dict[str, s.ProjectRole]] = {
    "ida": {THEIRS: "owner"},
    "vic": {THEIRS: "viewer", MINE: "researcher"},
    "eve": {MINE: "owner"},
    "adam": {models.DEFAULT_PROJECT: "owner"},
}
"""Who is what where; adam is an admin of the server. The member that left, gus, was an owner of `theirs`."""


@dataclass(frozen=True)
class TwoProjects:
    """A running server, who asks, and the ids of one thing of each kind in the project `theirs`, by path parameter."""

    client: TestClient
    headers: dict[str, dict[str, str]]
    ids: dict[str, str]
    feature: str

    @property
    def database(self) -> Database:
        """Without any limit."""
        database: Database = self.client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
        return database


@contextmanager
def two_projects(folder: Path) -> Iterator[TwoProjects]:
    """The server of a filled data folder, all of which is moved to the project `theirs`."""
    with server.running(folder) as client:
        database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
        with database.write() as session:
            for name in (THEIRS, MINE):
                session.add(models.Project(id=name, name=name))
            session.flush()
            for model in (models.Cohort, models.Job):
                session.execute(update(model).values(project_id=THEIRS))
            headers = {name: _header(session, name) for name in (*ROLES, "gus")}
            projects.set_member(session, THEIRS, "gus", "owner", "adam")
        ids, feature = _things(client, database, headers["ida"])
        with database.write() as session:
            projects.end_member(session, THEIRS, "gus", "adam")
        yield TwoProjects(client, headers, ids, feature)


def _header(session: Session, name: str) -> dict[str, str]:
    user = models.User(name=name, role="admin" if name == "adam" else "researcher")
    session.add(user)
    session.flush()
    for project, role in ROLES.get(name, {}).items():
        projects.set_member(session, project, name, role, "adam")
    return {"Authorization": f"Bearer {tokens.create_token(session, user, 'api')}"}


def _things(client: TestClient, database: Database, ida: dict[str, str]) -> tuple[dict[str, str], str]:
    """Makes what there is not yet; gives the ids, and a feature of the analysis."""

    def post(path: str, body: dict[str, object]) -> str:
        answer = client.post(f"/api/v1{path}", json=body, headers=ida)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])

    with database.write() as session:
        analysis = session.scalars(select(models.Analysis)).one()
        case = session.scalars(select(models.Case).order_by(models.Case.study_id)).first()
        job = session.scalars(select(models.Job).where(models.Job.kind == "analyze")).one()
        feature = session.scalars(select(models.AnalysisFeature).order_by(models.AnalysisFeature.rank_paper)).first()
        assert case is not None
        assert feature is not None
        ids = {"cohort_id": analysis.cohort_id, "case_id": case.id, "analysis_id": analysis.id, "job_id": job.id}
        ids |= {"comparison_id": "a" * 16, "trajectory_id": "b" * 16, "project_id": THEIRS}
        ids |= {"encoder_id": analysis.ft_encoder_id, "notification_id": "c" * 16}
        of_pair = {"n_studies": 1, "n_patients": 1, "n_features": 1, "seed": 0, "sentences": []}
        session.add(
            models.Comparison(
                id=ids["comparison_id"],
                cohort_id=analysis.cohort_id,
                analysis_ids=[analysis.id],
                summary=of_pair | {"members": [], "notes": [], "recomputed": False, "pairs": []},
                cache_key="a",
            )
        )
        session.add(
            models.Trajectory(
                id=ids["trajectory_id"],
                cohort_id=analysis.cohort_id,
                task="pirads",
                roi="gland",
                along="stages",
                summary=of_pair | {"points": [], "lines": []},
                features=[feature.feature],
                values=np.zeros((7, 1, 1)),
                cache_key="b",
            )
        )
        told = {"kind": "analyze", "title": "t", "state": "done", "page": "overview", "query": {}}
        session.add(models.Notification(id=ids["notification_id"], job_id=job.id, by="ida", **told))
        session.add(models.Notification(job_id=job.id, by="gus", **told))
    ids["note_id"] = post("/notes", {"analysis_id": ids["analysis_id"], "text": "CANARY note"})
    ids["star_id"] = post("/stars", {"case_id": ids["case_id"]})
    view = {"name": "CANARY view", "page": "map", "query": {"analysis": ids["analysis_id"]}}
    ids["view_id"] = post("/saved-views", view)
    ids["share_id"] = post("/shares", {"analysis_id": ids["analysis_id"], "with_pictures": False, "label": "CANARY"})
    ids["draft"] = post("/shares/drafts", {"analysis_id": ids["analysis_id"], "with_pictures": False})
    client.post(f"/api/v1/cases/{ids['case_id']}/decisions", json={"decision": "approve"}, headers=ida)
    upload = client.post("/api/v1/uploads", headers=ida | {"Tus-Resumable": "1.0.0", "Upload-Length": "3"})
    ids["upload_id"] = str(upload.json()["id"])
    return ids, feature.feature
