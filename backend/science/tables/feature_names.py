"""Parsing and ordering of radiomic column names, `<MODALITY>_<image type>_<class>_<Feature>`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from backend.errors import BadTable
from backend.science.types import MODALITIES

CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
OTHER_CLASSES = ("shape", "shape2D")
SUBBANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
IMAGE_TYPES = ("original", *(f"wavelet-{subband}" for subband in SUBBANDS))

_PATTERN = re.compile(
    r"(?P<modality>[A-Za-z0-9][A-Za-z0-9.+\-]*(?:_[A-Za-z0-9.+\-]+)*?)"
    r"_(?P<image_type>[A-Za-z][A-Za-z0-9.\-]*)"
    rf"_(?P<feature_class>{'|'.join(CLASSES + OTHER_CLASSES)})"
    r"_(?P<feature_name>[A-Za-z0-9]+)"
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
    """Parse a column name. Raises BadTable for a name that is not a modality and a PyRadiomics name."""
    match = _PATTERN.fullmatch(column)
    if match is None:
        raise BadTable(
            f"{where}: the column {column[:80]!r} is not named <MODALITY>_<image type>_<class>_<Feature>, as in "
            "'ADC_wavelet-LLH_firstorder_Kurtosis'; rename or remove it."
        )
    return FeatureName(**match.groupdict())


def order_key(name: FeatureName) -> tuple[int, str, int, str, int, str]:
    """Sort key: T2, DWI, ADC, then others by name; original before wavelets; the paper's order of classes."""
    return (
        _position(name.modality, MODALITIES),
        name.modality,
        _position(name.image_type, IMAGE_TYPES),
        name.image_type,
        _position(name.feature_class, CLASSES + OTHER_CLASSES),
        name.feature_name,
    )


def modality_order(modalities: Iterable[str]) -> list[str]:
    """Distinct modalities, the paper's three first."""
    return sorted(set(modalities), key=lambda modality: (_position(modality, MODALITIES), modality))


def _position(value: str, known: tuple[str, ...]) -> int:
    return known.index(value) if value in known else len(known)
