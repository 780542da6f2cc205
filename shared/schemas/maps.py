"""Maps: one feature of the neighbourhood of each voxel of a region."""

from pydantic import Field

from shared.schemas.base import Modality, Roi, Schema


class MappedFeature(Schema):
    """A feature that has maps: PyRadiomics' name, and what it measures in words."""

    feature: str
    group: str = Field(description="The class it belongs to, such as GLCM.")
    label: str
    sentence: str


class ChosenMap(Schema):
    """The map of one feature of an analysis, in words; a shape has none, and `sentence` says so."""

    modality: str
    feature: str = Field(description="PyRadiomics' name, without the modality.")
    label: str
    sentence: str
    has_map: bool
    settings_hash: str


class CaseMaps(Schema):
    """What there are maps of in one case; each is computed when it is asked for."""

    modalities: list[Modality]
    rois: list[Roi]
    features: list[MappedFeature] = Field(description="Of the image itself; each has a map on every one of `images`.")
    images: list[str] = Field(description="PyRadiomics' names of the image and its filtered ones: wavelet-LLH.")
    settings: str = Field(description="Name of the radiomics settings.")
    settings_hash: str
    radius: int = Field(description="How many voxels a neighbourhood reaches along each axis.")
    chosen: ChosenMap | None = Field(default=None, description="The feature that was asked for, if any.")


class FeatureMap(Schema):
    """A map on the viewing grid: uint16, C order (z, y, x); 0 where there is no value, outside the region too.

    value = intercept + slope * stored. `low`, `high` are the 1st and 99th percentile, over which colours are spread.
    """

    modality: Modality
    roi: Roi
    feature: str
    label: str
    sentence: str
    unit: str = Field(description="Empty for a feature without a unit.")
    shape_zyx: tuple[int, int, int]
    slope: float
    intercept: float
    low: float
    high: float
    lowest: float
    highest: float
    voxels: int = Field(description="Voxels with a value.")
    undefined: int = Field(description="Voxels of the region for which the feature has no value.")
    settings_hash: str
    radius: int
    etag: str
