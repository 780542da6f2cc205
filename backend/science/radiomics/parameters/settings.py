"""Radiomics settings in PyRadiomics' parameter format, checked by its schema and by an allow-list."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backend.errors import BadSettings
from backend.science.radiomics.parameters import parameter_file
from backend.science.radiomics.parameters.feature_order import names_of

# Both engines agree to 1e-6 and share one version: raise it when a value of the fast engine changes.
ENGINE_VERSION = f"fast-2 pyradiomics-{version('pyradiomics')}"
PAPER = Path(__file__).with_name("paper.yaml")


@dataclass(frozen=True)
class RadiomicsSettings:
    """Checked parameters (`imageType`, `featureClass`, `setting`) as canonical JSON: equal settings compare equal."""

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


def load_settings(source: str | Path = "paper", *, shape: bool = False) -> RadiomicsSettings:
    """Load the settings named `paper` or those of a YAML file in PyRadiomics' format; `shape` adds the shape class.

    Raises BadSettings for a file that cannot be read, an unknown key or a value that PyRadiomics' schema refuses.
    """
    own = str(source) == "paper"
    path = PAPER if own else Path(source)
    parameters = parameter_file.parse(parameter_file.read_file(path), path.name)
    return settings_of(parameters, path.stem, shape=shape, own=own)


def settings_of(parameters: object, name: str, *, shape: bool = False, own: bool = False) -> RadiomicsSettings:
    """Make settings of a parameter mapping (`imageType`, `featureClass`, `setting`). Raises BadSettings.

    `shape` adds the shape class: 14 features of the mask alone, named `original_shape_...`. `own` marks the project's
    own file, which a test checks against PyRadiomics' schema.
    """
    checked = parameter_file.check(parameters, name)
    if shape:
        checked["featureClass"] = {"shape": [], **checked["featureClass"]}
    try:
        settings = RadiomicsSettings(name=name, canonical=json.dumps(checked, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise BadSettings(f"The radiomics settings {name} do not fit PyRadiomics: {error}.") from None
    if not own:
        from backend.science.radiomics.parameters.schema import (
            check_values,  # imports PyRadiomics: not for our own file
        )

        check_values(settings.parameters, name)
    return settings


@lru_cache(maxsize=64)
def feature_names(settings: RadiomicsSettings) -> tuple[str, ...]:
    """PyRadiomics' names of all features of one image, in the order PyRadiomics returns them (837 under `paper`)."""
    return tuple(names_of(settings.parameters))
