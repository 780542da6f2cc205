"""Segments that a label map names in its own header, as 3D Slicer's .seg.nrrd does."""

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from backend.ingest.regions import region_of
from backend.ingest.rejection import Rejection


def named_segments(segments: Mapping[int, str], what: str) -> dict[int, str]:
    """Code to region of a label map that names all its segments by known words. Raises Rejection for another word."""
    found = {code: region_of(name) for code, name in segments.items()}
    strange = [segments[code] for code, region in found.items() if not region]
    if strange:
        raise Rejection(
            f"The {what} mask names a segment {strange[0][:30]!r}, which is no known region; call it PZ, TZ, lesion or "
            "gland.",
            "zones_unknown",
        )
    return {code: region for code, region in found.items() if region != "background"}


def of_segments(labels: sitk.Image, segments: Mapping[int, str], roi: str) -> sitk.Image:
    """The segments of `roi` in a file that holds others, too; all of it where it names one, or none. Raises Rejection.

    The name of the file already says what a single segment is.
    """
    if len(segments) < 2:
        return labels
    codes = [code for code, name in segments.items() if region_of(name) == roi]
    if not codes:
        names = ", ".join(repr(name[:30]) for name in list(segments.values())[:5])
        raise Rejection(
            f"The {roi} mask holds the segments {names}, none of which is named {roi}; rename it, or export it alone.",
            "zones_unknown",
        )
    values = sitk.GetArrayViewFromImage(labels)
    kept = sitk.GetImageFromArray(np.where(np.isin(values, codes), values, 0).astype(np.uint8))
    kept.CopyInformation(labels)
    return kept
