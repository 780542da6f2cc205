"""Whether the server lives and whether it can work."""

from fastapi import APIRouter, Request
from sqlalchemy import text

from backend.errors import Damaged, Unavailable
from backend.storage.page_check import PageCheck
from backend.version import VERSION
from backend.web.authorization import PUBLIC
from backend.web.dependencies import BlobStoreDep, ReadSessionDep
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["health"], route_class=SettledRoute)


@router.get("/healthz", dependencies=[PUBLIC])
def healthz() -> s.Health:
    """The process answers."""
    return s.Health(version=VERSION)


@router.get("/readyz", dependencies=[PUBLIC])
def readyz(request: Request, session: ReadSessionDep, files: BlobStoreDep) -> s.Health:
    """The database answers with its schema, its pages are whole, and the store of files can be looked into."""
    page_check: PageCheck = request.app.state.page_check
    try:
        page_check.require_whole()
        session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    except Damaged as error:
        raise Unavailable(error.sentence) from error  # not ready, whatever one page of it still answers
    files.require_reachable()
    return s.Health(version=VERSION)
