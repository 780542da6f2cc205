"""Fills in what a request leaves open of an encoder's input: window and axes are those of the cohort's protocol."""

from sqlalchemy.orm import Session

from backend.models import Cohort
from backend.storage.cohort_protocol import protocol_of
from backend.storage.seen_images import own_grid
from shared import schemas as s


def with_protocol_grid(session: Session, params: s.JobParams) -> s.JobParams:
    """The request with the size, spacing and orientation that it does not say; a request that says them is as it is.

    Only where a request arrives is it known what it says: once stored, every field has a value.
    """
    if not isinstance(params, s.PretrainParams | s.ImportEncoderParams):
        return params
    cohort = session.get(Cohort, params.cohort_id)
    if cohort is None:
        return params
    told = params.input.model_fields_set
    grid = {name: value for name, value in own_grid(protocol_of(cohort)).items() if name not in told}
    return params.model_copy(update={"input": params.input.model_copy(update=grid)})
