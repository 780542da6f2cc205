"""The protocol of a cohort as its row holds it: the built-in one of the prostate by name, any other whole."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from backend.errors import Damaged, NotFound
from backend.models import Case, Cohort
from shared.protocols.reader import prostate
from shared.schemas.protocol import PROSTATE, Protocol

BY_NAME = {"name": PROSTATE}
"""What every cohort of an earlier version holds."""


def stored_protocol(protocol: Protocol) -> dict[str, Any]:
    """A protocol for the row of a cohort; what a later version builds in does not change what was imported."""
    return dict(BY_NAME) if protocol == prostate() else protocol.model_dump(mode="json")


def protocol_of(cohort: Cohort) -> Protocol:
    """The protocol of a cohort. Raises Damaged where the row holds none."""
    if cohort.protocol == BY_NAME:
        return prostate()
    try:
        return Protocol.model_validate(cohort.protocol)
    except ValidationError:
        raise Damaged(
            f"The protocol of the cohort {cohort.name!r} cannot be read; restore the database from a backup, or use "
            "the version of RadiomicLens that imported it."
        ) from None


def is_prostate(session: Session, case: Case) -> bool:
    """Whether the case is of a cohort of the built-in protocol of the prostate."""
    return protocol_of(session.get_one(Cohort, case.cohort_id)).is_prostate


def check_prostate(session: Session, case: Case) -> None:
    """Raises NotFound for a case of another protocol: views, units and names of masks are those of the prostate."""
    protocol = protocol_of(session.get_one(Cohort, case.cohort_id))
    if not protocol.is_prostate:
        raise NotFound(
            f"This case is of the protocol {protocol.name}; this version shows and exports images and masks of "
            f"{PROSTATE} alone. Its radiomics can be extracted."
        )
