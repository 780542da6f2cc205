"""Glossary of radiomic features: a short label, one sentence for clinicians, the formula and the IBSI name.

Definitions follow PyRadiomics 3.0.1; IBSI names follow the reference manual of the Image Biomarker Standardisation
Initiative. The table is a file beside this module.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from backend.science.tables.feature_names import SUBBANDS, FeatureName, parse
from backend.science.text_format import words_only

CLASS_LABELS = {
    "firstorder": "First order",
    "glcm": "GLCM",
    "gldm": "GLDM",
    "glrlm": "GLRLM",
    "glszm": "GLSZM",
    "ngtdm": "NGTDM",
}
_PASS = {"L": "smooth", "H": "detail"}


@dataclass(frozen=True, slots=True)
class Words:
    """What one feature measures; `formula` is plain text with p(i,j) normalised and P(i,j) counted matrices."""

    label: str
    sentence: str
    formula: str
    ibsi: str


@cache
def _table() -> dict[str, dict[str, Words]]:
    text = Path(__file__).with_suffix(".json").read_text("utf-8")
    return {
        feature_class: {name: Words(**words) for name, words in entries.items()}
        for feature_class, entries in json.loads(text).items()
    }


def words(feature_class: str, feature_name: str) -> Words:
    """Glossary entry of a PyRadiomics feature; other names get a generic entry that says so."""
    found = _table().get(feature_class, {}).get(feature_name)
    return found or Words(feature_name, "A feature without a description here; see the software that made it.", "", "")


def group_words(group: str) -> str:
    """Display name of a group: `T2 GLCM` for `T2_glcm`."""
    modality, _, feature_class = group.rpartition("_")
    return f"{words_only(modality)} {CLASS_LABELS.get(feature_class, words_only(feature_class))}"


def image_type_words(image_type: str) -> str:
    """Short display name of an image type: `original` or `wavelet LLH`."""
    return image_type.replace("-", " ", 1)


def image_type_sentence(image_type: str) -> str:
    """Sentence on what an image type shows; the letters of a wavelet subband are the x, y and z axes."""
    if image_type == "original":
        return "Measured on the image itself."
    subband = image_type.removeprefix("wavelet-")
    if subband == image_type or subband not in SUBBANDS:
        return f"Measured on the image after the filter {image_type}."
    axes = ", ".join(f"{_PASS[letter]} along {axis}" for letter, axis in zip(subband, "xyz", strict=True))
    return (
        f"Measured on the wavelet subband {subband} of the image: {axes} (L keeps smooth parts, H keeps fine detail)."
    )


@cache
def column_label(column: str) -> str:
    """The label of a column `<MODALITY>_<PyRadiomics name>`; raises BadTable for another name."""
    return label(parse(column))


def label(feature: FeatureName) -> str:
    """Display label such as `long runs of high grey level · GLRLM · T2 · wavelet LLH`."""
    what = words(feature.feature_class, feature.feature_name).label
    feature_class = CLASS_LABELS.get(feature.feature_class, feature.feature_class)
    return f"{what} · {feature_class} · {feature.modality} · {image_type_words(feature.image_type)}"
