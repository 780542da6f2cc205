"""The name of a feature of a derived image, taken apart, and checked to be one that has a map."""

from dataclasses import dataclass

from backend.errors import BadSettings
from backend.science.radiomics.maps.classes import CLASSES


@dataclass(frozen=True)
class MapFeature:
    """`original_glcm_Contrast` taken apart."""

    image_type: str
    feature_class: str
    feature: str

    @classmethod
    def of(cls, name: str) -> "MapFeature":
        """Take PyRadiomics' name apart. Raises BadSettings for a name without a map."""
        parts = name.rsplit("_", 2)
        if len(parts) != 3 or not all(parts):
            raise BadSettings(
                f"{name[:60]!r} is no feature of an image; write image type, class and feature, as in "
                "original_glcm_Contrast."
            )
        found = cls(*parts)
        if found.feature_class in ("shape", "shape2D"):
            raise BadSettings("Shape is one number of the whole region, so it has no map; choose another class.")
        if found.feature_class not in CLASSES:
            raise BadSettings(
                f"There is no feature class {found.feature_class[:40]!r}; maps are made of {', '.join(CLASSES)}."
            )
        features = CLASSES[found.feature_class][1]
        if found.feature not in features:
            raise BadSettings(
                f"{found.feature_class} has no map of {found.feature[:40]!r}; choose one of {', '.join(features)}."
            )
        return found

    @property
    def name(self) -> str:
        """PyRadiomics' name."""
        return f"{self.image_type}_{self.feature_class}_{self.feature}"
