"""A protocol: what images, regions and targets the cases of a cohort have, declared once."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.schemas.protocol_base import Part
from shared.schemas.protocol_parts import (
    Intensity,
    ModalityName,
    ProtocolGrid,
    ProtocolModality,
    ProtocolRegion,
    ProtocolTarget,
)

Rule = Literal["gland", "zones", "lesion", "zeros_in_gland", "adc_unit"]
NEEDED_BY_RULE: dict[str, tuple[str, ...]] = {
    "gland": ("gland",),
    "zones": ("gland", "zones"),
    "lesion": ("lesion",),
    "zeros_in_gland": ("gland", "DWI", "ADC"),
    "adc_unit": ("ADC",),
}
"""Quality rules of an organ -> the regions and modalities that they look at. General rules need no name."""
PROSTATE = "prostate-mpmri"
"""The protocol of a cohort that names none."""


def _protocol_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,24}", name):
        raise ValueError(f"is {name[:40]!r}; write 1 to 24 small letters, digits or hyphens")
    return name


class Protocol(Part):
    """What a cohort holds; the first modality that is the reference gives the grid."""

    name: Annotated[str, Field(max_length=100), AfterValidator(_protocol_name)]
    description: str = Field(default="", max_length=200)
    open: bool = Field(default=False, description="Modalities and regions are those that an import finds.")
    modalities: tuple[ProtocolModality, ...] = Field(default=(), max_length=24)
    regions: tuple[ProtocolRegion, ...] = Field(default=(), max_length=24)
    targets: tuple[ProtocolTarget, ...] = Field(default=(), max_length=50)
    grid: ProtocolGrid
    intensity: dict[ModalityName, Intensity] = Field(default={})
    display_order: tuple[ModalityName, ...] = ()
    quality: tuple[Rule, ...] = Field(default=(), description="Rules of an organ, beside the general ones.")

    @property
    def id(self) -> str:
        """The name, by which a table of cohorts shows it."""
        return self.name

    @property
    def modality_names(self) -> tuple[str, ...]:
        """Names of the modalities, in the order of an encoder's channels and of radiomics."""
        return tuple(one.name for one in self.modalities)

    @property
    def region_names(self) -> tuple[str, ...]:
        """Names of all masks."""
        return tuple(one.name for one in self.regions)

    @property
    def rois(self) -> tuple[str, ...]:
        """Regions whose features can be extracted: the binary ones."""
        return tuple(one.name for one in self.regions if one.kind == "binary")

    @property
    def target_names(self) -> tuple[str, ...]:
        """What a fine-tuning may learn."""
        return tuple(one.name for one in self.targets)

    @property
    def labelled(self) -> tuple[str, ...]:
        """Masks that hold the codes of several regions."""
        return tuple(one.name for one in self.regions if one.kind == "labels")

    def target(self, name: str) -> ProtocolTarget | None:
        """The target of a name."""
        return next((one for one in self.targets if one.name == name), None)

    @property
    def required_modalities(self) -> tuple[str, ...]:
        """Modalities without which a study is rejected."""
        return tuple(one.name for one in self.modalities if one.required)

    @property
    def reference(self) -> str:
        """The modality whose grid is that of the case; empty where an import will find it."""
        return next((one.name for one in self.modalities if one.reference), "")

    @property
    def is_prostate(self) -> bool:
        """Whether this is the built-in protocol, whose keys and columns are those of earlier versions."""
        return self.name == PROSTATE

    def modality_of(self, word: str) -> str:
        """The modality of a name or alias; nothing for other words."""
        return _owner(self.modalities, word)

    def region_of(self, word: str) -> str:
        """The region of a name or alias; nothing for other words."""
        return _owner(self.regions, word)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for key, parts in (("modalities", self.modalities), ("regions", self.regions)):
            _check_words(f"{key} gives", parts)
        names = [*self.modality_names, *self.region_names]
        _check_once("modalities and regions", names, "has the name")
        _check_words("modalities and regions give", (*self.modalities, *self.regions))
        _check_once("targets", [one.name for one in self.targets], "has the name")
        if not self.open and not self.modalities:
            raise ValueError("modalities is empty; list at least one, or write open: true")
        references = sum(one.reference for one in self.modalities)
        if self.modalities and references != 1:
            raise ValueError(f"modalities has {references} with reference: true; exactly one gives the grid")
        if any(one.reference and not one.required for one in self.modalities):
            raise ValueError("modalities has a reference that is not required; add required: true to it")
        self._check_mentions()
        return self

    def _check_mentions(self) -> None:
        """Names of modalities and regions elsewhere in the protocol."""
        for place, names in (("intensity", self.intensity), ("display_order", self.display_order)):
            self._check_known(place, names, self.modality_names)
        if self.modalities and self.display_order and len(self.display_order) != len(self.modalities):
            raise ValueError("display_order does not list every modality once; correct it")
        _check_once("display_order", self.display_order, "lists")
        for number, target in enumerate(self.targets):
            self._check_known(f"targets[{number}].modalities", target.modalities, self.modality_names)
            self._check_known(f"targets[{number}].region", [target.region] if target.region else (), self.rois)
        for number, region in enumerate(self.regions):
            others = tuple(name for name in self.region_names if name != region.name)
            self._check_known(f"regions[{number}].within", [region.within] if region.within else (), others)
        for rule in self.quality:
            missing = [name for name in NEEDED_BY_RULE[rule] if name not in (*self.modality_names, *self.region_names)]
            if missing:
                raise ValueError(f"quality names the rule {rule}, which looks at {missing[0]}, but there is none")

    def _check_known(self, place: str, names: Iterable[str], known: tuple[str, ...]) -> None:
        unknown = [name for name in names if name not in known]
        if unknown and not self.open:
            raise ValueError(f"{place} names {unknown[0]!r}; there is {', '.join(known) or 'none'}")


def squeezed(word: str) -> str:
    """A word as names are compared: small letters, without blanks, hyphens and underscores.

    However an accent or a wide letter is written, it is the same letter: file names of macOS are decomposed.
    """
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", word).casefold())


def _owner(parts: Iterable[ProtocolModality | ProtocolRegion], word: str) -> str:
    wanted = squeezed(word)
    if not wanted:
        return ""
    return next((one.name for one in parts if wanted in map(squeezed, (one.name, *one.aliases))), "")


def _check_once(place: str, names: Iterable[str], verb: str) -> None:
    doubled = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if doubled:
        raise ValueError(f"{place} {verb} {doubled[0]!r} twice, capital and small letters being the same")


def _check_words(gives: str, parts: Iterable[ProtocolModality | ProtocolRegion]) -> None:
    """One word may not stand for two: a column of a manifest would be one of them, unsaid."""
    owners: dict[str, str] = {}
    for part in parts:
        for word in (part.name, *part.aliases):
            if not squeezed(word):
                raise ValueError(f"{gives} the word {word!r} to {part.name}, which has no letter or digit")
            owner = owners.setdefault(squeezed(word), part.name)
            if owner != part.name:
                raise ValueError(f"{gives} the word {word!r} to both {owner} and {part.name}")


class ProtocolLine(Part):
    """One line of the list of built-in protocols."""

    name: str
    description: str
    modalities: tuple[str, ...]
    regions: tuple[str, ...]
    targets: tuple[str, ...]

    @classmethod
    def of(cls, protocol: Protocol) -> Self:
        """The line of a protocol."""
        return cls(
            name=protocol.name,
            description=protocol.description,
            modalities=protocol.modality_names,
            regions=protocol.region_names,
            targets=protocol.target_names,
        )
