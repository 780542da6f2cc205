"""The protocol of a cohort as its row holds it: the built-in one of the prostate by name, any other whole."""

from typing import Any

from pydantic import ValidationError

from backend.errors import Damaged
from backend.models import Cohort
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
