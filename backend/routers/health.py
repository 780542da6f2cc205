"""Whether the server lives and whether it can work."""

from fastapi import APIRouter
from sqlalchemy import text

from backend.version import VERSION
from backend.web.authorization import PUBLIC
from backend.web.dependencies import BlobStoreDep, ReadSessionDep
from shared import schemas as s

router = APIRouter(tags=["health"])


@router.get("/healthz", dependencies=[PUBLIC])
def healthz() -> s.Health:
    """The process answers."""
    return s.Health(version=VERSION)


@router.get("/readyz", dependencies=[PUBLIC])
def readyz(session: ReadSessionDep, files: BlobStoreDep) -> s.Health:
    """The database answers with its schema and the store of files can be looked into."""
    session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    files.has("0" * 64)
    return s.Health(version=VERSION)
