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
from radiomics.featureextractor import RadiomicsFeatureExtractor

from backend.errors import BadSettings
from backend.science import parameter_file

# "FAILED" lines and hints become the status and reason of an extraction; nothing else may print.
logging.getLogger("radiomics").setLevel(logging.CRITICAL + 1)
logging.getLogger("pykwalify").setLevel(logging.CRITICAL + 1)

ENGINE_VERSION = f"pyradiomics-{version('pyradiomics')}"
PAPER = Path(__file__).with_name("paper.yaml")
_FIXED = {"additionalInfo": False, "correctMask": False}


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


def load_settings(source: str | Path = "paper", *, shape: bool = False) -> RadiomicsSettings:
    """The settings named `paper`, or those of a YAML file in PyRadiomics' parameter format, plus shape if wanted.

    Raises BadSettings for a file that cannot be read, an unknown key or a value that PyRadiomics' schema refuses.
    """
    path = PAPER if str(source) == "paper" else Path(source)
    return settings_of(parameter_file.parse(parameter_file.read_file(path), path.name), path.stem, shape=shape)


def settings_of(parameters: object, name: str, *, shape: bool = False) -> RadiomicsSettings:
    """Settings of a parameter mapping (`imageType`, `featureClass`, `setting`). Raises BadSettings.

    `shape` adds the shape class: 14 features of the mask alone, named `original_shape_...`.
    """
    checked = parameter_file.check(parameters, name)
    if shape:
        checked["featureClass"] = {"shape": [], **checked["featureClass"]}
    try:
        settings = RadiomicsSettings(name=name, canonical=json.dumps(checked, allow_nan=False))
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


def _in_one_line(error: Exception) -> str:
    text = str(getattr(error, "msg", error)).strip()
    return " ".join(line.strip(" -") for line in text.splitlines())[:200]
