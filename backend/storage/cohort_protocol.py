"""The protocol of a cohort as its row holds it: the built-in one of the prostate by name, any other whole.

A name that a request gives is one of the protocol's; the refusal of another lists what there is.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from backend.errors import BadSettings, Damaged
from backend.models import Case, Cohort
from shared.protocols.reader import prostate
from shared.schemas.protocol import PROSTATE, Protocol

BY_NAME = {"name": PROSTATE}
"""What every cohort of an earlier version holds."""


class UnknownName(BadSettings):
    """A name that is none of the protocol's; it is refused like any value that the request may not have."""

    exit_code = 2


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


def protocol_of_case(session: Session, case: Case) -> Protocol:
    """The protocol of a case's cohort. Raises Damaged where the row holds none."""
    return protocol_of(session.get_one(Cohort, case.cohort_id))


def check_modality(protocol: Protocol, name: str) -> None:
    """Raises UnknownName for a kind of image that the protocol does not have."""
    _check(protocol, "modality", name, protocol.modality_names)


def check_region(protocol: Protocol, name: str) -> None:
    """Raises UnknownName for a region that the protocol does not measure."""
    _check(protocol, "region", name, protocol.rois)


def check_mask(protocol: Protocol, name: str) -> None:
    """Raises UnknownName for a mask that the protocol does not have, codes of several regions included."""
    _check(protocol, "mask", name, protocol.region_names)


def check_target(protocol: Protocol, name: str) -> None:
    """Raises UnknownName for a target that the protocol does not have."""
    _check(protocol, "target", name, protocol.target_names)


def _check(protocol: Protocol, what: str, name: str, known: Sequence[str]) -> None:
    if name not in known and not protocol.open:  # an import that will run takes the names from its files
        there = f"there is {', '.join(known)}" if known else "there is none"
        raise UnknownName(f"The protocol {protocol.name} has no {what} {name[:40]!r}; {there}.")
