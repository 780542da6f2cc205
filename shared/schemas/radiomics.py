"""Radiomics of a case and of a cohort."""

from pydantic import Field

from shared.schemas.base import Schema
from shared.schemas.protocol_parts import ModalityName, RegionName


class FeaturePercentile(Schema):
    """One radiomic value of a case among the cohort."""

    feature: str
    label: str
    value: float | None
    percentile: float | None = Field(description="0..100 among cases with a value; ties count half.")
    cohort_quantiles: list[float] = Field(description="5, 25, 50, 75, 95 % of the cohort.")


class RegionQuality(Schema):
    """What a region allowed on one image: counts of voxels, pieces and grey levels, and in words what to distrust."""

    voxels: int = Field(description="On the grid features are measured on.")
    native_voxels: int | None = Field(description="In the mask as drawn.")
    components: int = Field(description="Connected pieces, 26 neighbours.")
    touches_border: bool
    few_voxels: bool = Field(description="Fewer than 25 voxels as drawn.")
    grey_levels: dict[str, int] = Field(description="Image type -> occupied grey levels.")
    one_grey_level: list[str] = Field(description="Image types whose texture says nothing.")
    remarks: list[str]


class RegionRow(Schema):
    """The quality of one region of one study on one modality, a line of a cohort's list."""

    case_id: str
    study_id: str
    roi: RegionName
    modality: ModalityName
    status: str
    reason: str
    voxels: int
    native_voxels: int | None
    components: int
    touches_border: bool
    few_voxels: bool
    grey_levels_original: int | None
    grey_levels_lowest: int | None
    one_grey_level: list[str]
    remarks: list[str]


class CaseRadiomics(Schema):
    """A case's radiomics in one ROI."""

    case_id: str
    roi: RegionName
    status: str
    reason: str
    n_cases: int = Field(description="Cases that it is compared with, itself among them: at most about 2 000.")
    n_measured: int = Field(default=0, description="Accepted cases of the cohort that have these features.")
    quality: dict[ModalityName, RegionQuality]
    features: list[FeaturePercentile]
    total: int = Field(default=0, description="Features that match, whatever the limit.")
    next_cursor: str | None = None


class RadiomicsSet(Schema):
    """Features of one cohort, ROI and settings: how many are there and what went wrong."""

    cohort_id: str
    roi: RegionName
    settings_hash: str
    n_ok: int
    n_failed: int
    n_features: int
    reasons: dict[str, int]
