"""Names of encoders in model zoos, `timm:convnext_tiny` or `monai:SwinUNETR:feature_size=48`; loads no package."""

import re
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

from backend.errors import BadSettings

ZOOS = ("timm", "monai", "torchvision")
CODE_FILE = re.compile(r"(?P<file>.+\.py):(?P<factory>[A-Za-z_]\w*)")
"""`FILE.py:factory`."""
OF_FILES = ("torchscript", "onnx", "huggingface")
"""Architectures that come with their weights."""
INSTALL = "install the extra: pip install 'radiomiclens[zoos]'"
_NAME = re.compile(rf"(?P<zoo>{'|'.join(ZOOS)}):(?P<name>[A-Za-z][\w.-]*)(?::(?P<options>[\w=,.+-]*))?")
_OPTION = re.compile(r"(?P<key>[a-z][a-z0-9_]*)=(?P<value>-?\d+|-?\d*\.\d+|true|false)")
_FETCHES = ("pretrained", "weights", "weights_backbone", "progress", "checkpoint_path")


@dataclass(frozen=True)
class ZooName:
    """A model of a zoo, and numbers for its constructor."""

    zoo: str
    name: str
    options: dict[str, int | float | bool] = field(default_factory=dict)


def is_zoo_name(arch: str) -> bool:
    """Whether a name is meant as that of a zoo's model."""
    return arch.partition(":")[0] in ZOOS and ":" in arch


def only_local(arch: str) -> bool:
    """Whether an architecture is code or a program of the user, which only `radiomiclens embed` runs."""
    return arch in OF_FILES or CODE_FILE.fullmatch(arch) is not None


def zoo_name(arch: str) -> ZooName:
    """The parts of a name. Raises BadSettings where it is none, or its package is not installed."""
    found = _NAME.fullmatch(arch)
    options = [] if found is None or not found["options"] else found["options"].split(",")
    parsed = [_OPTION.fullmatch(option) for option in options]
    if found is None or None in parsed:
        raise BadSettings(
            f"{arch[:60]!r} is no model of a zoo; write such as timm:convnext_tiny, or with numbers for its "
            "constructor monai:SwinUNETR:feature_size=48."
        )
    if find_spec(found["zoo"]) is None:
        raise BadSettings(f"{arch[:60]} needs the package {found['zoo']}, which is not installed here; {INSTALL}.")
    given = {each["key"]: _number(each["value"]) for each in parsed if each is not None}
    if fetching := [key for key in given if key in _FETCHES]:
        raise BadSettings(f"{fetching[0]} would fetch weights from a network; give the weights as a file instead.")
    return ZooName(found["zoo"], found["name"], given)


def check_importable(package: str) -> None:
    """Raise BadSettings where an installed package cannot be imported, such as one for another build of torch."""
    try:
        import_module(package)
    except Exception as error:  # somebody else's code: anything may come out of it
        raise BadSettings(
            f"The package {package} cannot be imported here ({type(error).__name__}: {str(error)[:120]}); install "
            "it and torch anew from one place, of one build (CPU or the same CUDA)."
        ) from error


def _number(word: str) -> int | float | bool:
    if word in ("true", "false"):
        return word == "true"
    return float(word) if "." in word else int(word)
