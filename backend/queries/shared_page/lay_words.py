"""Words for readers who do not know the method: kinds of features, regions, and what a model was trained for."""

from collections.abc import Iterable, Sequence

from backend.science.tables.glossary import CLASS_LABELS
from backend.science.text_format import words_only
from shared.protocol_words import spoken, target_words
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

KINDS = {
    "firstorder": ("brightness", "how bright the region is, and how much its brightness varies"),
    "glcm": ("fine texture", "which brightness lies next to which"),
    "glrlm": ("streakiness", "how long lines of the same brightness are"),
    "glszm": ("patchiness", "how large areas of the same brightness are"),
    "gldm": ("evenness", "how many neighbours of a point look like it"),
    "ngtdm": ("coarseness", "how much each point differs from what lies around it"),
    "shape": ("size and shape", "how large the region is, and what form it has"),
    "shape2D": ("size and shape in a slice", "how large the region is in a slice, and what form it has"),
}
"""Class of features -> what a lay reader may call it, and what it measures."""
TYPICAL = {
    "firstorder": "Mean",
    "glcm": "Contrast",
    "glrlm": "LongRunEmphasis",
    "glszm": "LargeAreaEmphasis",
    "gldm": "LargeDependenceEmphasis",
    "ngtdm": "Coarseness",
}
"""Class of features -> the feature that is high where the lay word fits well."""
SEEN_AS = {"firstorder": "brightness", "shape": "size and shape", "shape2D": "size and shape"}
"""What else than texture a class is about."""
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def kind(feature_class: str) -> str:
    """`coarseness` for `ngtdm`; a class without a word of its own keeps its name."""
    return KINDS[feature_class][0] if feature_class in KINDS else words_only(feature_class)


def measures(feature_class: str) -> str:
    """What a class of features measures, in words; empty where it is not known."""
    return KINDS.get(feature_class, ("", ""))[1]


def term(feature_class: str) -> str:
    """The name that papers use: `NGTDM`, `First order`."""
    return CLASS_LABELS.get(feature_class, words_only(feature_class))


def training(protocol: Protocol, task: str | None) -> str:
    """`training to predict PI-RADS`, `training to outline the lesion`, `training for grade`, `fine-tuning`."""
    if not task:
        return "fine-tuning"
    target = _target(protocol, task)
    if target is None:
        return f"training for {words_only(target_words(protocol, task))}"
    if target.kind == "mask":
        return f"training to outline the {region(target.region or '')}"
    verb = "estimate" if target.kind == "number" else "predict"
    return f"training to {verb} {words_only(target_words(protocol, task))}"


def label(protocol: Protocol, task: str | None, given: Sequence[str]) -> str:
    """What decoding was given, in words: `gland volume`, `lesion volume`, `centre and grade`."""
    return listed([_label(protocol, task, name.partition(" (")[0]) for name in given])


def _label(protocol: Protocol, task: str | None, name: str) -> str:
    target = _target(protocol, task or "")
    known = target is not None and name in (target.name, target.column, *(target.columns or ()), f"{task}_residual")
    if name.endswith("_ml"):
        return f"{region(name.removesuffix('_ml'))} volume"
    return words_only(target_words(protocol, task or "")) if known else words_only(spoken(name))


def about(feature_classes: Iterable[str]) -> str:
    """`texture`, `texture and brightness`: what classes of features are about."""
    return listed(sorted({SEEN_AS.get(one, "texture") for one in feature_classes}, reverse=True))


def region(name: str) -> str:
    """A region within a sentence."""
    return words_only(spoken(name))


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def spelled(count: int) -> str:
    """Small numbers as words: `five`, `12`."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else str(count)


def capital(sentence: str) -> str:
    """A sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]


def _target(protocol: Protocol, task: str) -> ProtocolTarget | None:
    return next((one for one in protocol.targets if one.name == task), None)
