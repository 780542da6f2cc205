"""The quality of a case's regions for radiomics: the stored measures, and remarks derived from them."""

from collections.abc import Mapping
from typing import Any

from backend.science.imaging.prepare import FEWEST_VOXELS
from shared import schemas as s

FEW_LEVELS = 4
"""Texture of fewer grey levels says little; the settings `paper` give 20 to 32."""


def region_quality(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, s.RegionQuality]:
    """Modality -> quality, from the `quality` of a `Radiomics` row; empty where the region was not measured."""
    return {modality: _of_image(facts) for modality, facts in stored.items()}


def _of_image(facts: Mapping[str, Any]) -> s.RegionQuality:
    levels: dict[str, int] = facts.get("grey_levels", {})
    native = facts.get("native_voxels")
    quality = s.RegionQuality(
        voxels=facts["voxels"],
        native_voxels=native,
        components=facts["components"],
        touches_border=facts["touches_border"],
        few_voxels=native is not None and native < FEWEST_VOXELS,
        grey_levels=levels,
        one_grey_level=[image_type for image_type, n in levels.items() if n <= 1],
        remarks=[],
    )
    return quality.model_copy(update={"remarks": _remarks(quality)})


def _remarks(quality: s.RegionQuality) -> list[str]:
    """What to distrust, a sentence each."""
    few = _few_levels(quality)
    said = {
        f"Only {quality.native_voxels} voxels as drawn; texture of fewer than {FEWEST_VOXELS} is noise.": (
            quality.few_voxels
        ),
        f"The region is in {quality.components} pieces.": quality.components > 1,
        "The region touches the border of the image, where wavelets wrap around.": quality.touches_border,
        f"One grey level in {', '.join(quality.one_grey_level)}: texture is undefined there.": bool(
            quality.one_grey_level
        ),
        f"Fewer than {FEW_LEVELS} grey levels in {', '.join(few)}.": bool(few),
    }
    return [sentence for sentence, holds in said.items() if holds]


def kinds(quality: s.RegionQuality) -> list[str]:
    """The same doubts without their numbers, for counting studies: `the region is in more than one piece`."""
    said = {
        f"the region has fewer than {FEWEST_VOXELS} voxels as drawn, and texture of so few is noise": (
            quality.few_voxels
        ),
        "the region is in more than one piece": quality.components > 1,
        "the region touches the border of the image, where wavelets wrap around": quality.touches_border,
        "an image type has a single grey level in the region, so its texture is undefined": bool(
            quality.one_grey_level
        ),
        f"an image type has fewer than {FEW_LEVELS} grey levels in the region": bool(_few_levels(quality)),
    }
    return [words for words, holds in said.items() if holds]


def _few_levels(quality: s.RegionQuality) -> list[str]:
    return [name for name, n in quality.grey_levels.items() if 1 < n < FEW_LEVELS]
