"""Patients that show a feature: low, middle and high, and the signed pictures of a region with and without its map."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from backend.errors import BadSettings, Cancelled
from backend.queries import example_pictures
from backend.queries.analysis_detail import get_analysis
from backend.rendering.feature_maps import Wanted
from backend.rendering.map_settings import settings_asked
from backend.rendering.region_picture import (
    LEAST_FIELD_MM,
    LEAST_SIZE,
    MOST_FIELD_MM,
    MOST_SIZE,
    USUAL_SIZE,
    Overlay,
    View,
    picture_etag,
    region_picture,
)
from backend.routers.image_cases import Asked, HolderSessionDep, ImageCase, Signed, claimed_case
from backend.routers.maps import NOBODY_LISTENS, THREADS, Feature
from backend.routers.shared import PngResponse
from backend.storage.blob_store import BlobStore
from backend.web.authorization import SIGNED, VIEWER, CurrentSignIn
from backend.web.conditional_requests import has_copy
from backend.web.dependencies import BlobStoreDep, ReadSessionDep, SignerDep, UnchangedDep
from backend.web.settled_route import SettledRoute, settled
from backend.web.while_wanted import while_wanted
from shared import schemas as s

router = APIRouter(tags=["analyses"], route_class=SettledRoute)
IfNoneMatch = Annotated[str | None, Header(max_length=2000)]
Size = Annotated[int, Query(ge=LEAST_SIZE, le=MOST_SIZE, description="Width and height of a picture in pixels.")]
Colour = Annotated[float | None, Query(allow_inf_nan=False, description="The map's own range if left out.")]


@dataclass(frozen=True)
class Cut:
    """What of a case is shown, as the address says it."""

    modality: s.Modality
    roi: s.Roi
    k: Annotated[
        int | None, Query(ge=0, le=100_000, description="Slice; that with most of the region if left out.")
    ] = None
    size: Size = USUAL_SIZE
    mm: Annotated[
        float | None,
        Query(ge=LEAST_FIELD_MM, le=MOST_FIELD_MM, description="Side in millimetres; as the region needs if left out."),
    ] = None

    @property
    def view(self) -> View:
        """The view of the case."""
        return View(self.modality, self.roi, self.k, self.size, self.mm)

    @property
    def asked(self) -> Asked:
        """Names to be checked against the protocol."""
        return Asked(modality=self.modality, region=self.roi)


CutDep = Annotated[Cut, Depends()]


@router.get("/analyses/{analysis_id}/examples/{feature}", dependencies=[VIEWER], response_model=s.FeatureExamples)
async def feature_examples(
    request: Request,
    analysis_id: str,
    feature: Annotated[str, Path(max_length=200)],
    session: ReadSessionDep,
    files: BlobStoreDep,
    signer: SignerDep,
    sign_in: CurrentSignIn,
    unchanged: UnchangedDep,
    size: Size = USUAL_SIZE,
    maps: Annotated[bool, Query(description="Without maps the answer comes at once.")] = True,
) -> Response:
    """Three patients in whom a feature is low, in the middle and high, chosen by its value alone, with pictures."""

    def subjects() -> example_pictures.Subjects:
        known = get_analysis(session, analysis_id).id  # the check that this caller sees it
        found = unchanged.of((known, feature), lambda: example_pictures.subjects(session, known, feature))
        session.close()
        return found

    found = await run_in_threadpool(subjects)

    def cuts(cancelled: Callable[[], bool]) -> example_pictures.Cuts:
        return unchanged.of(
            (found.analysis_id, feature, maps), lambda: example_pictures.cuts(files, found, maps, cancelled)
        )

    def signed(case_id: str, view_key: str) -> str:
        return signer.sign(case_id, view_key, sign_in.token_id)

    try:
        cut = await while_wanted(request, THREADS, cuts)
    except Cancelled:
        return Response(status_code=NOBODY_LISTENS)
    made = await run_in_threadpool(example_pictures.answer, found, cut, signed, size)
    return Response(made.model_dump_json(), media_type="application/json")


@router.get("/images/{signed}/picture/{modality}/{roi}", dependencies=[SIGNED], response_class=PngResponse)
async def signed_picture(
    request: Request,
    signed: Signed,
    cut: CutDep,
    session: HolderSessionDep,
    files: BlobStoreDep,
    signer: SignerDep,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A region of a case cut out of a slice: outlined, with a scale bar and the letters of the edges."""
    case = await run_in_threadpool(claimed_case, session, signer, signed, cut.asked)
    return await _picture(request, files, case, cut.view, None, if_none_match)


@router.get("/images/{signed}/picture/{modality}/{roi}/{feature}", dependencies=[SIGNED], response_class=PngResponse)
async def signed_map_picture(
    request: Request,
    signed: Signed,
    cut: CutDep,
    feature: Feature,
    session: HolderSessionDep,
    files: BlobStoreDep,
    signer: SignerDep,
    low: Colour = None,
    high: Colour = None,
    settings: Annotated[
        str | None, Query(max_length=64, description="Hash of the radiomics settings; those named paper if left out.")
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The same with the map of a feature over it, in colours from `low` to `high`."""
    if low is not None and high is not None and high < low:
        raise BadSettings("The map's colours run from low to high; give high a value above low.")
    how = await run_in_threadpool(settled(settings_asked), session, settings)
    case = await run_in_threadpool(claimed_case, session, signer, signed, cut.asked)
    over = Overlay(Wanted(cut.modality, cut.roi, feature, how), low, high)
    return await _picture(request, files, case, cut.view, over, if_none_match)


async def _picture(
    request: Request,
    files: BlobStore,
    case: ImageCase,
    view: View,
    over: Overlay | None,
    if_none_match: str | None,
) -> Response:
    """The picture with its ETag, or 304 where the browser has it."""
    etag = picture_etag(case.row, case.protocol, view, over)[:40]
    headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache"}
    if has_copy(if_none_match, etag) and if_none_match != "*":
        return Response(status_code=304, headers=headers)
    try:
        drawn = await while_wanted(
            request, THREADS, lambda cancelled: region_picture(files, case.row, case.protocol, view, over, cancelled)
        )
    except Cancelled:
        return Response(status_code=NOBODY_LISTENS)
    return Response(status_code=304, headers=headers) if if_none_match == "*" else PngResponse(drawn, headers=headers)
