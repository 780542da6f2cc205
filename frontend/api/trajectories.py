"""Cached reads of trajectories along epochs or stages, for the signed-in user."""

from frontend.api.cached_read import MINUTE, SECOND, cached_read
from shared import schemas as s
from shared.calls.listed import Listed
from shared.client import Client


@cached_read(ttl=10 * SECOND, max_entries=200, shared=True)
def trajectories(client: Client, cohort_id: str, task: str, roi: str) -> Listed[s.Trajectory]:
    """Trajectories of a task and region, newest first."""
    return client.trajectories(cohort_id, task, roi)


@cached_read(ttl=30 * MINUTE, max_entries=40, shared=True)
def trajectory(client: Client, trajectory_id: str) -> s.TrajectoryDetail:
    """One trajectory with the lines of all groups; it never changes."""
    return client.trajectory(trajectory_id)
