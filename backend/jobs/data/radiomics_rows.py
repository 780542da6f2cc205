"""Radiomics rows of cases under one settings file: lookup, reuse and writing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from backend.jobs.compute.measure_case import Measured, MeasuredSpace
from backend.jobs.data.region_volumes import region_ml
from backend.jobs.data.table_rows import feature_list
from backend.models import Case, Radiomics
from backend.science.radiomics.parameters.settings import RadiomicsSettings
from backend.storage.cache_keys import IMAGES, request_key, volume_key

GRID_CODE = 2
"""Version of the measurement grid, to be raised when that changes; the engine's is in the settings hash."""
SETTLED = ("ok", "refused")
"""Statuses that the same images, mask, settings and code reproduce; a failed computation is repeated."""


@dataclass(frozen=True, slots=True)
class Work:
    """One case and its regions to measure."""

    case: Case
    rois: tuple[str, ...]


class RadiomicsRows:
    """Rows of `Radiomics` under one settings file, in one session; `space` is of another protocol than the prostate."""

    def __init__(self, session: Session, settings: RadiomicsSettings, space: MeasuredSpace | None = None) -> None:
        self._session, self._settings, self._space = session, settings, space

    def drawn(self, case: Case, rois: Sequence[str]) -> tuple[str, ...]:
        """Return the regions that a case has; a missing one gets a row: most healthy patients have no lesion."""
        for roi in rois:
            own = self._own.get((case.id, roi))
            if not _there(case, roi) and (own is None or own.status in SETTLED):
                row = self._row(case, roi)
                row.status, row.reason = "failed", f"there is no {roi} mask, or it is empty"
                row.values, row.feature_list_id = None, None
        return tuple(roi for roi in rois if _there(case, roi))

    def unsettled(self, work: Work) -> tuple[str, ...]:
        """Return the regions without stored features of this case or of the same voxels in another cohort."""
        return tuple(roi for roi in work.rois if not self._settled(work.case, roi))

    def write(self, case: Case, roi: str, found: Measured | None, problem: str) -> Radiomics:
        """Write a region's row with its features, or with the reason why there are none."""
        row = self._row(case, roi)
        if found is None:
            row.status, row.reason = "failed", problem
            row.values, row.feature_list_id = None, None
            return row
        refused = found.status == "refused"
        row.status, row.reason = "refused" if refused else "ok", found.reason
        row.values = None if refused else found.values
        row.feature_list_id = None if refused else feature_list(self._session, found.names)
        row.quality, row.seconds = found.quality, found.seconds
        return row

    def _settled(self, case: Case, roi: str) -> bool:
        key = self._key(case, roi)
        own, twin = self._own.get((case.id, roi)), self._settled_by_key.get(key)
        if own is not None and own.cache_key == key and own.status in SETTLED:
            return True
        if twin is None:
            return False
        row = self._row(case, roi)
        row.status, row.reason, row.values, row.seconds = twin.status, twin.reason, twin.values, 0.0
        row.feature_list_id, row.quality = twin.feature_list_id, twin.quality
        return True

    @cached_property
    def _all(self) -> Sequence[Radiomics]:
        """All rows by case and region, read in one query without arrays; milliseconds for thousands of cases."""
        under = select(Radiomics).where(Radiomics.settings_hash == self._settings.settings_hash)
        return self._session.scalars(under.options(defer(Radiomics.values))).all()

    @cached_property
    def _own(self) -> dict[tuple[str, str], Radiomics]:
        return {(row.case_id, row.roi): row for row in self._all}

    @cached_property
    def _settled_by_key(self) -> dict[str, Radiomics]:
        return {row.cache_key: row for row in self._all if row.status in SETTLED}

    def _row(self, case: Case, roi: str) -> Radiomics:
        """Return the region's row, existing or new; features under another key are replaced."""
        settings_hash = self._settings.settings_hash
        of_region = select(Radiomics).where(Radiomics.case_id == case.id, Radiomics.roi == roi)
        row = self._session.scalar(of_region.where(Radiomics.settings_hash == settings_hash))
        if row is None:
            row = Radiomics(case_id=case.id, roi=roi, settings_hash=settings_hash, status="failed")
            self._session.add(row)
        row.cache_key = self._key(case, roi)
        return row

    def _key(self, case: Case, roi: str) -> str:
        """Hash of all that a region's features depend on: images, mask, settings and code."""
        return request_key(
            "radiomics",
            images=volume_key(case.volumes, self._space.modalities if self._space else IMAGES),
            mask=volume_key(case.volumes, (roi,)),
            settings=self._settings.settings_hash,
            code=GRID_CODE,
            **({"space": asdict(self._space)} if self._space else {}),  # the keys of the prostate stay as they were
        )


def _there(case: Case, roi: str) -> bool:
    return bool(region_ml(case, roi))
