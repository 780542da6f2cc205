"""The uploads that a request names in its fields of paths, and that they are the user's own and ready."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from backend.jobs.serialize import PATHS
from backend.storage import uploads
from backend.storage.upload_folder import is_upload, upload_id_of


def check_uploads(session: Session, params: BaseModel, by: str) -> list[str]:
    """The ids of the uploads that a request names; raises a Refusal for one that is not the user's own and ready."""
    ids = list(dict.fromkeys(upload_id_of(name) for name in _paths(params.model_dump(mode="json"))))
    for upload_id in ids:
        uploads.check_ready(session, upload_id, by)
    return ids


def _paths(value: Any, *, is_path: bool = False) -> list[str]:
    """Every `upload:` in a field of paths, in whatever list or mapping it stands."""
    if isinstance(value, str):
        return [value] if is_path and is_upload(value) else []
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in _paths(one, is_path=is_path or name in PATHS)]
    if isinstance(value, list):
        return [found for one in value for found in _paths(one, is_path=is_path)]
    return []
