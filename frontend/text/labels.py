"""The words for what the interface names in code: tasks, regions, feature classes, image types, Table 1 columns."""

from collections.abc import Mapping, Sequence

from frontend.text import trust_words
from shared import schemas as s
from shared.protocol_words import target_words

PAPERS_COLUMNS: Mapping[str, Mapping[tuple[str, str], str]] = {
    s.PROSTATE: {
        ("pirads", "gland"): "CLS",
        ("volume", "gland"): "REG",
        ("lesion_seg", "lesion"): "SEG-L",
        ("lesion_seg", "gland"): "SEG-P",
    }
}
"""Protocol -> task and region of each column of the paper's Table 1, in the paper's order."""
CLASSES = {
    "firstorder": "First order",
    "glcm": "GLCM",
    "gldm": "GLDM",
    "glrlm": "GLRLM",
    "glszm": "GLSZM",
    "ngtdm": "NGTDM",
    "shape": "Shape",
    "shape2D": "Shape 2D",
}
VERDICTS = {
    "shared_stronger": "stronger in both",
    "shared_weaker": "weaker in both",
    "opposite": "opposite in the two",
    "specific_first": "only in {first}",
    "specific_second": "only in {second}",
    "differs": "differ, neither flagged",
    "unclear": "flagged in one, difference not shown",
    "neither": "no change shown",
    "not_decodable": "not decodable",
}
SORTS = {"trust": "Trust", "paper": "Paper"}
GROUPINGS = {
    "class": "feature class",
    "modality": "modality",
    "image_type": "image type",
    "modality_class": "modality and feature class",
    "overall": "all features",
}


def task(protocol: s.Protocol, name: str) -> str:
    """`PI-RADS`, `Lesion segmentation`; a name given with imported tables stays as it is."""
    words = target_words(protocol, name)
    return words[:1].upper() + words[1:] if any(one.name == name for one in protocol.targets) else words


def task_within(protocol: s.Protocol, name: str) -> str:
    """The same within a sentence: `PI-RADS`, `lesion segmentation`."""
    return target_words(protocol, name)


def analysed_pairs(protocol: s.Protocol) -> list[tuple[str, str]]:
    """Task and region of the analyses that belong to a protocol: the paper's columns, else all there can be."""
    every = [(target.name, roi) for target in protocol.targets for roi in protocol.rois]
    return list(PAPERS_COLUMNS.get(protocol.name, every))


def feature_class(name: str) -> str:
    """`First order`, `GLCM`."""
    return CLASSES.get(name, name)


def image_type(name: str) -> str:
    """`original`, `wavelet LLH`."""
    return name.replace("-", " ")


def group(grouping: str, name: str) -> str:
    """A group in words: `T2 · GLRLM` for `T2_glrlm`, `Original`, `all features`."""
    if grouping == "modality_class":
        modality, _, of_class = name.rpartition("_")
        return f"{modality} · {feature_class(of_class)}"
    if grouping == "overall":
        return "all features"
    return feature_class(name) if grouping == "class" else name


def examples(flags: Sequence[str | None]) -> str:
    """The heading over a few features by their flags; None where an analysis has none: the paper's three kinds."""
    changed = [name is None or name in trust_words.CHANGED for name in flags]
    if not any(changed):
        return "Examples of what was measured"
    return (
        "The clearest changes" if all(changed) and None not in flags else "What changed most clearly, and what did not"
    )


def verdict(name: str, names: tuple[str, str]) -> str:
    """`only in PI-RADS · gland`; `names` are the first and the second analysis."""
    return VERDICTS.get(name, name).format(first=names[0], second=names[1])


def table_one_column(protocol: s.Protocol, task_name: str, roi: str) -> str:
    """The paper's column (`CLS`, `REG`, `SEG-L`, `SEG-P`), or task and region where the paper has none."""
    papers = PAPERS_COLUMNS.get(protocol.name, {})
    return papers.get((task_name, roi), f"{task(protocol, task_name)}, {roi}")
