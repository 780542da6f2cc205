"""A target as a training knows it: its kind, its classes, and which channels it is learnt from; without torch."""

from dataclasses import dataclass
from typing import Literal

from backend.science.tables.target_cells import rising

Kind = Literal["class", "ordinal", "number", "survival", "mask"]


@dataclass(frozen=True)
class Target:
    """What a fine-tuning learns.

    Attributes:
        name: as requests and records have it.
        kind: which head, loss and scores it has.
        words: what sentences call it; the name unless told.
        classes: names of the classes; grades in rising order.
        region: name of the region of a mask.
        channels: positions of the channels that are seen, None = all.
    """

    name: str
    kind: Kind
    words: str = ""
    classes: tuple[str, ...] = ()
    region: str = ""
    channels: tuple[int, ...] | None = None

    @property
    def called(self) -> str:
        """What sentences call it."""
        return self.words or self.name

    @property
    def ordered(self) -> bool:
        """Whether its classes are grades: declared so, or numbers in rising order."""
        return self.kind == "ordinal" or (self.kind == "class" and rising(self.classes))

    @property
    def has_sides(self) -> bool:
        """Whether a class is a side of the body, which a mirrored image would swap."""
        return any(word in ("left", "right", "l", "r") for name in self.classes for word in name.casefold().split())
