"""Radiomics settings in PyRadiomics' parameter format, checked by its rules."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from backend.errors import BadSettings
from backend.science.radiomics.parameters import parameter_file
from backend.science.radiomics.parameters.feature_order import names_of

# Both engines agree to 1e-6 and share one version: raise it when a value of the fast engine changes.
ENGINE_VERSION = "fast-3 pyradiomics-3.0.1"
PAPER = Path(__file__).with_name("paper.yaml")
OF_THE_MASK = ("label", "label_channel", "correctMask", "geometryTolerance", "additionalInfo")
"""Keys that choose or check the region, or add columns; they change no value of a region already chosen."""


@dataclass(frozen=True)
class MaskChoice:
    """Which voxels of a mask file are the region, and what is done with a mask on another grid.

    `tolerance`: SimpleITK's, in mm, where one is asked for; `correct`: resample such a mask by nearest neighbour.
    """

    label: int = 1
    channel: int = 0
    correct: bool | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class VoxelSettings:
    """Settings of a voxel-based map: radius of the neighbourhood in voxels, and the value outside the region."""

    radius: int = 1
    masked: bool = True
    init_value: float = 0.0


@dataclass(frozen=True)
class RadiomicsSettings:
    """Checked parameters (`imageType`, `featureClass`, `setting`) as canonical JSON: equal settings compare equal."""

    name: str
    canonical: str
    mask: MaskChoice = MaskChoice()
    voxel: VoxelSettings = VoxelSettings()
    additional_info: bool = False
    two_dimensional: bool = False

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """A fresh copy in PyRadiomics' format."""
        parameters: dict[str, dict[str, Any]] = json.loads(self.canonical)
        return parameters

    def in_plane(self) -> "RadiomicsSettings":
        """The same settings for an image of two dimensions: neighbours in the plane, no shape of a volume.

        Raises BadSettings for keys that count the axes of a volume.
        """
        checked = self.parameters
        given = checked["setting"]
        if given.get("force2D") or any(own.get("force2D") for own in checked["imageType"].values()):
            raise BadSettings(
                f"The radiomics settings {self.name} hold force2D, which is for volumes, and the image has two "
                "dimensions; remove it."
            )
        checked["setting"] = {**given, "force2D": True, "force2Ddimension": 0}
        checked["featureClass"].pop("shape", None)
        checked["imageType"].pop("LBP3D", None)
        if not checked["featureClass"] or not checked["imageType"]:
            raise BadSettings(
                f"The radiomics settings {self.name} hold nothing for an image of two dimensions; its shape is shape2D."
            )
        return replace(self, canonical=json.dumps(checked), two_dimensional=True)

    @property
    def settings_hash(self) -> str:
        """SHA-256 of the parameters and the engine's version: features under one hash are comparable."""
        return hashlib.sha256(f"{ENGINE_VERSION}\n{self.canonical}".encode()).hexdigest()


def load_settings(source: str | Path = "paper", *, shape: bool = False) -> RadiomicsSettings:
    """Load the settings named `paper` or those of a YAML file in PyRadiomics' format; `shape` adds the shape class.

    Raises BadSettings for a file that cannot be read, an unknown key or an illegal value.
    """
    path = PAPER if str(source) == "paper" else Path(source)
    parameters = parameter_file.parse(parameter_file.read_file(path), path.name)
    return settings_of(parameters, path.stem, shape=shape)


def settings_from(name: str, text: str | None, *, shape: bool = False) -> RadiomicsSettings:
    """The settings that a request names (`paper`), or those of the `text` of a parameter file. Raises BadSettings."""
    return (
        load_settings(name, shape=shape)
        if text is None
        else settings_of(parameter_file.parse(text, name), name, shape=shape)
    )


def settings_of(parameters: object, name: str, *, shape: bool = False) -> RadiomicsSettings:
    """Make settings of a mapping (`imageType`, `featureClass`, `setting`, `voxelSetting`). Raises BadSettings.

    `shape` adds the shape class: 14 features of the mask alone, named `original_shape_...`.
    """
    checked = parameter_file.check(parameters, name)
    if shape:
        checked["featureClass"] = {"shape": [], **checked["featureClass"]}
    voxel, given = checked.pop("voxelSetting"), checked["setting"]
    of_mask = {key: given.pop(key) for key in OF_THE_MASK if key in given}
    try:
        canonical = json.dumps(checked, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadSettings(f"The radiomics settings {name} cannot be used: {error}.") from None
    return RadiomicsSettings(
        name=name,
        canonical=canonical,
        mask=MaskChoice(
            label=of_mask.get("label", 1),
            channel=of_mask.get("label_channel", 0),
            correct=of_mask.get("correctMask"),
            tolerance=of_mask.get("geometryTolerance"),
        ),
        voxel=VoxelSettings(
            radius=voxel.get("kernelRadius", 1),
            masked=voxel.get("maskedKernel", True),
            init_value=float(voxel.get("initValue", 0)),
        ),
        additional_info=of_mask.get("additionalInfo", False),
    )


@lru_cache(maxsize=64)
def feature_names(settings: RadiomicsSettings) -> tuple[str, ...]:
    """PyRadiomics' names of all features of one image, in the order PyRadiomics returns them (837 under `paper`)."""
    return tuple(names_of(settings.parameters))
