"""Fills in what a request leaves open: regions, and window and axes of an encoder's input, are the protocol's."""

from sqlalchemy.orm import Session

from backend.models import Cohort
from backend.storage.cohort_protocol import protocol_of
from backend.storage.seen_images import own_grid
from shared import schemas as s


def with_protocol_grid(session: Session, params: s.JobParams) -> s.JobParams:
    """The request with the regions, size, spacing and orientation that it does not say; what it says stays as it is.

    Only where a request arrives is it known what it says: once stored, every field has a value.
    """
    if not isinstance(params, s.PretrainParams | s.ImportEncoderParams | s.ExtractParams):
        return params
    cohort = session.get(Cohort, params.cohort_id)
    if cohort is None:
        return params
    if isinstance(params, s.ExtractParams):
        measured = protocol_of(cohort).rois
        said = "rois" in params.model_fields_set or not measured
        return params if said else params.model_copy(update={"rois": list(measured)})
    told = params.input.model_fields_set
    grid = {name: value for name, value in own_grid(protocol_of(cohort)).items() if name not in told}
    return params.model_copy(update={"input": params.input.model_copy(update=grid)})
