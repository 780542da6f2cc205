"""Images and masks of a case on its viewing grid, as bytes for the viewer and as pictures."""

import gzip
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from backend.errors import BadSettings
from backend.queries.case_fields import case_fields
from backend.queries.cohort_modalities import cohort_modalities
from backend.rendering import viewer_data
from backend.rendering.display import display_of
from backend.rendering.slice_png import MAX_SIDE_PIXELS, PICTURE_CODE, Framing, Window, case_picture
from backend.routers.cases import get_case, neighbours
from backend.routers.image_cases import Asked, HolderSessionDep, ImageCase, Signed, claimed_case, image_case
from backend.routers.shared import PngResponse
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key
from backend.storage.cohort_protocol import protocol_of_case
from backend.web.authorization import SIGNED, VIEWER, CurrentSignIn
from backend.web.conditional_requests import has_copy, takes_gzip
from backend.web.dependencies import BlobStoreDep, ReadSessionDep, SignerDep
from backend.web.exports import EXPORT
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["cases"], route_class=SettledRoute)
IfNoneMatch = Annotated[str | None, Header(max_length=2000)]
AcceptEncoding = Annotated[str, Header(max_length=500)]
WHOLE = "whole"
NO_VIEW = viewer_data.View([], [], 0, (0.0, 0.0, 0.0))


class VoxelResponse(Response):
    """Voxels in C order (z, y, x), little-endian: uint16 of an image, uint8 of a mask."""

    media_type = "application/octet-stream"


@router.get("/cases/{case_id}", dependencies=[VIEWER])
def case(
    case_id: str, session: ReadSessionDep, files: BlobStoreDep, signer: SignerDep, sign_in: CurrentSignIn
) -> s.CaseDetail:
    """A case with geometry, volumes, masks and its neighbours in the list."""
    row = get_case(session, case_id)
    previous_id, next_id = neighbours(session, row)
    present = cohort_modalities(session, row, protocol_of_case(session, row))
    found = image_case(session, case_id)
    fields = case_fields(row, found.protocol)
    shown = viewer_data.view(files, row, found.protocol) if fields["has_images"] else NO_VIEW
    return s.CaseDetail.model_validate(
        fields
        | {
            "clinical": row.clinical,
            "geometry": row.geometry,
            "volumes": shown.volumes,
            "masks": shown.masks,
            "best_slice": shown.best_slice,
            "first_voxel_mm": shown.first_voxel_mm,
            "signed": signer.sign(row.id, found.view_key, sign_in.token_id),
            "axis_letters": viewer_data.AXIS_LETTERS,
            "series": row.series,
            "integrity": row.integrity,
            "zones": row.zones,
            "display": display_of(found.protocol, present),
            "previous_id": previous_id,
            "next_id": next_id,
        }
    )


