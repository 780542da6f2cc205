"""What to know about a study before trusting its numbers: one sentence a finding, none of them a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.science.grid import Grid
from backend.science.images import FEWEST_VOXELS, PreparedCase, resample_mask

VOLUME_RATIO = (0.67, 1.5)  # measured / reported gland volume
OUTSIDE_GLAND = 0.1
IN_FIELD = 0.995


@dataclass(frozen=True)
class Native:
    """A study as acquired, before resampling: images by modality, masks by roi."""

    images: Mapping[str, sitk.Image]
    masks: Mapping[str, sitk.Image]

    def volume_ml(self, roi: str) -> float:
        """Volume of the mask as drawn."""
        mask = self.masks[roi]
        return int(np.count_nonzero(sitk.GetArrayViewFromImage(mask))) * Grid.of(mask).voxel_ml

    def labels(self, roi: str) -> tuple[int, ...]:
        """Values above 0 that the mask holds."""
        values = np.unique(sitk.GetArrayViewFromImage(self.masks[roi]))
        return tuple(int(value) for value in values if value > 0)


def findings(native: Native, case: PreparedCase, reported_ml: float | None) -> tuple[str, ...]:
    """All warnings about one study, as sentences."""
    sentences = [
        *_placement(native, case),
        *_gland(native, reported_ml),
        *_lesion(native, case),
        *_zeros(native),
    ]
    return tuple(sentences)


def _placement(native: Native, case: PreparedCase) -> list[str]:
    t2 = _size(native.images["T2"])
    sentences = [
        f"The {roi} mask lies on another grid ({_size(native.masks[roi])} against {t2}) and was resampled by position."
        for roi in case.regridded
    ]
    for modality, share in case.in_field.items():
        if share < IN_FIELD:
            sentences.append(f"{modality} covers only {share:.0%} of the gland; its features see 0 elsewhere.")
    return sentences


def _gland(native: Native, reported_ml: float | None) -> list[str]:
    sentences = []
    gland = sitk.GetArrayViewFromImage(native.masks["gland"])
    ends = [name for name, k in (("first", 0), ("last", -1)) if gland[k].any()]
    if ends:
        sentences.append(f"The gland reaches the {' and '.join(ends)} slice, so part of it may be missing.")
    measured = native.volume_ml("gland")
    if reported_ml and not VOLUME_RATIO[0] <= measured / reported_ml <= VOLUME_RATIO[1]:
        sentences.append(f"The gland mask measures {measured:.1f} mL where the report says {reported_ml:g} mL.")
    return sentences


def _lesion(native: Native, case: PreparedCase) -> list[str]:
    if "lesion" not in native.masks:
        return ["There is no lesion mask: lesion features stay empty, which does not mean that no lesion was seen."]
    labels = native.labels("lesion")
    if not labels:
        return ["The lesion mask is empty: no clinically significant lesion is drawn, lesion features stay empty."]
    sentences = []
    if labels != (1,):
        values = ", ".join(map(str, labels))
        sentences.append(f"The lesion mask holds the value {values} (an ISUP grade); every value above 0 is lesion.")
    lesion, gland = case.masks["lesion"] > 0, case.masks["gland"] > 0
    outside = float((lesion & ~gland).sum() / max(int(lesion.sum()), 1))
    if outside > OUTSIDE_GLAND:
        sentences.append(f"{outside:.0%} of the lesion lies outside the gland mask.")
    volume = native.volume_ml("lesion")
    for modality, image in native.images.items():
        voxels = volume / Grid.of(image).voxel_ml
        if voxels < FEWEST_VOXELS:
            sentences.append(
                f"The lesion covers about {voxels:.0f} voxels of {modality} as acquired, too few for texture "
                f"(fewer than {FEWEST_VOXELS})."
            )
    return sentences


def _zeros(native: Native) -> list[str]:
    """Zeros inside the gland, counted on each image's own grid: the map failed there."""
    sentences = []
    for modality in ("DWI", "ADC"):
        image = native.images[modality]
        inside = _values_inside(image, native.masks["gland"])
        zeros = int(np.count_nonzero(inside == 0))
        if zeros:
            sentences.append(f"{modality} is zero in {zeros} of {inside.size} voxels of the gland, as acquired.")
    return sentences


def _values_inside(image: sitk.Image, mask: sitk.Image) -> npt.NDArray[np.float64]:
    inside = resample_mask(sitk.Cast(mask > 0, sitk.sitkUInt8), Grid.of(image)) > 0
    values: npt.NDArray[np.float64] = sitk.GetArrayViewFromImage(image)[inside].astype(np.float64)
    return values


def _size(image: sitk.Image) -> str:
    return "x".join(str(n) for n in image.GetSize())
