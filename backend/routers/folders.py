"""Folders of the server that imports may read, so that a path is chosen and not typed."""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.jobs.planning.folder_listing import listing
from backend.web.authorization import RESEARCHER
from backend.web.dependencies import SettingsDep
from shared import schemas as s

router = APIRouter(tags=["uploads"])


@router.get("/folders", dependencies=[RESEARCHER])
def folders(
    settings: SettingsDep,
    path: Annotated[str | None, Query(max_length=1000, description="A folder; the allowed roots if left out.")] = None,
) -> s.Folder:
    """What a folder inside the import roots holds, and what kind of files its folders hold."""
    return listing(settings, path)
