"""The regions that radiomics of a cohort may be of: those of its protocol; of tables, those that they brought."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Case, Cohort, Radiomics
from backend.storage.cohort_protocol import protocol_of


def measured_regions(session: Session, cohort_id: str) -> tuple[str, ...]:
    """Regions of which a case has a line of radiomics, by name."""
    chosen = select(Radiomics.roi).join(Case).where(Case.cohort_id == cohort_id).distinct()
    return tuple(sorted(session.scalars(chosen)))


def known_regions(session: Session, cohort: Cohort) -> tuple[str, ...]:
    """The names that a request may give; the first is taken where none is given."""
    own = protocol_of(cohort).rois
    brought = measured_regions(session, cohort.id) if cohort.kind == "tables" else ()
    return brought if set(brought) - set(own) else own
