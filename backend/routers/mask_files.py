"""Masks of a case as files for other programs."""

from fastapi import APIRouter, Response

from backend.routers.image_cases import Asked, image_case
from backend.storage.volumes import stored_mask
from backend.web.authorization import VIEWER
from backend.web.dependencies import BlobStoreDep, ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["cases"], route_class=SettledRoute)


class DicomResponse(Response):
    """A DICOM file."""

    media_type = "application/dicom"


@router.get("/cases/{case_id}/masks/{roi}.dcm", dependencies=[VIEWER, EXPORT], response_class=DicomResponse)
def mask_file(case_id: str, roi: s.MaskKind, session: ReadSessionDep, files: BlobStoreDep) -> DicomResponse:
    """A mask as a DICOM segmentation on its own grid, with new UIDs: those of the source images are not kept."""
    from backend.rendering.mask_seg import mask_seg  # loads pydicom, which no other route needs

    found = image_case(session, case_id, Asked(masks=[roi]))
    row, mask = found.row, stored_mask(found.row, roi).image(files)
    content = mask_seg(mask, roi, protocol=found.protocol, case=row.id, patient=row.patient_id, made=row.created_at)
    headers = {"Content-Disposition": f'attachment; filename="{roi}.dcm"', "Cache-Control": "private, no-cache"}
    return DicomResponse(content, headers=headers)
