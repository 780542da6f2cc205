"""Safe reader of PyRadiomics' parameter files; refuses keys that are unknown or would have no effect here.

Checks names and structure only, without importing PyRadiomics, so the API can refuse a file before a job starts;
`radiomics.settings` checks the values against PyRadiomics' own schema.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from backend.errors import BadSettings

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
        "force2D",
        "force2Ddimension",
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
    "additionalInfo": "provenance is kept beside the features, not among them",
    "voxelSetting": "maps of features are not computed here",
    "level": "one wavelet level is computed",
    "start_level": "one wavelet level is computed",
}

Parameters = dict[str, dict[str, Any]]


def read_file(path: Path) -> str:
    """Read the text of a parameter file. Raises BadSettings where it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadSettings(
            f"The settings file {path.name} cannot be read ({error.strerror}); name `paper` or an existing YAML file."
        ) from None
    if len(data) > LARGEST_FILE:
        raise BadSettings(f"The settings file {path.name} is larger than 64 KB; radiomics settings are a few lines.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadSettings(f"The settings file {path.name} is not valid YAML; check it in an editor.") from None


def parse(text: str, name: str) -> Parameters:
    """Parse the parameters in `text` (YAML). Raises BadSettings for text that is not a parameter file."""
    try:
        parameters = yaml.load(text, _PlainLoader)  # noqa: S506 - a SafeLoader without aliases
    except (yaml.YAMLError, RecursionError):
        raise BadSettings(f"The radiomics settings {name} are not valid YAML; check them in an editor.") from None
    return check(parameters, name)


def check(parameters: object, name: str) -> Parameters:
    """Check the three sections for unknown keys; by default all classes and the original image are computed."""
    if not isinstance(parameters, Mapping):
        raise BadSettings(f"The radiomics settings {name} are no mapping of imageType, featureClass and setting.")
    _allow(parameters, {"imageType", "featureClass", "setting"}, name)
    image_types = _section(parameters, "imageType", name) or {"Original": {}}
    classes = _section(parameters, "featureClass", name) or {c: [] for c in CLASSES}
    setting = _section(parameters, "setting", name)
    if setting.get("label") == 1:  # as in PyRadiomics' own examples; masks here hold this label
        del setting["label"]
    _allow(image_types, IMAGE_TYPES, name)
    _allow(classes, CLASSES, name)
    _allow(setting, SETTINGS, name)
    for options in image_types.values():
        _allow(options or {}, OF_IMAGE_TYPE, name)
        if {"binCount", "binWidth"} <= {**setting, **(options or {})}.keys():
            raise BadSettings(f"The radiomics settings {name} give both binWidth and binCount for one image; keep one.")
    if "LoG" in image_types and not (image_types["LoG"] or {}).get("sigma"):
        raise BadSettings(f"The radiomics settings {name} ask for LoG without sigma; add sigma: [...] in mm.")
    for feature_class, wanted in classes.items():
        if wanted is not None and not isinstance(wanted, list):
            raise BadSettings(f"{feature_class} of the radiomics settings {name} is no list of features; write [].")
    return {
        "imageType": {kind: dict(options or {}) for kind, options in image_types.items()},
        "featureClass": {key: list(features or []) for key, features in classes.items()},
        "setting": dict(sorted(setting.items())),
    }


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


def _allow(given: object, allowed: Collection[str], name: str) -> None:
    if not isinstance(given, Mapping):
        raise BadSettings(f"An image type of the radiomics settings {name} has options that are no mapping.")
    for key in given:
        if key not in allowed:
            why = WHY_REFUSED.get(str(key), "it is unknown here")
            raise BadSettings(f"The radiomics settings {name} hold `{str(key)[:60]}`; remove it: {why}.")