@router.get("/cases/{case_id}/volumes/{modality}", dependencies=[VIEWER, EXPORT], response_class=VoxelResponse)
def volume(
    case_id: str,
    modality: s.Modality,
    session: ReadSessionDep,
    files: BlobStoreDep,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """An image on the viewing grid, uint16; scale, window and shape stand in the case's detail."""
    found = image_case(session, case_id, Asked(modality=modality))
    return _voxels(files, found, modality, if_none_match, accept_encoding)


@router.get("/cases/{case_id}/masks/{roi}", dependencies=[VIEWER, EXPORT], response_class=VoxelResponse)
def mask(
    case_id: str,
    roi: s.MaskKind,
    session: ReadSessionDep,
    files: BlobStoreDep,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """A mask on the viewing grid, uint8."""
    return _voxels(files, image_case(session, case_id, Asked(masks=[roi])), roi, if_none_match, accept_encoding)


@router.get("/images/{signed}/{kind}", dependencies=[SIGNED], response_class=VoxelResponse)
def signed_voxels(
    signed: Signed,
    kind: s.MaskKind,
    session: HolderSessionDep,
    files: BlobStoreDep,
    signer: SignerDep,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """An image or mask by the signed claim of its case's detail: for minutes, and only while the case is unchanged."""
    found = claimed_case(session, signer, signed, Asked(kind=kind))
    return _voxels(files, found, kind, if_none_match, accept_encoding)


def _voxels(files: BlobStore, found: ImageCase, kind: str, if_none_match: str | None, accepted: str) -> Response:
    """The bytes with their ETag, or 304 where the browser has them; the browser asks every time, for roles change."""
    viewer_data.check_has(found.row, kind)
    shown = viewer_data.view(files, found.row, found.protocol)
    etags: dict[str, str] = {v.modality: v.etag for v in shown.volumes} | {m.roi: m.etag for m in shown.masks}
    etag = etags[kind]
    weak = f'W/"{etag}"'  # packed or not, it names the same voxels but not the same bytes
    headers = {"ETag": weak, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if has_copy(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    data = viewer_data.view_bytes(files, found.row, found.protocol, kind)
    if takes_gzip(accepted):
        return VoxelResponse(data, headers=headers | {"Content-Encoding": "gzip"})
    return VoxelResponse(gzip.decompress(data), headers=headers)


@router.get("/cases/{case_id}/slice.png", dependencies=[VIEWER], response_class=PngResponse)
def slice_picture(
    case_id: str,
    session: ReadSessionDep,
    files: BlobStoreDep,
    modality: Annotated[s.Modality | None, Query(description="The protocol's reference if left out.")] = None,
    k: Annotated[
        int | None, Query(ge=0, le=100_000, description="Slice; the one the case opens on if left out.")
    ] = None,
    wl: Annotated[
        str | None,
        Query(
            max_length=60,
            pattern=r"^-?[0-9.]+(e[-+]?[0-9]+)?,-?[0-9.]+(e[-+]?[0-9]+)?$",
            description="Window and level, `width,level`, in the unit of the image.",
        ),
    ] = None,
    rois: Annotated[
        str | None,
        Query(
            max_length=600,
            pattern="^[A-Za-z0-9_,-]*$",
            description="Outlines, a comma list of masks; every region that is one thing if left out.",
        ),
    ] = None,
    part: Annotated[
        s.Roi, Query(description="`whole` is the whole slice; a region, such as gland, a square around it.")
    ] = WHOLE,
    side: Annotated[
        int, Query(ge=64, le=MAX_SIDE_PIXELS, description="Longer edge in pixels, at most.")
    ] = MAX_SIDE_PIXELS,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A slice with outlines, letters and true proportions."""
    named = [] if rois is None else [roi for roi in rois.split(",") if roi]
    around = None if part == WHOLE else part
    asked = Asked(modality=modality, masks=named if around is None else [*named, around])
    found, window = image_case(session, case_id, asked), window_of(wl)
    protocol = found.protocol
    modality, shown = modality or protocol.reference, list(protocol.rois) if rois is None else named
    request = [modality, k, wl, shown, part, side]
    etag = request_key("slice", code=PICTURE_CODE, view=found.view_key, asked=request)[:40]
    headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache"}
    unchanged = Response(status_code=304, headers=headers)
    if has_copy(if_none_match, etag) and if_none_match != "*":
        return unchanged
    picture = case_picture(files, found.row, protocol, modality, k, window, shown, Framing(around, side))
    return unchanged if if_none_match == "*" else PngResponse(picture, headers=headers)


def window_of(wl: str | None) -> Window | None:
    """The window of `width,level` as an address gives it. Raises BadSettings."""
    if wl is None:
        return None
    try:
        width, level = (float(part) for part in wl.split(","))
    except ValueError:
        raise BadSettings("wl takes two numbers, the window's width and its level, as in wl=400,200.") from None
    if not 0 < width < 1e9 or not abs(level) < 1e9:
        raise BadSettings("The window's width must lie above 0, and width and level below a billion.")
    return Window(width, level)
