"""Which kinds of images the cases of a cohort have."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Case, Volume


def cohort_modalities(session: Session, cohort_id: str) -> set[str]:
    """Names of the images and masks that any case of the cohort has."""
    kinds = select(Volume.kind).join(Case).where(Case.cohort_id == cohort_id).distinct()
    return set(session.scalars(kinds))
