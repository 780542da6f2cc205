"""Quotas: what each user and project may take, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy.orm import Session

from backend.access import audit
from backend.jobs.fairness import quotas as limits
from backend.storage.project_scope import unlimited
from backend.web.authorization import ADMIN, CurrentUser
from backend.web.dependencies import SettingsDep, WriteSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["quotas"], route_class=SettledRoute)
Named = Annotated[str, Path(max_length=300, description="Name of a user, or id or name of a project.")]


def quotas(settings: SettingsDep) -> Listing[s.Quota]:
    """What every user and project may take, and has taken."""

    def found(session: Session) -> list[s.Quota]:
        with unlimited(session):  # how much, of projects of others too, and not what
            return list(limits.every_quota(session, settings))

    return Listing.computed(found)


add_list(router, "/quotas", s.Quota, quotas, ADMIN)


@router.put("/quotas/{kind}/{name}", dependencies=[ADMIN], status_code=204)
def allow(kind: s.QuotaKind, name: Named, body: s.QuotaLimit, session: WriteSessionDep, user: CurrentUser) -> None:
    """Allows a user so many jobs at once, or a project so many MB of stored files."""
    limits.allow(session, kind, name, body.limit)
    audit.record(session, user.name, "quota.set", f"{kind} {name}", limit=body.limit)


@router.delete("/quotas/{kind}/{name}", dependencies=[ADMIN], status_code=204)
def end_quota(kind: s.QuotaKind, name: Named, session: WriteSessionDep, user: CurrentUser) -> None:
    """Takes a limit back; from now on the settings decide."""
    limits.end(session, kind, name)
    audit.record(session, user.name, "quota.end", f"{kind} {name}")
