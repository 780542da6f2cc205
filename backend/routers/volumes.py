"""Images and masks of a case on its viewing grid, as bytes for the viewer and as pictures."""

import gzip
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.orm import Session

from backend.errors import BadSettings, NotFound
from backend.models import Case
from backend.rendering import viewer_data
from backend.rendering.slice_png import MAX_SIDE_PIXELS, OUTLINE, PICTURE_CODE, Framing, Window, case_picture
from backend.routers.cases import case_fields, get_case, neighbours
from backend.routers.shared import PngResponse
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key
from backend.storage.cohort_protocol import check_mask, check_modality, check_prostate, is_prostate, protocol_of_case
from backend.web.authorization import SIGNED, VIEWER, CurrentSignIn, check_sign_in
from backend.web.conditional_requests import has_copy, takes_gzip
from backend.web.dependencies import BlobStoreDep, ReadSessionDep, SignerDep
from shared import schemas as s

router = APIRouter(tags=["cases"])
IfNoneMatch = Annotated[str | None, Header(max_length=2000)]
AcceptEncoding = Annotated[str, Header(max_length=500)]
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
    fields = case_fields(session, row)
    previous_id, next_id = neighbours(session, row)
    fields["has_images"] = fields["has_images"] and is_prostate(session, row)
    _let_go(session, row)
    shown = viewer_data.view(files, row) if fields["has_images"] else NO_VIEW
    return s.CaseDetail.model_validate(
        fields
        | {
            "clinical": row.clinical,
            "geometry": row.geometry,
            "volumes": shown.volumes,
            "masks": shown.masks,
            "best_slice": shown.best_slice,
            "first_voxel_mm": shown.first_voxel_mm,
            "signed": signer.sign(row.id, viewer_data.view_key(row), sign_in.token_id),
            "axis_letters": viewer_data.AXIS_LETTERS,
            "series": row.series,
            "integrity": row.integrity,
            "zones": row.zones,
            "previous_id": previous_id,
            "next_id": next_id,
        }
    )


@router.get("/cases/{case_id}/volumes/{modality}", dependencies=[VIEWER], response_class=VoxelResponse)
def volume(
    case_id: str,
    modality: s.Modality,
    session: ReadSessionDep,
    files: BlobStoreDep,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """An image on the viewing grid, uint16; scale, window and shape stand in the case's detail."""
    row = get_case(session, case_id)
    check_modality(protocol_of_case(session, row), modality)
    return _voxels(files, _released(session, row), modality, if_none_match, accept_encoding)


@router.get("/cases/{case_id}/masks/{roi}", dependencies=[VIEWER], response_class=VoxelResponse)
def mask(
    case_id: str,
    roi: s.MaskKind,
    session: ReadSessionDep,
    files: BlobStoreDep,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """A mask on the viewing grid, uint8."""
    row = get_case(session, case_id)
    check_mask(protocol_of_case(session, row), roi)
    return _voxels(files, _released(session, row), roi, if_none_match, accept_encoding)


@router.get("/images/{signed}/{kind}", dependencies=[SIGNED], response_class=VoxelResponse)
def signed_voxels(
    request: Request,
    signed: Annotated[str, Path(max_length=500)],
    kind: s.Modality | s.MaskKind,
    session: ReadSessionDep,
    files: BlobStoreDep,
    signer: SignerDep,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """An image or mask by the signed claim of its case's detail: for minutes, and only while the case is unchanged."""
    case_id, view_key, token_id = signer.read(signed)
    check_sign_in(request, session, token_id)
    row = _released(session, get_case(session, case_id))
    if viewer_data.view_key(row) != view_key:
        raise NotFound("There is no image at this address.")
    return _voxels(files, row, kind, if_none_match, accept_encoding)


def _released(session: Session, row: Case) -> Case:
    """The case with its volumes, the database let go: preparing takes seconds, and a reader holds up every writer."""
    check_prostate(session, row)
    _let_go(session, row)
    return row


def _let_go(session: Session, row: Case) -> None:
    assert row.volumes is not None  # loaded now, for the row has no session afterwards
    session.close()


def _voxels(files: BlobStore, row: Case, kind: str, if_none_match: str | None, accepted: str) -> Response:
    """The bytes with their ETag, or 304 where the browser has them; the browser asks every time, for roles change."""
    shown = viewer_data.view(files, row)
    etags: dict[str, str] = {v.modality: v.etag for v in shown.volumes} | {m.roi: m.etag for m in shown.masks}
    etag = etags.get(kind)
    if etag is None:
        raise NotFound(f"This case has no {kind}.")
    weak = f'W/"{etag}"'  # packed or not, it names the same voxels but not the same bytes
    headers = {"ETag": weak, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if has_copy(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    data = viewer_data.view_bytes(files, row, kind)
    if takes_gzip(accepted):
        return VoxelResponse(data, headers=headers | {"Content-Encoding": "gzip"})
    return VoxelResponse(gzip.decompress(data), headers=headers)


@router.get("/cases/{case_id}/slice.png", dependencies=[VIEWER], response_class=PngResponse)
def slice_picture(
    case_id: str,
    session: ReadSessionDep,
    files: BlobStoreDep,
    modality: s.Modality = "T2",
    k: Annotated[
        int | None, Query(ge=0, le=100_000, description="Slice; the one with most lesion if left out.")
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
        str,
        Query(max_length=40, pattern="^[a-z,]*$", description="Outlines, a comma list of gland, lesion and zones."),
    ] = "gland,lesion",
    part: Annotated[
        Literal["whole", "gland"], Query(description="The whole slice, or a square around the gland.")
    ] = "whole",
    side: Annotated[
        int, Query(ge=64, le=MAX_SIDE_PIXELS, description="Longer edge in pixels, at most.")
    ] = MAX_SIDE_PIXELS,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A slice with outlines, letters and true proportions."""
    found = get_case(session, case_id)
    check_modality(protocol_of_case(session, found), modality)
    row = _released(session, found)
    shown, window = _outlines(rois), _window(wl)
    request = [modality, k, wl, shown, part, side]
    etag = request_key("slice", code=PICTURE_CODE, view=viewer_data.view_key(row), asked=request)[:40]
    headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache"}
    unchanged = Response(status_code=304, headers=headers)
    if has_copy(if_none_match, etag) and if_none_match != "*":
        return unchanged
    picture = case_picture(files, row, modality, k, window, shown, Framing(part == "gland", side))
    return unchanged if if_none_match == "*" else PngResponse(picture, headers=headers)


def _outlines(rois: str) -> list[str]:
    names = [roi for roi in rois.split(",") if roi]
    for name in names:
        if name not in OUTLINE:
            raise BadSettings(f"rois takes a comma list of {', '.join(OUTLINE)}; {name!r} is none of them.")
    return names


def _window(wl: str | None) -> Window | None:
    if wl is None:
        return None
    try:
        width, level = (float(part) for part in wl.split(","))
    except ValueError:
        raise BadSettings("wl takes two numbers, the window's width and its level, as in wl=400,200.") from None
    if not 0 < width < 1e9 or not abs(level) < 1e9:
        raise BadSettings("The window's width must lie above 0, and width and level below a billion.")
    return Window(width, level)
