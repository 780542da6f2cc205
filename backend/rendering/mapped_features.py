"""The features that have maps: which, in which words, and in which unit."""

from dataclasses import dataclass
from functools import cache

from backend.errors import BadSettings, BadTable, NotFound
from backend.science.radiomics import RadiomicsSettings
from backend.science.radiomics.maps.classes import CLASSES
from backend.science.radiomics.maps.map_feature import MapFeature
from backend.science.radiomics.parameters.feature_order import image_type_names
from backend.science.tables import glossary
from backend.science.tables.feature_names import parse
from shared import schemas as s

DEPRECATED = ("StandardDeviation",)
BITS = "bits"
OF_THE_IMAGE = "hundredths of the image's SD"
"""The settings named paper turn intensities into z-scores times 100."""
IN_UNITS_OF_THE_IMAGE = frozenset(
    {
        *("10Percentile", "90Percentile", "InterquartileRange", "Maximum", "MeanAbsoluteDeviation", "Mean", "Median"),
        *("Minimum", "Range", "RobustMeanAbsoluteDeviation", "RootMeanSquared"),
    }
)
OF_A_SHAPE = "The shape of a region is one number of the whole region, so it has no map."


@dataclass(frozen=True)
class Described:
    """A feature that has a map, taken apart, and its words."""

    name: MapFeature
    label: str
    sentence: str
    unit: str

    @property
    def filtered(self) -> bool:
        """Whether the image is filtered before the feature is taken."""
        return self.name.image_type != "original"


def described(feature: str, settings: RadiomicsSettings) -> Described:
    """The feature that PyRadiomics calls so. Raises NotFound where it has no map under the settings."""
    try:
        name = MapFeature.of(feature)
    except BadSettings:
        raise _none(feature) from None
    if name.feature in DEPRECATED or name.image_type not in images_of(settings):
        raise _none(feature)
    words = glossary.words(name.feature_class, name.feature)
    if name.image_type == "original":
        return Described(name, words.label, words.sentence, unit_of(name, settings))
    label = f"{words.label} · {glossary.image_type_words(name.image_type)}"
    sentence = f"{words.sentence} {glossary.image_type_sentence(name.image_type)}"
    return Described(name, label, sentence, unit_of(name, settings))


def chosen_map(column: str, settings: RadiomicsSettings) -> s.ChosenMap | None:
    """The map of a feature by its column (`T2_original_glcm_Contrast`); None for a name that is no column."""
    try:
        name = parse(column)
    except BadTable:
        return None
    feature = f"{name.image_type}_{name.feature_class}_{name.feature_name}"
    whose = {"modality": name.modality, "feature": feature, "settings_hash": settings.settings_hash}
    shape = name.feature_class.startswith("shape")
    try:
        known = described(feature, settings)
    except NotFound:
        sentence = OF_A_SHAPE if shape else "There is no map of this feature."
        words = {"label": glossary.label(name), "sentence": sentence, "has_map": False}
    else:
        words = {"label": known.label, "sentence": known.sentence, "has_map": True}
    return s.ChosenMap.model_validate(whose | words)


def images_of(settings: RadiomicsSettings) -> tuple[str, ...]:
    """The images that the settings make, by PyRadiomics' names: original, wavelet-LLH, log-sigma-2-0-mm-3D."""
    parameters = settings.parameters
    own = parameters["imageType"].items()
    return tuple(name for kind, given in own for name in image_type_names(kind, {**parameters["setting"], **given}))


@cache
def features_of_the_image() -> list[s.MappedFeature]:
    """The features of the image itself, in words."""
    return [
        s.MappedFeature(
            feature=f"original_{name}_{feature}",
            group=glossary.CLASS_LABELS[name],
            label=glossary.words(name, feature).label,
            sentence=glossary.words(name, feature).sentence,
        )
        for name, (_, features) in CLASSES.items()
        for feature in features
        if feature not in DEPRECATED
    ]


def unit_of(name: MapFeature, settings: RadiomicsSettings) -> str:
    """Entropies are in bits, intensities in those of the normalised image; other features have no unit."""
    given = settings.parameters["setting"]
    scaled = given.get("normalize", False) and given.get("normalizeScale", 1) == 100
    linear = name.image_type == "original" or name.image_type.startswith(("wavelet-", "log-sigma-"))
    if name.feature_class == "firstorder" and name.feature in IN_UNITS_OF_THE_IMAGE:
        return OF_THE_IMAGE if scaled and linear else ""
    return BITS if name.feature.endswith("Entropy") else ""


def _none(feature: str) -> NotFound:
    return NotFound(f"There is no map of {feature[:60]!r}; /cases/{{id}}/maps lists what there is.")
