"""Voxel-based maps: for each voxel of a region, one feature of its neighbourhood."""

from backend.science.radiomics.maps.feature_map import FeatureMap, feature_map
from backend.science.radiomics.maps.map_feature import MapFeature

__all__ = ["FeatureMap", "MapFeature", "feature_map"]
