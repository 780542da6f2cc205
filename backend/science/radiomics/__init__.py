"""Radiomics of a region of interest: the fast engine, and PyRadiomics as its reference."""

from backend.science.radiomics.extraction import (
    CaseFeatures,
    Extraction,
    case_feature_names,
    extract,
    extract_case,
    extract_rois,
)
from backend.science.radiomics.parameters.settings import (
    ENGINE_VERSION,
    RadiomicsSettings,
    feature_names,
    load_settings,
    settings_of,
)
from backend.science.radiomics.region.quality import RoiQuality

__all__ = [
    "ENGINE_VERSION",
    "CaseFeatures",
    "Extraction",
    "RadiomicsSettings",
    "RoiQuality",
    "case_feature_names",
    "extract",
    "extract_case",
    "extract_rois",
    "feature_names",
    "load_settings",
    "settings_of",
]
