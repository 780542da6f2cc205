"""Which kinds of images the cases of a cohort have."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Case, Volume
from shared.schemas.protocol import Protocol


def cohort_modalities(session: Session, case: Case, protocol: Protocol) -> set[str]:
    """Names of the images that any case of a case's cohort has; only those are looked for that this one lacks.

    Required ones count as there: no case without them is accepted.
    """
    own = {volume.kind for volume in case.volumes}
    lacking = [one.name for one in protocol.modalities if not one.required and one.name not in own]
    if not lacking:
        return set(protocol.modality_names)
    of_others = select(Volume.kind).join(Case).where(Case.cohort_id == case.cohort_id, Volume.kind.in_(lacking))
    return set(protocol.modality_names) - set(lacking) | set(session.scalars(of_others.distinct()))
