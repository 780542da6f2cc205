"""What may be told of a patient on a shared page, and which outline of a picture has which colour."""

import colorsys

from backend.models import Case
from backend.queries.shared_page.lay_words import capital, region
from backend.storage.region_volumes import volumes_ml
from shared.protocol_words import region_colours
from shared.schemas.protocol import Protocol

OLDEST_SHOWN = 89
HUES = ((30, "red"), (50, "orange"), (75, "yellow"), (170, "green"), (260, "blue"), (335, "purple"), (360, "red"))
"""Degrees of hue below which a colour has that name."""
FEWEST_COLOUR = 0.15
"""Saturation below which a colour is grey."""


def patient_words(case: Case, roi: str) -> str:
    """`Gland 58 mL, PI-RADS 4, age 65`: sizes and scores, and the oldest ages coarse; empty where nothing is known."""
    volume = volumes_ml(case, [roi]).get(roi)
    known = [
        f"{region(roi)} {volume_words(volume)}" if volume else "",
        f"PI-RADS {case.pirads}" if case.pirads is not None else "",
        f"age {age_words(case.age)}" if case.age is not None else "",
    ]
    return capital(", ".join(fact for fact in known if fact))


def volume_words(volume: float) -> str:
    """`58 mL`; small ones with a digit after the point."""
    return f"{volume:.0f} mL" if volume >= 10 else f"{volume:.1f} mL"


def age_words(age: float) -> str:
    """An age in whole years; the oldest are few enough to be recognised."""
    return "90+" if age > OLDEST_SHOWN else str(int(age))


def outlined(case: Case, protocol: Protocol) -> list[str]:
    """The regions that are outlined in pictures of a case, by name."""
    kinds, volumes = {volume.kind for volume in case.volumes}, volumes_ml(case, protocol.rois)
    return [name for name in protocol.rois if name in kinds and volumes.get(name) != 0]


def outline_words(names: list[str], protocol: Protocol) -> str:
    """`gland blue, lesion yellow`."""
    colours = region_colours(protocol)
    return ", ".join(f"{region(name)} {colour_word(colours[name])}" for name in names)


def colour_word(colour: str) -> str:
    """The everyday name of `#56B4E9`."""
    red, green, blue = (part / 255 for part in bytes.fromhex(colour.removeprefix("#")))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    if saturation < FEWEST_COLOUR:
        return "white" if value > 0.9 else "grey"
    return next(name for below, name in HUES if hue * 360 < below)
