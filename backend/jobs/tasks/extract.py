"""Radiomics of every accepted case, case by case in child processes, each result kept as soon as it is there."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import RadiomicLensError
from backend.files import Files
from backend.jobs.cohorts import accepted
from backend.jobs.context import JobContext
from backend.jobs.executors import sliding
from backend.jobs.lens_tables import feature_list
from backend.keys import IMAGES, request_key, volume_key
from backend.models import Case, Radiomics
from backend.science.radiomics.settings import RadiomicsSettings, load_settings
from backend.volumes import load_prepared
from shared.schemas import ExtractParams

GRID_CODE = 1
"""Raised when the grid features are measured on changes; the engine's own version is in the settings hash."""


@dataclass(frozen=True, slots=True)
class Region:
    """One ROI of one case, and the key of its features: images, mask, settings and code."""

    case: Case
    roi: str
    cache_key: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a child process found in one region."""

    names: tuple[str, ...]
    values: NDArray[np.float64]
    status: str
    reason: str
    quality: dict[str, Any]
    seconds: float


def run(context: JobContext, params: ExtractParams) -> dict[str, Any]:
    """Measures what is not cached yet. A region that cannot be measured is a failed row with its reason."""
    start = monotonic()
    settings = load_settings(params.settings)
    with context.database.write() as session:
        cases = accepted(session, params.cohort_id)
        regions = [_region(case, roi, settings) for case in cases for roi in params.rois]
        drawn = [region for region in regions if not _absent(session, region, settings)]
        todo = [region for region in drawn if not _reused(session, region, settings)]
    reused = len(drawn) - len(todo)
    context.progress("extracting", reused, len(drawn))
    context.log(f"{len(drawn)} regions in {len(cases)} studies; {reused} have their features already.")
    failed = 0
    with context.executor() as (executor, window):
        call = _call(context.files.root, settings)
        for done, (region, future) in enumerate(sliding(executor, window, todo, call), start=reused + 1):
            failed += not _keep(context, region, settings, future)
            context.progress("extracting", done, len(drawn))
    return {
        "regions": len(drawn),
        "reused": reused,
        "failed": failed,
        "settings_hash": settings.settings_hash,
        "units": len(todo),
        "seconds": monotonic() - start,
    }


def measure(root: Path, case: Case, roi: str, settings: RadiomicsSettings) -> Measured:
    """One region, in whatever process: reads the store (hashes checked), computes, returns."""
    from backend.science.radiomics.extraction import extract_case

    start = perf_counter()
    found = extract_case(load_prepared(Files(root), case), roi, settings)
    quality = {modality: asdict(facts) for modality, facts in found.quality.items()}
    return Measured(found.names, found.values, found.status, found.reason, quality, perf_counter() - start)


def _call(
    root: Path, settings: RadiomicsSettings
) -> Callable[[Region], tuple[Callable[..., Measured], tuple[Path, Case, str, RadiomicsSettings]]]:
    return lambda region: (measure, (root, region.case, region.roi, settings))


def _region(case: Case, roi: str, settings: RadiomicsSettings) -> Region:
    key = request_key(
        "radiomics",
        images=volume_key(case.volumes, IMAGES),
        mask=volume_key(case.volumes, (roi,)),
        settings=settings.settings_hash,
        code=GRID_CODE,
    )
    return Region(case, roi, key)


def _absent(session: Session, region: Region, settings: RadiomicsSettings) -> bool:
    """Whether nothing is drawn there, which the row then says: most healthy patients have no lesion."""
    if getattr(region.case, f"{region.roi}_ml"):
        return False
    row = _row(session, region, settings)
    row.status, row.reason = "failed", f"there is no {region.roi} mask, or it is empty"
    return True


def _reused(session: Session, region: Region, settings: RadiomicsSettings) -> bool:
    """Whether this region's features are there, from this case or from the same images and mask in another cohort."""
    known: Sequence[Radiomics] = session.scalars(
        select(Radiomics).where(Radiomics.cache_key == region.cache_key, Radiomics.status == "ok")
    ).all()
    if any(row.case_id == region.case.id for row in known):
        return True
    if not known:
        return False
    twin = known[0]
    row = _row(session, region, settings)
    row.status, row.reason, row.values, row.seconds = "ok", twin.reason, twin.values, 0.0
    row.feature_list_id, row.quality = twin.feature_list_id, twin.quality
    return True


def _keep(context: JobContext, region: Region, settings: RadiomicsSettings, future: Future[Measured]) -> bool:
    """Writes the row of a region; False where it failed."""
    try:
        found, problem = future.result(), ""
    except RadiomicLensError as error:
        found, problem = None, error.sentence
    except Exception as error:  # one case must not stop the others; its text may hold names
        found, problem = None, f"Its computation failed ({type(error).__name__})."
    with context.database.write() as session:
        row = _row(session, region, settings)
        if found is None or found.status == "refused":
            row.status, row.reason = "failed", problem if found is None else found.reason
            row.values, row.feature_list_id = None, None
        else:
            row.status, row.reason, row.values = "ok", found.reason, found.values
            row.feature_list_id = feature_list(session, found.names)
        if found is not None:
            row.quality, row.seconds = found.quality, found.seconds
    if row.status == "failed":
        context.log(f"Study {region.case.study_id}, {region.roi}: {row.reason}", "warning")
    context.saved()
    return row.status == "ok"


def _row(session: Session, region: Region, settings: RadiomicsSettings) -> Radiomics:
    """The region's row, found or new; features under another key are replaced."""
    row = session.scalar(
        select(Radiomics).where(
            Radiomics.case_id == region.case.id,
            Radiomics.roi == region.roi,
            Radiomics.settings_hash == settings.settings_hash,
        )
    )
    if row is None:
        row = Radiomics(case_id=region.case.id, roi=region.roi, settings_hash=settings.settings_hash)
        session.add(row)
    row.cache_key = region.cache_key
    return row
