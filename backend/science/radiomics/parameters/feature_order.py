"""PyRadiomics' feature names in its order, listed without importing it (a test compares them)."""

from collections.abc import Iterator, Mapping
from typing import Any

from backend.science.radiomics.features import first_order, glcm, gldm, glrlm, glszm, ngtdm
from backend.science.radiomics.filters.wavelet import BANDS

SHAPE = (
    "Elongation",
    "Flatness",
    "LeastAxisLength",
    "MajorAxisLength",
    "Maximum2DDiameterColumn",
    "Maximum2DDiameterRow",
    "Maximum2DDiameterSlice",
    "Maximum3DDiameter",
    "MeshVolume",
    "MinorAxisLength",
    "Sphericity",
    "SurfaceArea",
    "SurfaceVolumeRatio",
    "VoxelVolume",
)
FEATURES: dict[str, tuple[str, ...]] = {
    "firstorder": first_order.FEATURES,
    "shape": SHAPE,
    "glcm": glcm.FEATURES,
    "glszm": glszm.FEATURES,
    "glrlm": glrlm.FEATURES,
    "ngtdm": ngtdm.FEATURES,
    "gldm": gldm.FEATURES,
}


def names_of(parameters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """`<image type>_<class>_<Feature>` of all features of one image, shape first."""
    classes = parameters["featureClass"]
    if "shape" in classes:
        yield from (f"original_shape_{feature}" for feature in classes["shape"] or SHAPE)
    for kind, options in parameters["imageType"].items():
        for image_type in image_type_names(kind, options):
            for feature_class, wanted in classes.items():
                if feature_class != "shape":
                    yield from (f"{image_type}_{feature_class}_{f}" for f in wanted or FEATURES[feature_class])


def image_type_names(kind: str, options: Mapping[str, Any]) -> list[str]:
    """PyRadiomics' names of the images that an image type produces."""
    if kind == "Wavelet":
        return [f"wavelet-{band}" for band in BANDS]
    if kind == "LoG":
        return [f"log-sigma-{str(sigma).replace('.', '-')}-mm-3D" for sigma in options["sigma"]]
    return [kind.lower()]
