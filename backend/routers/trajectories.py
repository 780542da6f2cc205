"""Trajectories along checkpoints or stages: list, answer, one feature's line."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.errors import NotFound
from backend.science.trust.flag_codes import FLAG_CODES
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["trajectories"], route_class=SettledRoute)
Filter = Annotated[str | None, Query(max_length=100)]
NUMBERS = ("r2_pre", "r2_ft", "effect", "ci_low", "ci_high", "q")
OF_DETAIL = ("sentences", "lines")


def trajectories(
    cohort_id: Filter = None, task: Filter = None, roi: s.Roi | None = None, along: s.Along | None = None
) -> Listing[s.Trajectory]:
    """Trajectories along checkpoints or stages, newest first."""
    row = models.Trajectory
    statement = select(row).order_by(row.created_at.desc(), row.id)
    for column, value in ((row.cohort_id, cohort_id), (row.task, task), (row.roi, roi), (row.along, along)):
        if value is not None:
            statement = statement.where(column == value)
    return Listing.of_each(statement, lambda _session, rows: [_trajectory(row) for row in rows])


add_list(router, "/trajectories", s.Trajectory, trajectories, VIEWER)


@router.get("/trajectories/{trajectory_id}", dependencies=[VIEWER])
def trajectory(trajectory_id: str, session: ReadSessionDep) -> s.TrajectoryDetail:
    """One trajectory: its points, what changed when in words, and the lines of all groups."""
    row = _get(session, trajectory_id)
    return s.TrajectoryDetail.model_validate(_about(row) | row.summary)


@router.get("/trajectories/{trajectory_id}/features/{feature}", dependencies=[VIEWER])
def trajectory_feature(
    trajectory_id: str, feature: Annotated[str, Path(max_length=200)], session: ReadSessionDep
) -> s.TrajectoryLine:
    """One feature along a trajectory."""
    row = _get(session, trajectory_id)
    if feature not in row.features:
        raise NotFound("This trajectory has no such feature; it was left out or never measured.")
    values = row.values[:, :, row.features.index(feature)]
    numbers = {name: values[i].tolist() for i, name in enumerate(NUMBERS)}
    return s.TrajectoryLine.model_validate(
        numbers
        | {
            "grouping": "feature",
            "group": feature,
            "n_features": 1,
            "delta_r2": (values[1] - values[0]).tolist(),
            "flag": [FLAG_CODES[int(code)] for code in values[len(NUMBERS)]],
        }
    )


def _get(session: Session, trajectory_id: str) -> models.Trajectory:
    row = session.get(models.Trajectory, trajectory_id)
    if row is None:
        raise NotFound("There is no such trajectory; the Compare page lists them all.")
    return row


def _trajectory(row: models.Trajectory) -> s.Trajectory:
    known = {name: value for name, value in row.summary.items() if name not in OF_DETAIL}
    return s.Trajectory.model_validate(_about(row) | known)


def _about(row: models.Trajectory) -> dict[str, object]:
    names = ("id", "cohort_id", "task", "roi", "along", "created_at")
    return {name: getattr(row, name) for name in names} | {"cohort_name": row.cohort.name}
