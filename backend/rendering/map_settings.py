"""The radiomics settings that a map is made with: the viewer's own, or those that an analysis' features came from."""

from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.models import Job
from backend.science.radiomics import RadiomicsSettings, load_settings
from backend.science.radiomics.parameters.settings import settings_from


@cache
def settings() -> RadiomicsSettings:
    """The settings of every map that is not asked for with others."""
    return load_settings("paper")


def settings_under(session: Session, settings_hash: str | None) -> RadiomicsSettings | None:
    """The settings of an extraction, read back from the job that ran it; None where no job of this server did.

    Features of imported tables were made elsewhere, and nothing says how: theirs are None as well.
    """
    if settings_hash is None or settings_hash == settings().settings_hash:
        return settings()
    jobs = session.scalars(select(Job).where(Job.kind == "extract").order_by(Job.created_at, Job.id))
    for job in jobs:
        if job.result.get("settings_hash") == settings_hash:
            asked = job.params
            found = settings_from(asked["settings"], asked.get("yaml"), shape=asked.get("shape", False))
            return found if found.settings_hash == settings_hash else None
    return None


def settings_asked(session: Session, settings_hash: str | None) -> RadiomicsSettings:
    """The settings that an address names; raises NotFound for a hash that no extraction of this server has."""
    found = settings_under(session, settings_hash)
    if found is None:
        raise NotFound("No extraction of this server has these settings; leave them out for those named paper.")
    return found
