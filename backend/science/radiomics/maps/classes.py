"""The feature classes that have maps: PyRadiomics' name, the pass over neighbourhoods, the features."""

from collections.abc import Callable

from backend.science.radiomics.maps import first_order, glcm, ngtdm, size_matrices
from backend.science.radiomics.maps.crop import Crop
from backend.science.radiomics.maps.types import Pass

CLASSES: dict[str, tuple[Callable[[Crop, str], Pass], tuple[str, ...]]] = {
    "firstorder": (first_order.first_order, first_order.FEATURES),
    "glcm": (glcm.glcm, glcm.FEATURES),
    **size_matrices.CLASSES,
    "ngtdm": (ngtdm.ngtdm, ngtdm.FEATURES),
}
