"""Masks of a case as files for other programs."""

from fastapi import APIRouter, Response

from backend.routers.cases import get_case
from backend.storage.cohort_protocol import check_mask, check_prostate, protocol_of_case
from backend.storage.volumes import stored_mask
from backend.web.authorization import VIEWER
from backend.web.dependencies import BlobStoreDep, ReadSessionDep
from shared import schemas as s

router = APIRouter(tags=["cases"])


class DicomResponse(Response):
    """A DICOM file."""

    media_type = "application/dicom"


@router.get("/cases/{case_id}/masks/{roi}.dcm", dependencies=[VIEWER], response_class=DicomResponse)
def mask_file(case_id: str, roi: s.MaskKind, session: ReadSessionDep, files: BlobStoreDep) -> DicomResponse:
    """A mask as a DICOM segmentation on its own grid, with new UIDs: those of the source images are not kept."""
    from backend.rendering.mask_seg import mask_seg  # loads pydicom, which no other route needs

    row = get_case(session, case_id)
    check_prostate(session, row)
    check_mask(protocol_of_case(session, row), roi)
    volume = stored_mask(row, roi)
    case, patient, made = row.id, row.patient_id, row.created_at
    session.close()  # reading the voxels takes a while, and a reader holds up every writer
    content = mask_seg(volume.image(files), roi, case=case, patient=patient, made=made)
    headers = {"Content-Disposition": f'attachment; filename="{roi}.dcm"', "Cache-Control": "private, no-cache"}
    return DicomResponse(content, headers=headers)
