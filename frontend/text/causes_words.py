"""Words for what stands behind the changes: what is used, new and lost, what else is read, and where weights moved."""

import re
from collections.abc import Sequence

from frontend.text import labels, numbers
from shared import schemas as s

USE: dict[str, str] = {
    "used": "the task uses it",
    "not_used": "carried, not used here",
    "not_decodable": "cannot be read",
    "unclear": "not clear",
}
USE_MEANING: dict[str, str] = {
    "used": "Without it the head loses clearly more than without a control: a direction of the same size that means "
    "nothing.",
    "not_used": "The embedding carries it, and the head loses less than a tenth of its skill without it.",
    "not_decodable": "It cannot be read from the embedding after fine-tuning, so it cannot be taken away either.",
    "unclear": "Neither can be said: the interval is too wide, or a control costs about as much.",
}
READING = {
    "better": "read better",
    "worse": "read worse",
    "same": "as before",
    "not_read": "not read",
}
COLUMNS = {
    "psa": "PSA",
    "age": "Age",
    "isup": "ISUP grade",
    "pirads": "PI-RADS",
    "center": "Centre",
    "centre": "Centre",
    "site": "Site",
    "scanner": "Scanner",
    "field_t": "Field strength",
    "split": "Split",
}
ACQUISITION = {
    *("center", "centre", "site", "hospital", "institution"),
    *("scanner", "manufacturer", "vendor", "model", "field_t", "field_strength", "coil", "protocol"),
}
"""Columns of where and how an image was made: they tell nothing of the patient, but may go with the label."""
STAGES = {"stem": "first layer", "head": "head", "other": "other parts"}


def share(value: float | None) -> str:
    """A share in whole percent: `63 %`, `−4 %`; a dash where there is none."""
    return numbers.percent(value).removeprefix("+")


def share_with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """`79 % [63, 95]`; the share alone where there is no interval."""
    if low is None or high is None or value is None:
        return share(value)
    ends = (share(end).removesuffix("%").strip() for end in (low, high))
    return f"{share(value)} [{', '.join(ends)}]"


def share_of_variance(found: s.VarianceShare) -> str:
    """The same of a share of variance, within 0 and 100 %: it cannot be less or more, its estimate can."""
    return share_with_interval(*(within(value) for value in (found.value, found.low, found.high)))


def skill_lost(found: s.GroupUse) -> str:
    """What a head loses without a group, within 0 and 100 %: it cannot lose more than all its skill."""
    return share_with_interval(*(within(value) for value in (found.used, found.low, found.high)))


def within(value: float | None) -> float | None:
    """A share cut to 0 .. 1."""
    return None if value is None else min(max(value, 0.0), 1.0)


def group(name: str) -> str:
    """`T2 · GLCM` for `T2_glcm`."""
    return labels.group("modality_class", name)


def column(protocol: s.Protocol, name: str) -> str:
    """A clinical column as people call it: `PSA`, `Gland (outline)`; one that came with a table keeps its name."""
    for region in protocol.regions:
        said = f"{region.name[:1].upper()}{region.name[1:]}"
        if name == f"{region.name}_ml":
            return f"{said} (outline)"
        if name == region.volume_column:
            return f"{said} (report)"
    for target in protocol.targets:
        called = labels.task(protocol, target.name)
        if target.column is not None and name.casefold() == target.column.casefold():
            return called
        for part, of_part in zip(target.columns or (), ("time", "event"), strict=False):
            if name.casefold() == part.casefold():
                return f"{called} ({of_part})"
        if name == f"{target.name}_residual":
            return f"{called} (residual)"
    return COLUMNS.get(name.lower(), name)


def label_columns(label: str) -> list[str]:
    """The columns of a label in words: `pirads (4 classes) and psa (number)`."""
    return [re.sub(r" \([^()]*\)$", "", part) for part in label.split(" and ")]


def coded_label(protocol: s.Protocol, label: str) -> str:
    """A column of a label with how it is coded: `PI-RADS (4 classes)`."""
    name, _, coding = label.partition(" (")
    return with_note(column(protocol, name), coding.removesuffix(")"))


def with_note(name: str, note: str) -> str:
    """`PI-RADS (4 classes)`; a second note goes into the same brackets: `Tumor (outline, the label)`."""
    if not note:
        return name
    return f"{name[:-1]}, {note})" if name.endswith(")") else f"{name} ({note})"


def label_in_words(protocol: s.Protocol, label: str) -> str:
    """`PI-RADS`, `gland (outline)`: the columns of a label without how they are coded."""
    names = label_columns(label)
    said = [column(protocol, name) for name in names]
    return listed([name if one == name else within_sentence(one) for name, one in zip(names, said, strict=True)])


def within_sentence(name: str) -> str:
    """A column's name within a sentence: `malignancy`, `IDH status`."""
    return name if name[:2].isupper() else f"{name[:1].lower()}{name[1:]}"


def tells_of_acquisition(name: str) -> bool:
    """Whether a column says where or how the image was made."""
    return name.lower() in ACQUISITION


def stage(name: str) -> str:
    """`stage 1`, `first layer`, `head`; another part of an encoder by its own name, `part blocks.0-5`."""
    numbered = re.fullmatch(r"stage(\d+)", name)
    return f"stage {numbered[1]}" if numbered else STAGES.get(name, f"part {name}")


def rank(value: float | None) -> str:
    """How many directions a change spreads over, in whole numbers."""
    return numbers.NONE if value is None or value != value else numbers.count(round(value))


def listed(names: Sequence[str], most: int = 4) -> str:
    """`A, B and C`; of many the first and how many more."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def as_sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def possible_shortcuts(columns: Sequence[s.ClinicalColumn]) -> list[str]:
    """Names of columns of the image's making that are read better after fine-tuning."""
    return [
        COLUMNS.get(one.name.lower(), one.name)
        for one in columns
        if one.reading == "better" and tells_of_acquisition(one.name)
    ]
