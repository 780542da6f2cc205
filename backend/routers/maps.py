"""Maps of a feature in a case: what there is, one map's range and scale, and its voxels for the viewer."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from backend.errors import Cancelled
from backend.rendering import feature_maps
from backend.rendering.map_settings import settings as usual_settings
from backend.rendering.map_settings import settings_asked, settings_under
from backend.rendering.mapped_features import chosen_map
from backend.routers.image_cases import Asked, HolderSessionDep, ImageCase, Signed, claimed_case, image_case
from backend.routers.volumes import VoxelResponse
from backend.storage.blob_store import BlobStore
from backend.web.authorization import SIGNED, VIEWER
from backend.web.conditional_requests import has_copy, takes_gzip
from backend.web.dependencies import BlobStoreDep, ReadSessionDep, SignerDep
from backend.web.exports import EXPORT
from backend.web.settled_route import SettledRoute, settled
from backend.web.while_wanted import while_wanted
from shared import schemas as s

router = APIRouter(tags=["cases"], route_class=SettledRoute)
IfNoneMatch = Annotated[str | None, Header(max_length=2000)]
AcceptEncoding = Annotated[str, Header(max_length=500)]
Feature = Annotated[str, Path(max_length=100, description="PyRadiomics' name: original_glcm_Contrast.")]
DESCRIBED = "Feature-Map"
"""The header of a map's voxels that holds its `FeatureMap` as JSON, so that the viewer asks once."""
THREADS = ThreadPoolExecutor(2, thread_name_prefix="map")
"""Maps computed at the same time; each takes a core for some tenths of a second, and others wait."""
NOBODY_LISTENS = 499
SettingsAsked = Annotated[
    str | None, Query(max_length=64, description="Hash of the radiomics settings; those named paper if left out.")
]


@router.get("/cases/{case_id}/maps", dependencies=[VIEWER])
def case_maps(
    case_id: str,
    session: ReadSessionDep,
    feature: Annotated[
        str | None, Query(max_length=200, description="A feature of an analysis: T2_original_glcm_Contrast.")
    ] = None,
    settings: SettingsAsked = None,
) -> s.CaseMaps:
    """What there are maps of in a case: images, regions and features, in words; of one feature by its name too."""
    how = settings_under(session, settings) or usual_settings()
    found = image_case(session, case_id)
    maps = feature_maps.maps_of(found.row, found.protocol)
    return maps if feature is None else maps.model_copy(update={"chosen": chosen_map(feature, how)})


@router.get("/cases/{case_id}/maps/{modality}/{roi}/{feature}", dependencies=[VIEWER], response_model=s.FeatureMap)
async def feature_map(
    request: Request,
    case_id: str,
    modality: s.Modality,
    roi: s.Roi,
    feature: Feature,
    session: ReadSessionDep,
    files: BlobStoreDep,
) -> Response:
    """One feature of the neighbourhood of each voxel of a region: range, scale and words. Computed when first asked."""
    case = await run_in_threadpool(image_case, session, case_id, Asked(modality=modality, region=roi))
    found = await _computed(request, files, case, feature_maps.Wanted(modality, roi, feature))
    if found is None:
        return Response(status_code=NOBODY_LISTENS)
    return Response(found[0].model_dump_json(), media_type="application/json")


@router.get(
    "/cases/{case_id}/maps/{modality}/{roi}/{feature}/voxels",
    dependencies=[VIEWER, EXPORT],
    response_class=VoxelResponse,
)
async def feature_map_voxels(
    request: Request,
    case_id: str,
    modality: s.Modality,
    roi: s.Roi,
    feature: Feature,
    session: ReadSessionDep,
    files: BlobStoreDep,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """The voxels of a map on the viewing grid, uint16; its scale stands in the header Feature-Map, too."""
    case = await run_in_threadpool(image_case, session, case_id, Asked(modality=modality, region=roi))
    wanted = feature_maps.Wanted(modality, roi, feature)
    return await _voxels(request, files, case, wanted, if_none_match, accept_encoding)


@router.get("/images/{signed}/maps/{modality}/{roi}/{feature}", dependencies=[SIGNED], response_class=VoxelResponse)
async def signed_feature_map(
    request: Request,
    signed: Signed,
    modality: s.Modality,
    roi: s.Roi,
    feature: Feature,
    session: HolderSessionDep,
    files: BlobStoreDep,
    signer: SignerDep,
    settings: SettingsAsked = None,
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """The same voxels by the signed claim of the case's detail, as its images."""
    asked = Asked(modality=modality, region=roi)
    how = await run_in_threadpool(settled(settings_asked), session, settings)
    case = await run_in_threadpool(claimed_case, session, signer, signed, asked)
    wanted = feature_maps.Wanted(modality, roi, feature, how)
    return await _voxels(request, files, case, wanted, if_none_match, accept_encoding)


async def _computed(
    request: Request, files: BlobStore, case: ImageCase, wanted: feature_maps.Wanted
) -> tuple[s.FeatureMap, bytes] | None:
    """The map, or None where the visitor has gone."""
    try:
        return await while_wanted(
            request,
            THREADS,
            lambda cancelled: feature_maps.feature_map(files, case.row, case.protocol, wanted, cancelled),
        )
    except Cancelled:
        return None


async def _voxels(
    request: Request,
    files: BlobStore,
    case: ImageCase,
    wanted: feature_maps.Wanted,
    if_none_match: str | None,
    accepted: str,
) -> Response:
    """The bytes with their ETag, or 304 where the browser has them."""
    etag = feature_maps.etag_of(case.row, case.protocol, wanted)
    headers = {"ETag": f'W/"{etag}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if has_copy(if_none_match, etag) and if_none_match != "*":
        return Response(status_code=304, headers=headers)
    found = await _computed(request, files, case, wanted)
    if found is None:
        return Response(status_code=NOBODY_LISTENS)
    if if_none_match == "*":
        return Response(status_code=304, headers=headers)
    facts, voxels = found
    headers[DESCRIBED] = json.dumps(facts.model_dump(mode="json"))
    if takes_gzip(accepted):
        return VoxelResponse(voxels, headers=headers | {"Content-Encoding": "gzip"})
    return VoxelResponse(await run_in_threadpool(gzip.decompress, voxels), headers=headers)
