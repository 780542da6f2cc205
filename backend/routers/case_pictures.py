"""A case as a picture: cut out and outlined, with a scale bar, its study and, if asked, the map of a feature."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from backend.errors import BadSettings, Cancelled
from backend.rendering.case_sheet import case_sheet, file_name, sheet_etag
from backend.rendering.feature_maps import Wanted
from backend.rendering.map_settings import settings_asked
from backend.rendering.region_picture import (
    LEAST_FIELD_MM,
    LEAST_SIZE,
    MOST_FIELD_MM,
    Overlay,
    View,
    picture_etag,
    region_picture,
)
from backend.rendering.slice_png import MAX_SIDE_PIXELS
from backend.routers.image_cases import Asked, image_case
from backend.routers.maps import NOBODY_LISTENS, THREADS
from backend.routers.shared import PngResponse
from backend.routers.volumes import window_of
from backend.web.authorization import VIEWER
from backend.web.conditional_requests import has_copy
from backend.web.dependencies import BlobStoreDep, ReadSessionDep
from backend.web.settled_route import SettledRoute, settled
from backend.web.while_wanted import while_wanted
from shared import schemas as s
from shared.protocol_words import finding_of, frame_of
from shared.schemas.protocol import Protocol

router = APIRouter(tags=["cases"], route_class=SettledRoute)
WHOLE = "whole"
NAMES = "^[A-Za-z0-9_,-]*$"
TWO_NUMBERS = r"^-?[0-9.]{1,12},-?[0-9.]{1,12}$"


@dataclass(frozen=True)
class Sheet:
    """What is drawn, as the address says it."""

    modality: Annotated[s.Modality | None, Query(description="The protocol's reference if left out.")] = None
    roi: Annotated[
        s.Roi | None,
        Query(description="The region around which it is cut; `whole` for the slice. The organ if left out."),
    ] = None
    k: Annotated[int | None, Query(ge=0, le=100_000, description="Slice; the region's fullest if left out.")] = None
    size: Annotated[int, Query(ge=LEAST_SIZE, le=MAX_SIDE_PIXELS, description="Width in pixels.")] = 800
    mm: Annotated[
        float | None,
        Query(ge=LEAST_FIELD_MM, le=MOST_FIELD_MM, description="Side in millimetres; as the region needs if left out."),
    ] = None
    at: Annotated[
        str | None,
        Query(pattern=TWO_NUMBERS, description="Centre, `right,down` in mm from the first voxel; the region's."),
    ] = None
    wl: Annotated[str | None, Query(max_length=60, description="Window and level, `width,level`.")] = None
    rois: Annotated[
        str | None,
        Query(max_length=600, pattern=NAMES, description="Outlines, a comma list; every region if left out."),
    ] = None
    caption: Annotated[bool, Query(description="With study, slice and legend below the picture.")] = True

    def asked(self, *others: str | None) -> Asked:
        """Names to be checked against the protocol."""
        named = [name for name in (self.roi, *others, *(self.rois or "").split(",")) if name and name != WHOLE]
        return Asked(modality=self.modality, masks=named)

    def view(self, protocol: Protocol, there: set[str]) -> View:
        """The view of a case that has these images and masks."""
        organ = next((name for name in (frame_of(protocol), finding_of(protocol)) if name in there), None)
        named = None if self.rois is None else tuple(name for name in self.rois.split(",") if name)
        around = organ if self.roi is None else None if self.roi == WHOLE else self.roi
        return View(
            modality=self.modality or protocol.reference,
            roi=around if around in there else None,
            k=self.k,
            size=self.size,
            field_mm=self.mm,
            centre_mm=_two(self.at),
            window=window_of(self.wl),
            outlined=protocol.rois if named is None else named,
        )


@dataclass(frozen=True)
class Mapped:
    """The map over it, if any."""

    feature: Annotated[str | None, Query(max_length=100, description="PyRadiomics' name: original_glcm_Contrast.")] = (
        None
    )
    map_roi: Annotated[
        s.Roi | None, Query(description="The region the map is of; that of the picture if left out.")
    ] = None
    low: Annotated[float | None, Query(allow_inf_nan=False, description="Value of the first colour.")] = None
    high: Annotated[float | None, Query(allow_inf_nan=False, description="Value of the last colour.")] = None
    settings: Annotated[
        str | None, Query(max_length=64, description="Hash of the radiomics settings; those named paper if left out.")
    ] = None


@router.get("/cases/{case_id}/picture.png", dependencies=[VIEWER], response_class=PngResponse)
async def case_picture(
    request: Request,
    case_id: str,
    sheet: Annotated[Sheet, Depends()],
    mapped: Annotated[Mapped, Depends()],
    session: ReadSessionDep,
    files: BlobStoreDep,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> Response:
    """A slice of a case to take away: outlines, scale bar, study and slice, a map of a feature with its legend."""
    how = await run_in_threadpool(settled(settings_asked), session, mapped.settings)
    case = await run_in_threadpool(image_case, session, case_id, sheet.asked(mapped.map_roi))
    view = sheet.view(case.protocol, {volume.kind for volume in case.row.volumes})
    over = None
    if mapped.feature is not None:
        region = mapped.map_roi or view.roi
        if region is None:
            raise BadSettings("A map is of a region; name one with map_roi.")
        over = Overlay(Wanted(view.modality, region, mapped.feature, how), mapped.low, mapped.high)
    drawn = (case_sheet, sheet_etag) if sheet.caption else (region_picture, picture_etag)
    etag = drawn[1](case.row, case.protocol, view, over)[:40]
    headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache"}
    headers["Content-Disposition"] = f'inline; filename="{file_name(case.row, view.modality)}"'
    if has_copy(if_none_match, etag) and if_none_match != "*":
        return Response(status_code=304, headers=headers)
    try:
        png = await while_wanted(
            request, THREADS, lambda cancelled: drawn[0](files, case.row, case.protocol, view, over, cancelled)
        )
    except Cancelled:
        return Response(status_code=NOBODY_LISTENS)
    return Response(status_code=304, headers=headers) if if_none_match == "*" else PngResponse(png, headers=headers)


def _two(text: str | None) -> tuple[float, float] | None:
    """Two numbers of an address. Raises BadSettings."""
    if text is None:
        return None
    try:
        right, down = (float(part) for part in text.split(","))
    except ValueError:
        raise BadSettings(
            "at takes two numbers in mm, right and down from the first voxel, as in at=40.5,52."
        ) from None
    return right, down
