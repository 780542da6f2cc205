"""What the columns of a radiomics table are: features as PyRadiomics, MIRP, IBSI, CaPTk, LIFEx and WORC name them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import BadTable
from backend.science.tables.feature_names import (
    CAPTK_CLASSES,
    CLASSES,
    FILTERS,
    FOREIGN_CLASSES,
    IBSI_CLASSES,
    LIFEX_CLASSES,
    OTHER_CLASSES,
    WORC_CLASSES,
    FeatureName,
    parse,
    parsed,
)

_PYRADIOMICS = (*CLASSES, *OTHER_CLASSES)
_TOOLBOXES = ("PREDICT", "PyRadiomics")
_ALL_CLASSES = frozenset({*_PYRADIOMICS, *FOREIGN_CLASSES})
_WORC_MODALITY = re.compile(r"(?P<name>.+)_(?P<modality>CT|MRI?|PET|PT|US|DTI|T1|T2|DWI|ADC)(?:_\d+)?")
_ODD = re.compile(r"[^A-Za-z0-9._+\-]+")
_CAMEL = re.compile(r"[A-Z0-9][A-Za-z0-9]*")
_MODALITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+\-]*(?:_[A-Za-z0-9.+\-]+)*")
NOT_FEATURES = {
    "status": "says whether the row was computed",
    "reason": "says why a row was not computed",
    "image": "names an image file",
    "mask": "names a mask file",
    "reader": "names a reader",
    "label": "is the number of a mask's label",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A feature a column holds; `modality` is empty where the name carries none."""

    modality: str
    image_type: str
    feature_class: str
    feature_name: str
    unknown_class: bool = False

    def of(self, modality: str) -> FeatureName:
        """The feature of a modality, as `feature_names.parse` reads the name that is kept for it."""
        name = FeatureName(modality, self.image_type, self.feature_class, self.feature_name)
        return parse(name.column)

    @property
    def software(self) -> str:
        """Whose naming this is."""
        for tool, classes in (
            ("PyRadiomics", _PYRADIOMICS),
            ("MIRP or IBSI", IBSI_CLASSES),
            ("CaPTk", CAPTK_CLASSES),
            ("LIFEx or CaPTk", LIFEX_CLASSES),
            ("WORC", WORC_CLASSES),
        ):
            if self.feature_class in classes:
                return tool
        return "an unknown class"


def not_a_feature(column: str) -> str | None:
    """Why a column of other software's output is skipped, or None."""
    bare = column.strip().lower()
    if "diagnostics_" in bare:
        return "diagnostics of PyRadiomics"
    if bare.startswith("general_info_"):
        return "general information of an older PyRadiomics"
    if not bare or bare.startswith(("unnamed:", "__index_level_")):
        return "a row number without a name"
    return NOT_FEATURES.get(bare)


def feature_of(column: str) -> Found | None:
    """The feature that a column's name states, or None."""
    name = column.strip()
    words = name.split("_")
    first = words[0].split("-")[0].lower()
    known = None if first in FILTERS or words[0] in _TOOLBOXES else parsed(name)
    if known:
        return Found(known.modality, known.image_type, known.feature_class, known.feature_name)
    if words[0] in _TOOLBOXES:
        words = words[1:]
    at = next((i for i, word in enumerate(words[:-1]) if word in _ALL_CLASSES), None)
    if at and words[at] in WORC_CLASSES and first not in FILTERS and words[0].split("-")[0].lower() not in FILTERS:
        at = None  # `date_of_birth` is none of WORC's orientation features
    if at is None:
        return _unknown_class(words)
    modality, image_type = _before(words[:at])
    feature = "_".join(words[at + 1 :])
    if words[at] in _PYRADIOMICS:
        feature, modality = _modality_behind(words[at + 1 :], modality)
    elif words[at] in WORC_CLASSES and not modality:
        match = _WORC_MODALITY.fullmatch(feature)
        feature, modality = (match["name"], match["modality"]) if match else (feature, modality)
    return _found(modality, image_type, words[at], feature)


def _unknown_class(words: Sequence[str]) -> Found | None:
    """`T2_original_fractal_Dimension`: what stands behind an image type is a class and a feature."""
    at = next((i for i, word in enumerate(words) if word.split("-")[0].lower() in FILTERS), None)
    if at is None or len(words) < at + 3:
        return None
    return _found("_".join(words[:at]), words[at], words[at + 1], "_".join(words[at + 2 :]), unknown=True)


def _before(words: Sequence[str]) -> tuple[str, str]:
    """Modality and image type out of what stands before the class; the image itself where no filter is named."""
    at = next((i for i, word in enumerate(words) if word.split("-")[0].lower() in FILTERS), None)
    if at is None:
        return "_".join(words), "original"
    return "_".join(words[:at]), "-".join(words[at:])


def _modality_behind(words: Sequence[str], modality: str) -> tuple[str, str]:
    """`original_glcm_Contrast_T2`: the modality stands behind the feature."""
    if modality or len(words) < 2 or not _CAMEL.fullmatch(words[0]):
        return "_".join(words), modality
    return words[0], "_".join(words[1:])


def _found(modality: str, image_type: str, of_class: str, feature: str, *, unknown: bool = False) -> Found | None:
    """The parts where they can be kept under their names; letters that names cannot have become `-`."""
    shown = _ODD.sub("-", feature).strip("-_.")
    found = Found(modality, _ODD.sub("-", image_type), of_class, shown, unknown)
    if not shown or (modality and not _MODALITY.fullmatch(modality)):
        return None
    try:
        found.of(modality or "X")
    except BadTable:
        return None
    return found
