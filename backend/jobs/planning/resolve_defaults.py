"""Fills in what a request leaves open (the newest encoder, the newest extraction) when it is submitted.

A job that waits, or is tried again weeks later, so works on what was there when it was submitted. What a pending job
will make cannot be known yet and stays open.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.jobs.planning.pending_jobs import PendingJobs
from backend.jobs.registry import KINDS
from shared import schemas as s


def resolve_defaults(session: Session, params: s.JobParams, pending: PendingJobs) -> s.JobParams:
    """The request with the ids that can be known; it must have been planned, so what it needs is there."""
    found = {
        name: newest(session, params, pending.make)
        for name, newest in KINDS[params.kind].defaults.items()
        if getattr(params, name) is None
    }
    return params.model_copy(update=found)


def same_request(requested: Mapping[str, Any], submitted: Mapping[str, Any]) -> bool:
    """Whether parameters are those of a submitted job, whose open ids were filled in since."""
    open_names = {name for kind in KINDS.values() for name in kind.defaults}
    same_part = submitted.get("where") == requested.get("where")  # left out where all of a cohort is asked for
    return same_part and all(
        submitted.get(name) == value or (value is None and name in open_names) for name, value in requested.items()
    )
