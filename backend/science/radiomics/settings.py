"""Which radiomics are computed: PyRadiomics' parameter format, checked by its own schema and by our allow-list."""

import hashlib
import json
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pykwalify.errors
import pywt
import radiomics
import yaml
from radiomics.featureextractor import RadiomicsFeatureExtractor

from backend.errors import BadSettings

# "FAILED" lines and hints become the status and reason of an extraction; nothing else may print.
logging.getLogger("radiomics").setLevel(logging.CRITICAL + 1)
logging.getLogger("pykwalify").setLevel(logging.CRITICAL + 1)

ENGINE_VERSION = f"pyradiomics-{version('pyradiomics')}"
PAPER = Path(__file__).with_name("paper.yaml")
LARGEST_FILE = 64 * 1024
CLASSES = ("firstorder", "shape", "glcm", "glszm", "glrlm", "ngtdm", "gldm")
IMAGE_TYPES = ("Original", "Wavelet", "LoG", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient")
SETTINGS = frozenset(
    {
        "binWidth",
        "binCount",
        "normalize",
        "normalizeScale",
        "removeOutliers",
        "resampledPixelSpacing",
        "interpolator",
        "padDistance",
        "distances",
        "minimumROIDimensions",
        "minimumROISize",
        "resegmentRange",
        "resegmentMode",
        "resegmentShape",
        "voxelArrayShift",
        "symmetricalGLCM",
        "weightingNorm",
        "gldm_a",
    }
)
OF_IMAGE_TYPE = frozenset({"binWidth", "binCount", "wavelet", "sigma", "gradientUseSpacing"})
WHY_REFUSED = {
    "correctMask": "masks are put on the image's grid by physical position at import, and that is recorded",
    "geometryTolerance": "the tolerance is 0.1 mm or 1 % of a voxel, always",
    "preCrop": "images are cropped by themselves wherever that changes no value",
    "label": "the label is chosen when features are asked for",
    "label_channel": "masks have one value per voxel here",
    "force2D": "features are computed in 3-D",
    "force2Ddimension": "features are computed in 3-D",
    "additionalInfo": "provenance is kept beside the features, not among them",
    "voxelSetting": "maps of features are not computed here",
    "level": "one wavelet level is computed",
    "start_level": "one wavelet level is computed",
}


@dataclass(frozen=True)
class RadiomicsSettings:
    """Checked parameters (`imageType`, `featureClass`, `setting`) as canonical JSON, so that equal means equal."""

    name: str
    canonical: str

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """A fresh copy in PyRadiomics' format."""
        parameters: dict[str, dict[str, Any]] = json.loads(self.canonical)
        return parameters

    @property
    def settings_hash(self) -> str:
        """SHA-256 of the parameters and the engine's version: features under one hash are comparable."""
        return hashlib.sha256(f"{ENGINE_VERSION}\n{self.canonical}".encode()).hexdigest()

    def extractor(self) -> RadiomicsFeatureExtractor:
        """PyRadiomics' extractor with exactly these parameters."""
        parameters = self.parameters
        parameters["setting"].update(_FIXED)
        with warnings.catch_warnings():
            # PyRadiomics' schema check loads its functions in a way that Python 3.12 removes.
            warnings.simplefilter("ignore", DeprecationWarning)
            return RadiomicsFeatureExtractor(parameters)


_FIXED = {"additionalInfo": False, "correctMask": False}


def load_settings(source: str | Path = "paper") -> RadiomicsSettings:
    """The settings named `paper`, or those of a YAML file in PyRadiomics' parameter format.

    Raises BadSettings for a file that cannot be read, an unknown key or a value that PyRadiomics' schema refuses.
    """
    path = PAPER if str(source) == "paper" else Path(source)
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise BadSettings(
                f"The settings file {path.name} is larger than 64 KB; radiomics settings are a few lines."
            )
        parameters = yaml.load(text, _PlainLoader)  # noqa: S506 - a SafeLoader without aliases
    except OSError as error:
        raise BadSettings(
            f"The settings file {path.name} cannot be read ({error.strerror}); name `paper` or an existing YAML file."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise BadSettings(f"The settings file {path.name} is not valid YAML; check it in an editor.") from None
    return settings_of(parameters, name=path.stem)


def settings_of(parameters: object, name: str) -> RadiomicsSettings:
    """Settings of a parameter mapping (`imageType`, `featureClass`, `setting`). Raises BadSettings."""
    if not isinstance(parameters, Mapping):
        raise BadSettings(f"The radiomics settings {name} are no mapping of imageType, featureClass and setting.")
    _allow(parameters, {"imageType", "featureClass", "setting"}, name)
    image_types = _section(parameters, "imageType", name) or {"Original": {}}
    classes = _section(parameters, "featureClass", name) or {c: [] for c in CLASSES if c != "shape"}
    setting = _section(parameters, "setting", name)
    _allow(image_types, IMAGE_TYPES, name)
    _allow(classes, CLASSES, name)
    _allow(setting, SETTINGS, name)
    for options in image_types.values():
        _allow(options or {}, OF_IMAGE_TYPE, name)
        if {"binCount", "binWidth"} <= {**setting, **(options or {})}.keys():
            raise BadSettings(f"The radiomics settings {name} give both binWidth and binCount for one image; keep one.")
    if "LoG" in image_types and not (image_types["LoG"] or {}).get("sigma"):
        raise BadSettings(f"The radiomics settings {name} ask for LoG without sigma; add sigma: [...] in mm.")
    parts = {
        "imageType": {kind: dict(options or {}) for kind, options in image_types.items()},
        "featureClass": {key: list(features or []) for key, features in classes.items()},
        "setting": dict(sorted(setting.items())),
    }
    try:
        settings = RadiomicsSettings(name=name, canonical=json.dumps(parts, allow_nan=False))
        settings.extractor()
    except (pykwalify.errors.SchemaError, TypeError, ValueError) as error:
        raise BadSettings(f"The radiomics settings {name} do not fit PyRadiomics: {_in_one_line(error)}") from None
    return settings


@lru_cache(maxsize=64)
def feature_names(settings: RadiomicsSettings) -> tuple[str, ...]:
    """PyRadiomics' names of all features of one image, in the order PyRadiomics returns them (837 under `paper`)."""
    parameters = settings.parameters
    classes = parameters["featureClass"]
    shape = [f"original_shape_{feature}" for feature in _features("shape", classes.get("shape"))]
    return tuple(shape) + tuple(
        f"{image_type}_{feature_class}_{feature}"
        for kind, options in parameters["imageType"].items()
        for image_type in _image_type_names(kind, options)
        for feature_class, wanted in classes.items()
        if feature_class != "shape"
        for feature in _features(feature_class, wanted)
    )


def _features(feature_class: str, wanted: list[str] | None) -> list[str]:
    if wanted is None:
        return []
    known = radiomics.getFeatureClasses()[feature_class].getFeatureNames()
    return list(wanted) or [name for name, deprecated in known.items() if not deprecated]


def _image_type_names(kind: str, options: Mapping[str, Any]) -> list[str]:
    if kind == "Wavelet":
        return [f"wavelet-{band}" for band in ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")]
    if kind == "LoG":
        return [f"log-sigma-{str(sigma).replace('.', '-')}-mm-3D" for sigma in options["sigma"]]
    return [kind.lower()]


def wavelet_reach(settings: RadiomicsSettings) -> int | None:
    """Voxels a filtered value depends on in each direction (coif1: 3); None where a filter sees the whole image."""
    reach = 0
    for kind, options in settings.parameters["imageType"].items():
        if kind not in ("Original", "Wavelet"):
            return None
        if kind == "Wavelet":
            reach = max(reach, pywt.Wavelet(options.get("wavelet", "coif1")).dec_len // 2)
    return reach


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without aliases, which can blow up a small file."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def _section(parameters: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    section = parameters.get(key) or {}
    if not isinstance(section, Mapping):
        raise BadSettings(f"{key} of the radiomics settings {name} is no mapping; write one `key: value` a line.")
    return dict(section)


def _allow(given: object, allowed: object, name: str) -> None:
    if not isinstance(given, Mapping):
        raise BadSettings(f"An image type of the radiomics settings {name} has options that are no mapping.")
    for key in given:
        if key not in allowed:  # type: ignore[operator]  # a tuple, set or frozenset of names
            why = WHY_REFUSED.get(str(key), "it is unknown here")
            raise BadSettings(f"The radiomics settings {name} hold `{str(key)[:60]}`; remove it: {why}.")


def _in_one_line(error: Exception) -> str:
    text = str(getattr(error, "msg", error)).strip()
    return " ".join(line.strip(" -") for line in text.splitlines())[:200]
