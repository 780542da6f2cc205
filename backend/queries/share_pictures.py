"""Pictures of a share link: one slice of a case with its regions outlined, and the words that go with it."""

import colorsys
from dataclasses import dataclass

from backend.models import Case
from backend.rendering import slice_png
from backend.science.text_format import words_only
from backend.storage.blob_store import BlobStore
from backend.storage.region_volumes import volumes_ml
from shared.protocol_words import region_colours, shown_modalities, spoken
from shared.schemas.protocol import Protocol

OLDEST_SHOWN = 89
HUES = ((30, "red"), (50, "orange"), (75, "yellow"), (170, "green"), (260, "blue"), (335, "purple"), (360, "red"))
"""Degrees of hue below which a colour has that name."""
FEWEST_COLOUR = 0.15
"""Saturation below which a colour is grey."""


@dataclass(frozen=True)
class SharedPicture:
    """A picture, what it shows without the name of its case, and which outline has which colour."""

    png: bytes
    modality: str
    words: str
    outlines: str


def shared_picture(files: BlobStore, case: Case, protocol: Protocol, modality: str) -> SharedPicture | None:
    """The slice a case opens on, of that modality where it has it, else of the first shown; None without images."""
    kinds = {volume.kind for volume in case.volumes}
    known = [name for name in shown_modalities(protocol) if name in kinds]
    if not known:
        return None
    chosen = modality if modality in known else protocol.reference if protocol.reference in known else known[0]
    png = slice_png.case_picture(files, case, protocol, chosen, None, None, protocol.rois)
    volumes = volumes_ml(case, protocol.rois)
    outlined = [name for name in protocol.rois if name in kinds and volumes.get(name) != 0]
    colours = region_colours(protocol)
    return SharedPicture(
        png,
        chosen,
        f"{words_only(chosen)} slice" + (f" with {_listed(outlined)} outlined" if outlined else ""),
        ", ".join(f"{_spoken(name)} {colour_word(colours[name])}" for name in outlined),
    )


def facts(case: Case) -> str:
    """What may be told of the patient: `, PI-RADS 4, age 65`; the oldest are few enough to be recognised."""
    known = [
        f"PI-RADS {case.pirads}" if case.pirads is not None else "",
        f"age {age_words(case.age)}" if case.age is not None else "",
    ]
    return "".join(f", {fact}" for fact in known if fact)


def age_words(age: float) -> str:
    """An age in whole years; the oldest are few enough to be recognised."""
    return "90+" if age > OLDEST_SHOWN else str(int(age))


def colour_word(colour: str) -> str:
    """The everyday name of `#56B4E9`."""
    red, green, blue = (part / 255 for part in bytes.fromhex(colour.removeprefix("#")))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    if saturation < FEWEST_COLOUR:
        return "white" if value > 0.9 else "grey"
    return next(name for below, name in HUES if hue * 360 < below)


def _spoken(name: str) -> str:
    return words_only(spoken(name))


def _listed(names: list[str]) -> str:
    words = [_spoken(name) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
