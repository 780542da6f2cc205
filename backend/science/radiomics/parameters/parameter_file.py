"""Safe reader of PyRadiomics' parameter files: every key of its schema, or one sentence that names all that is wrong.

Checks without importing PyRadiomics, so the API can refuse a file before a job starts, on any Python.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backend.errors import BadSettings
from backend.science.radiomics.parameters import rules
from backend.science.radiomics.parameters.feature_order import DEPRECATED, FEATURES, IMAGE_TYPES, log_name, names_of
from backend.science.radiomics.parameters.plain_text import read_text

LARGEST_FILE = 64 * 1024
SECTIONS = ("imageType", "featureClass", "setting", "voxelSetting")
DEFAULT_CLASSES = ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")  # PyRadiomics' order

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
    return check(read_text(text, name), name)


def check(parameters: object, name: str) -> Parameters:
    """Check the four sections; a key without a value is as if it were not there, as in PyRadiomics.

    By default the original image is measured by all classes, by shape2D only with force2D. Raises BadSettings, which
    names every key and value that is wrong.
    """
    if not isinstance(parameters, Mapping):
        raise BadSettings(
            f"The radiomics settings {name} are no mapping of imageType, featureClass and setting; write these keys."
        )
    raw = _section(parameters, "setting", name)
    unknown = [key for key in parameters if key not in SECTIONS]
    image_types = {kind: _given(own, kind, name) for kind, own in _section(parameters, "imageType", name).items()}
    image_types = image_types or {"Original": {}}
    classes = _section(parameters, "featureClass", name)
    setting = _given(parameters.get("setting"), "setting", name)
    voxel = _given(parameters.get("voxelSetting"), "voxelSetting", name)
    wrong = [
        *_unknown(unknown, "at the top"),
        *_unknown((kind for kind in image_types if kind not in IMAGE_TYPES), "in imageType"),
        *_unknown((kind for kind in classes if kind not in FEATURES), "in featureClass"),
        *_section_problems(setting, "setting", rules.SETTING),
        *_section_problems(voxel, "voxelSetting", rules.VOXEL),
        *["both binWidth and binCount are in setting, so keep one"] * ({"binWidth", "binCount"} <= setting.keys()),
        *_image_type_problems(image_types, setting),
        *_class_problems(classes),
        *["resampledPixelSpacing without an interpolator would have no effect"]
        * ("resampledPixelSpacing" in setting and raw.get("interpolator", "") is None),
    ]
    if wrong:
        raise BadSettings(f"The radiomics settings {name} cannot be used: {'; '.join(wrong)}.")
    for section in (setting, *image_types.values()):
        if "sigma" in section:
            section["sigma"] = list({log_name(sigma): sigma for sigma in section["sigma"]}.values())
    defaults = (*DEFAULT_CLASSES, *["shape2D"] * setting.get("force2D", False))
    found: Parameters = {
        "imageType": {kind: {key: own[key] for key in own if key != "label"} for kind, own in image_types.items()},
        "featureClass": {c: list(wanted or []) for c, wanted in (classes or dict.fromkeys(defaults)).items()},
        "setting": dict(sorted(setting.items())),
    }
    if next(names_of(found), None) is None:
        raise BadSettings(f"The radiomics settings {name} ask for no feature but such as PyRadiomics has given up.")
    return {
        **found,
        "voxelSetting": dict(sorted(voxel.items())),
    }


def _section(parameters: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    section = parameters.get(key) or {}
    if not isinstance(section, Mapping):
        raise BadSettings(f"{key} of the radiomics settings {name} is no mapping; write one `key: value` a line.")
    return dict(section)


def _given(section: object, key: str, name: str) -> dict[str, Any]:
    """The keys of a section that have a value."""
    return {one: value for one, value in _section({key: section}, key, name).items() if value is not None}


def _unknown(keys: Iterable[object], where: str) -> list[str]:
    return [f"`{str(key)[:60]}` {where} is unknown" for key in keys]


def _section_problems(section: Mapping[str, Any], where: str, known: Mapping[str, rules.Rule]) -> list[str]:
    return _unknown((key for key in section if key not in known), f"in {where}") + rules.wrong_values(section, known)


def _image_type_problems(image_types: Mapping[str, Mapping[str, Any]], setting: Mapping[str, Any]) -> list[str]:
    wrong = []
    for kind, own in image_types.items():
        wrong += _section_problems(own, f"imageType {kind}", rules.SETTING)
        if "label" in own and own["label"] != setting.get("label", 1):
            wrong.append(f"`label` in imageType {kind} would measure another region than the rest, so make two files")
        idle = [f"`{key}`" for key in own if key in rules.BEFORE_FILTERS - {"label"}]
        if idle:
            wrong.append(f"{', '.join(idle)} in imageType {kind} would have no effect, so put it into setting")
        if {"binCount", "binWidth"} <= own.keys():
            wrong.append(f"both binWidth and binCount are given for {kind}, so keep one")
        elif "binWidth" in own and "binCount" in setting:
            wrong.append(f"binWidth of {kind} would have no effect beside binCount in setting, so move binCount")
        if kind == "LoG" and not {**setting, **own}.get("sigma"):
            wrong.append("LoG without sigma, so add `sigma: [...]` in mm")
    return wrong


def _class_problems(classes: Mapping[str, Any]) -> list[str]:
    wrong = []
    for name, wanted in classes.items():
        if wanted is not None and not isinstance(wanted, list):
            wrong.append(f"{name} in featureClass is no list of features")
        elif name in FEATURES:
            known = {*FEATURES[name], *DEPRECATED.get(name, ())}
            wrong += [f"the class {name} has no feature `{str(one)[:60]}`" for one in wanted or [] if one not in known]
    return wrong
