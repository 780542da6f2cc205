"""Parsing and ordering of radiomic column names, `<MODALITY>_<image type>_<class>_<Feature>`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import BadTable
from backend.science.types import MODALITIES

CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
OTHER_CLASSES = ("shape", "shape2D")
IBSI_CLASSES = ("stat", "loc", "ivh", "ih", "cm", "rlm", "szm", "dzm", "ngt", "ngl", "morph")
"""As MIRP and the tables of the IBSI abbreviate them."""
CAPTK_CLASSES = (
    *("Intensity", "Histogram", "Volumetric", "Morphologic", "Collage", "GaborWavelets", "EdgeEnhancement"),
    *("PowerSpectrum", "FractalDimension", "LBP", "Laws", "Lattice"),
)
LIFEX_CLASSES = (
    *("CONVENTIONAL", "DISCRETIZED", "HISTO", "SHAPE", "MORPHOLOGICAL", "INTENSITY-BASED", "INTENSITY-HISTOGRAM"),
    *("LOCAL", "GLCM", "GLRLM", "GLSZM", "GLZLM", "NGLDM", "NGTDM"),
)
"""CaPTk writes the texture matrices in capitals as LIFEx does."""
WORC_CLASSES = ("sf", "hf", "tf", "vf", "lf", "of", "pf", "semf", "df")
FOREIGN_CLASSES = (*IBSI_CLASSES, *CAPTK_CLASSES, *LIFEX_CLASSES, *WORC_CLASSES)
"""Classes of other software: kept apart from PyRadiomics' own, because definitions differ."""
SUBBANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
IMAGE_TYPES = ("original", *(f"wavelet-{subband}" for subband in SUBBANDS))

FILTERS = frozenset(
    {
        "original",
        "wavelet",
        "log",
        "square",
        "squareroot",
        "logarithm",
        "exponential",
        "gradient",
        "lbp",
        "laws",
        "gabor",
    }
)
"""First word of an image type, in small letters."""

_MODALITY = r"(?P<modality>[A-Za-z0-9][A-Za-z0-9.+\-]*(?:_[A-Za-z0-9.+\-]+)*?)"
_IMAGE_TYPE = r"_(?P<image_type>[A-Za-z][A-Za-z0-9.+\-]*)"
_PATTERN = re.compile(
    rf"{_MODALITY}{_IMAGE_TYPE}_(?P<feature_class>{'|'.join(CLASSES + OTHER_CLASSES)})_(?P<feature_name>[A-Za-z0-9]+)"
)
_FOREIGN = re.compile(
    rf"{_MODALITY}{_IMAGE_TYPE}_(?P<feature_class>{'|'.join(FOREIGN_CLASSES)})"
    r"_(?P<feature_name>[A-Za-z0-9][A-Za-z0-9._+\-]*)"
)
_UNKNOWN_CLASS = re.compile(
    rf"{_MODALITY}_(?P<image_type>(?i:{'|'.join(sorted(FILTERS, key=len, reverse=True))})(?:-[A-Za-z0-9.+\-]*)?)"
    r"_(?P<feature_class>[A-Za-z][A-Za-z0-9.\-]*)_(?P<feature_name>[A-Za-z0-9][A-Za-z0-9._+\-]*)"
)


@dataclass(frozen=True, slots=True)
class FeatureName:
    """One radiomic feature of one modality, named as PyRadiomics names it with the modality in front."""

    modality: str
    image_type: str
    feature_class: str
    feature_name: str

    @property
    def column(self) -> str:
        return f"{self.modality}_{self.image_type}_{self.feature_class}_{self.feature_name}"

    @property
    def image_family(self) -> str:
        """`Original`, `Wavelet` (all eight subbands), or the name of another filter: the rows of Table 1."""
        return self.image_type.split("-")[0].capitalize()

    @property
    def modality_class(self) -> str:
        return f"{self.modality}_{self.feature_class}"


def parse(column: str, where: str = "the radiomics table") -> FeatureName:
    """Parse a column name; other software's classes, and unknown ones behind a known image type, keep their names.

    Raises BadTable for a name that is none of these.
    """
    match = _PATTERN.fullmatch(column) or _FOREIGN.fullmatch(column) or _UNKNOWN_CLASS.fullmatch(column)
    if match is None:
        raise BadTable(
            f"{where}: the column {column[:80]!r} is not named <MODALITY>_<image type>_<class>_<Feature>, as in "
            "'ADC_wavelet-LLH_firstorder_Kurtosis'; rename or remove it."
        )
    return FeatureName(**match.groupdict())


def parsed(column: str) -> FeatureName | None:
    """The PyRadiomics name behind a modality, or None."""
    match = _PATTERN.fullmatch(column)
    return FeatureName(**match.groupdict()) if match else None


def order_key(name: FeatureName, modalities: Sequence[str] = MODALITIES) -> tuple[int, str, int, str, int, str]:
    """Sort key: modalities as given, then others by name; original before wavelets; the paper's order of classes."""
    return (
        _position(name.modality, modalities),
        name.modality,
        _position(name.image_type, IMAGE_TYPES),
        name.image_type,
        _position(name.feature_class, CLASSES + OTHER_CLASSES),
        name.feature_name,
    )


def _position(value: str, known: Sequence[str]) -> int:
    return known.index(value) if value in known else len(known)
