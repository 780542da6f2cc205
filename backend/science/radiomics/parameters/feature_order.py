"""PyRadiomics' feature names in its order, listed without importing it (a test compares them)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backend.science.radiomics.features import first_order, glcm, gldm, glrlm, glszm, ngtdm, shape, shape_2d
from backend.science.radiomics.filters.wavelet import AXES, wavelet_names

IMAGE_TYPES = (
    *("Original", "Wavelet", "LoG", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient", "LBP2D", "LBP3D"),
)
FEATURES: dict[str, tuple[str, ...]] = {
    "firstorder": first_order.FEATURES,
    "shape": shape.FEATURES,
    "shape2D": shape_2d.FEATURES,
    "glcm": glcm.FEATURES,
    "glszm": glszm.FEATURES,
    "glrlm": glrlm.FEATURES,
    "ngtdm": ngtdm.FEATURES,
    "gldm": gldm.FEATURES,
}
DEPRECATED: dict[str, tuple[str, ...]] = {
    "firstorder": first_order.DEPRECATED,
    "shape": shape.DEPRECATED,
    "shape2D": shape_2d.DEPRECATED,
    "glcm": glcm.GIVEN_UP,
    "gldm": gldm.GIVEN_UP,
}
"""Features that PyRadiomics knows, but computes at most when they are asked for by name."""
GIVEN_UP = {"glcm": glcm.GIVEN_UP, "gldm": gldm.GIVEN_UP}
"""Those of them that it never computes: the result does not hold them."""
OF_THE_REGION = ("shape", "shape2D")
"""Classes of the mask alone, computed once and not for each image."""


def features_of(feature_class: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """The features that PyRadiomics returns where these are `wanted`, in its order; all current ones by default."""
    if not wanted:
        return FEATURES[feature_class]
    return tuple(one for one in dict.fromkeys(wanted) if one not in GIVEN_UP.get(feature_class, ()))


def names_of(parameters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """`<image type>_<class>_<Feature>` of all features of one image, shape first."""
    classes = parameters["featureClass"]
    for name in OF_THE_REGION:
        if name in classes:
            yield from (f"original_{name}_{feature}" for feature in features_of(name, classes[name]))
    for kind, own in parameters["imageType"].items():
        for image_type in image_type_names(kind, {**parameters["setting"], **own}):
            for feature_class, wanted in classes.items():
                if feature_class not in OF_THE_REGION:
                    features = features_of(feature_class, wanted)
                    yield from (f"{image_type}_{feature_class}_{feature}" for feature in features)


def image_type_names(kind: str, options: Mapping[str, Any]) -> list[str]:
    """PyRadiomics' names of the images that an image type produces."""
    if kind == "Wavelet":
        return list(wavelet_names(options.get("level", 1), len(wavelet_axes(options))))
    if kind == "LoG":
        return [log_name(sigma) for sigma in options["sigma"]]
    if kind == "LBP2D":
        return ["lbp-2D"]
    if kind == "LBP3D":
        return [f"lbp-3D-m{level + 1}" for level in range(options.get("lbp3DLevels", 2))] + ["lbp-3D-k"]
    return [kind.lower()]


def wavelet_axes(options: Mapping[str, Any]) -> tuple[int, ...]:
    """Axes of the array that wavelets filter, x first; force2D leaves one out."""
    left_out = options.get("force2Ddimension", 0) if options.get("force2D", False) else None
    return tuple(axis for axis in AXES if axis != left_out)


def log_name(sigma: float) -> str:
    """PyRadiomics' name of the Laplacian of Gaussian with sigma in mm, as it is written in the settings."""
    return f"log-sigma-{str(sigma).replace('.', '-')}-mm-3D"
