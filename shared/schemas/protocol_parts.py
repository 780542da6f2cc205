"""Parts of a protocol: modalities, regions, targets, grid, intensities."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from shared.schemas.dicom_rule import DicomRule
from shared.schemas.protocol_base import Finite, Part, Range, pair
from shared.schemas.target_classes import clash

RESERVED = frozenset({"labels", "study", "dicom", "background", "ignore"})
"""Words that the reading of a study uses itself."""
MODALITY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,23}")
REGION_NAME = re.compile(r"[A-Za-z0-9_-]{1,24}")


def _modality_name(name: str) -> str:
    if not MODALITY_NAME.fullmatch(name):
        raise ValueError(
            f"is {name[:40]!r}; write 1 to 24 letters, digits or hyphens, the first no hyphen, because "
            "columns begin with it"
        )
    return _free(name)


def _region_name(name: str) -> str:
    if not REGION_NAME.fullmatch(name):
        raise ValueError(f"is {name[:40]!r}; write 1 to 24 letters, digits, hyphens or underscores")
    return _free(name)


def _free(name: str) -> str:
    if name.lower() in RESERVED:
        raise ValueError(f"is {name!r}, a word with a meaning of its own; choose another name")
    return name


def _colour(word: str) -> str:
    if not re.fullmatch(r"auto|#[0-9A-Fa-f]{6}", word):
        raise ValueError(f"is {word[:40]!r}; write auto, or a colour such as '#009E73' in quotes")
    return word


def _alias(word: str) -> str:
    if not 1 <= len(word) <= 60 or word != word.strip() or not word.isprintable():
        raise ValueError(f"is {word[:40]!r}; write 1 to 60 characters without a blank at either end")
    return word


def _label(words: str) -> str:
    if words and (len(words) > 40 or not re.fullmatch(r"[^\W_][\w .,()/%+-]*", words) or words != words.strip()):
        raise ValueError(f"is {words[:40]!r}; write at most 40 letters, digits, blanks and .,()/%+-, a letter first")
    return words


def _kind_of_window(given: Any) -> str:
    return "[range]" if isinstance(given, list | tuple) else "[word]"


def _kind_of_intensity(given: Any) -> str | None:
    """Which of the three forms was meant."""
    if isinstance(given, dict):
        return next((f"[{key}]" for key in ("window", "percentile") if key in given), None)
    if isinstance(given, WindowIntensity | PercentileIntensity):
        return "[window]" if isinstance(given, WindowIntensity) else "[percentile]"
    return "[word]"


def _percents(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] < 0 or ends[1] > 100:
        raise ValueError(f"is {list(ends)}; write percentiles from 0 to 100")
    return pair(ends)


ModalityName = Annotated[str, Field(max_length=100), AfterValidator(_modality_name)]
RegionName = Annotated[str, Field(max_length=100), AfterValidator(_region_name)]
TargetName = RegionName
Alias = Annotated[str, Field(max_length=100), AfterValidator(_alias)]
Label = Annotated[str, Field(max_length=100), AfterValidator(_label)]
"""Stands within sentences and on shared pages, so nothing in it can be markup."""
Column = Annotated[str, Field(min_length=1, max_length=100)]
Colour = Annotated[str, Field(max_length=100), AfterValidator(_colour)]
Window = Annotated[
    Annotated[Literal["auto"], Tag("[word]")] | Annotated[Range, Tag("[range]")], Discriminator(_kind_of_window)
]
Millimetres = Annotated[float, Field(ge=0.05, le=20)]
Voxels = Annotated[int, Field(ge=8, le=1024)]


class ProtocolModality(Part):
    """One kind of image: its name leads the columns of its features; files are found by name and aliases."""

    name: ModalityName
    aliases: tuple[Alias, ...] = ()
    required: bool = False
    reference: bool = Field(default=False, description="Its grid is that of the case; masks are drawn on it.")
    unit: str = Field(default="a.u.", max_length=24)
    window: Window = "auto"
    colour: Colour = "auto"
    dicom: DicomRule | None = Field(
        default=None,
        exclude_if=lambda value: value is None,  # a protocol without rules is stored as it was
        description="By what it is told among the series of a DICOM study, beside its name and aliases.",
    )


class ProtocolRegion(Part):
    """One mask: `binary` (all above 0 is the region), or `labels` with the name of each code."""

    name: RegionName
    aliases: tuple[Alias, ...] = ()
    required: bool = False
    kind: Literal["binary", "labels"] = "binary"
    codes: dict[Annotated[int, Field(ge=1, le=255)], RegionName] = Field(default={})
    volume_column: Column | None = Field(default=None, description="Clinical column with its volume in mL.")
    within: RegionName | None = Field(
        default=None,
        exclude_if=lambda value: value is None,  # protocols of earlier versions are written as they were
        description="The region it lies in: where that is drawn and this is not, the case has none of it.",
    )
    colour: Colour = "auto"

    @model_validator(mode="after")
    def _codes_of_labels(self) -> Self:
        if self.kind == "labels" and not self.codes:
            raise ValueError("has kind labels, so give it codes, such as {1: PZ, 2: TZ}")
        if self.kind == "binary" and self.codes:
            raise ValueError("has codes, which only kind labels has; leave them out, or set the kind")
        if len({name.lower() for name in self.codes.values()}) < len(self.codes):
            raise ValueError("names two of its codes alike; rename one")
        return self


class ProtocolTarget(Part):
    """What a fine-tuning may learn: a class, a grade, a number, a time with an event, or a mask."""

    name: TargetName
    kind: Literal["class", "ordinal", "number", "survival", "mask"]
    label: Label = Field(default="", description="What sentences call it; its name unless given.")
    column: Column | None = None
    columns: tuple[Column, Column] | None = Field(default=None, description="Time and event of a survival.")
    classes: tuple[Annotated[str, Field(min_length=1, max_length=60)], ...] = ()
    region: RegionName | None = None
    modalities: tuple[ModalityName, ...] = Field(default=(), description="What it is learnt from; all unless told.")

    @model_validator(mode="after")
    def _what_its_kind_needs(self) -> Self:
        needed = {"survival": "columns", "mask": "region"}.get(self.kind, "column")
        for key in ("column", "columns", "region"):
            if (getattr(self, key) is not None) != (key == needed):
                what = "needs" if key == needed else "has no use for"
                raise ValueError(f"is of kind {self.kind}, which {what} the key {key}")
        if self.kind in ("class", "ordinal") and len(set(self.classes)) < 2:
            raise ValueError(f"is of kind {self.kind}, which needs two different classes or more")
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("lists a class twice; keep one")
        if alike := clash(self.classes):
            raise ValueError(
                f"has the classes {alike[0]!r} and {alike[1]!r}, which one cell could mean both of; rename one"
            )
        if self.kind not in ("class", "ordinal") and self.classes:
            raise ValueError(f"is of kind {self.kind}, which has no classes; leave them out")
        return self


class ProtocolGrid(Part):
    """The grid that a case is measured on (mm), and the window of it that an encoder sees (voxels)."""

    spacing_mm: tuple[Millimetres, Millimetres, Millimetres] = Field(description="x, y, z")
    size_zyx: tuple[Voxels, Voxels, Voxels]
    orientation: Literal["LPS", "as_stored"] = "LPS"


class WindowIntensity(Part):
    """Values between two ends, in the unit of the modality."""

    window: Range


class PercentileIntensity(Part):
    """Values between two percentiles."""

    percentile: Annotated[tuple[Finite, Finite], AfterValidator(_percents)]


IntensityWord = Literal["z-score nonzero", "z-score", "min-max", "none"]
Intensity = Annotated[
    Annotated[IntensityWord, Tag("[word]")]
    | Annotated[WindowIntensity, Tag("[window]")]
    | Annotated[PercentileIntensity, Tag("[percentile]")],
    Discriminator(
        _kind_of_intensity,
        custom_error_type="intensity",
        custom_error_message="write a word, {window: [low, high]} or {percentile: [low, high]}",
    ),
]
