"""How the viewer shows cases of a protocol: pictures and their windows, regions and their colours."""

from pydantic import Field

from shared.schemas.base import MaskKind, Modality, Schema


class ShownModality(Schema):
    """One picture of the viewer, in a case that lacks the image too."""

    name: Modality
    unit: str
    window: tuple[float, float] | None = Field(description="The protocol's; null where each image has its own.")


class ShownCode(Schema):
    """One value of a mask that holds the codes of several regions."""

    code: int
    name: str
    colour: str


class ShownRegion(Schema):
    """One mask that can be outlined; `codes` is empty for a region of its own."""

    name: MaskKind
    colour: str
    codes: list[ShownCode]


class CaseDisplay(Schema):
    """What a case's pictures and outlines are, in the order in which they are shown."""

    modalities: list[ShownModality]
    regions: list[ShownRegion]
    finding: MaskKind | None = Field(description="The region that a case opens on.")
    frame: MaskKind | None = Field(description="The region that a picture is fitted to; null shows all of it.")
