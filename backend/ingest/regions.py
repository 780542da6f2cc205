"""Makes gland, zones and lesion masks from a label map, by the names of its codes.

Sources disagree (1 is the peripheral zone in one, the transition zone in another), so codes are never taken as they
are: stored zones are always 1 = PZ, 2 = TZ.
"""

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.errors import BadSettings
from backend.ingest.rejection import Rejection

USUAL = {1: "PZ", 2: "TZ"}
STORED = {"PZ": 1, "TZ": 2}
ROUNDING = 1e-4
IGNORE = "ignore"  # nnU-Net's word for voxels that nobody labelled
NAMES = {
    "PZ": ("pz", "peripheral", "peripheral zone"),
    "TZ": ("tz", "transition", "transitional", "transition zone", "transitional zone", "cg", "central gland"),
    "lesion": ("lesion", "lesions", "tumor", "tumour", "cancer", "cspca", "pca", "csPCa lesion"),
    "gland": ("gland", "prostate", "whole gland", "wg", "prostate gland"),
}
MEANING = {name: region for region, names in NAMES.items() for name in (region.lower(), *names)}
MEANING |= {"background": "background", "bg": "background", IGNORE: IGNORE}


def region_of(name: str) -> str:
    """PZ, TZ, lesion, gland, background or ignore by any of their usual names; nothing for other names.

    A number behind the name (`lesion 2`) tells several of a kind apart.
    """
    words = " ".join(re.split(r"[\s_-]+", name.strip().lower()))
    return MEANING.get(words) or MEANING.get(re.sub(r"( area)? ?\d+$", "", words), "")


def parse_codes(text: str) -> dict[int, str]:
    """`1=PZ,2=TZ` as {1: "PZ", 2: "TZ"}. Raises BadSettings."""
    codes: dict[int, str] = {}
    for part in text.split(","):
        code, equals, name = (word.strip() for word in part.partition("="))
        region = region_of(name)
        region = "" if region == IGNORE else region
        if not equals or not code.isdecimal() or not region or not 0 <= int(code) <= 255 or int(code) in codes:
            raise BadSettings(
                f"{part.strip()[:40]!r} names no zone; write code=name with PZ, TZ, lesion, gland, as 1=PZ,2=TZ."
            )
        codes[int(code)] = region
    return {code: region for code, region in codes.items() if region != "background"}


def whole_labels(mask: sitk.Image, what: str) -> sitk.Image:
    """The mask as whole numbers from 0 to 255; programs that scale labels leave 0.9999999. Raises Rejection.

    A map of probabilities would make another region at every threshold, so it is refused.
    """
    values = sitk.GetArrayFromImage(mask)
    if values.dtype == np.uint8:
        return mask
    with np.errstate(invalid="ignore"):
        nearest = np.rint(values)
        wrong = ~((nearest >= 0) & (nearest <= 255) & (np.abs(values - nearest) <= ROUNDING))
    if wrong.any():
        raise Rejection(
            f"The {what} mask holds {values[wrong][0]:.6g}, which is no label: whole numbers from 0 to 255; export it "
            "as a label map.",
            "bad_file",
        )
    return _like(nearest.astype(np.uint8), mask)


def regions(labels: sitk.Image, codes: Mapping[int, str], what: str) -> dict[str, sitk.Image]:
    """gland, lesion and zones masks of a label map; the gland is all of it but what was to be ignored.

    Raises Rejection for an unnamed code.
    """
    array = sitk.GetArrayFromImage(labels)
    found_codes = np.unique(array).tolist()
    unnamed = [code for code in found_codes if code != 0 and code not in codes]
    if unnamed:
        known = ", ".join(f"{code} = {name}" for code, name in sorted(codes.items()))
        raise Rejection(
            f"The {what} mask holds the value {unnamed[0]:g}, which the map {known} does not name; name every code.",
            "zones_unknown",
        )
    found: dict[str, sitk.Image] = {}
    zones = np.zeros(array.shape, np.uint8)
    for code, name in codes.items():
        if name in STORED:
            zones[array == code] = STORED[name]
    if set(codes.values()) & set(STORED):
        found["zones"] = _like(zones, labels)
    if set(codes.values()) & {*STORED, "gland"}:
        drawn = (array > 0) & ~np.isin(array, [code for code, name in codes.items() if name == IGNORE])
        found["gland"] = _like(drawn.astype(np.uint8), labels)
    if "lesion" in codes.values():
        lesion = np.isin(array, [code for code, name in codes.items() if name == "lesion"])
        found["lesion"] = _like(lesion.astype(np.uint8), labels)
    return found


def _like(array: npt.NDArray[np.uint8], image: sitk.Image) -> sitk.Image:
    made = sitk.GetImageFromArray(array)
    made.CopyInformation(image)
    return made
