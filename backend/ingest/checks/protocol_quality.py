"""General quality rules, of no organ: grids, fields of view, edges, emptiness, zeros, far values, reported volumes."""

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from backend.ingest.checks.far_values import far_values
from backend.ingest.checks.finding_codes import Finding
from backend.ingest.checks.near_zeros import near_zeros
from backend.ingest.checks.quality import IN_FIELD, VOLUME_RATIO, Native, size_of
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import FEWEST_VOXELS, PreparedCase, binary, resample_mask
from shared.schemas.protocol import Protocol


def general_findings(
    native: Native, case: PreparedCase, protocol: Protocol, reported_ml: Mapping[str, float]
) -> list[Finding]:
    """All findings about one study; `reported_ml`: region -> volume that the clinical table gives."""
    found = [*_placement(native, case, protocol)]
    for region in protocol.regions:
        if region.name in native.masks:
            found += _region(native, region.name, reported_ml.get(region.name))
            found += _zeros(native, region.name, protocol)
        else:
            sentence = f"There is no {region.name} mask: its features stay empty."
            found.append(Finding("region_absent", sentence))
    measured = {name: image for name, image in native.images.items() if _zero_is_nothing(protocol, name)}
    return [*found, *far_values(native.images), *near_zeros(measured)]


def _placement(native: Native, case: PreparedCase, protocol: Protocol) -> list[Finding]:
    reference = protocol.reference
    of_grid = size_of(native.images[reference])
    found = [
        Finding(
            "region_regridded",
            f"The {roi} mask lies on another grid than the {reference} ({size_of(native.masks[roi])} against "
            f"{of_grid}) and was resampled by position.",
        )
        for roi in case.regridded
    ]
    for modality, share in case.in_field.items():
        if share < IN_FIELD:
            sentence = f"{modality} covers only {share:.0%} of the {reference}; its features see 0 elsewhere."
            found.append(Finding("partial_cover", sentence))
    return found


def _region(native: Native, roi: str, reported_ml: float | None) -> list[Finding]:
    mask = native.masks[roi]
    voxels = sitk.GetArrayViewFromImage(mask)
    if not voxels.any():
        return [Finding("region_empty", f"The {roi} mask is empty: its features stay empty.")]
    found = []
    ends = [name for name, k in (("first", 0), ("last", -1)) if voxels[k].any()]
    if ends:
        sentence = f"The {roi} reaches the {' and '.join(ends)} slice, so part of it may be missing."
        found.append(Finding("region_at_edge", sentence))
    measured = native.volume_ml(roi)
    if reported_ml and not VOLUME_RATIO[0] <= measured / reported_ml <= VOLUME_RATIO[1]:
        sentence = f"The {roi} mask measures {measured:.1f} mL where the clinical table says {reported_ml:g} mL."
        found.append(Finding("region_volume", sentence))
    for modality, image in native.images.items():
        count = measured / Grid.of(image).voxel_ml
        if count < FEWEST_VOXELS:
            sentence = (
                f"The {roi} covers about {count:.0f} voxels of {modality} as acquired, too few for texture (fewer than "
                f"{FEWEST_VOXELS})."
            )
            found.append(Finding("few_region_voxels", sentence))
    return found


def _zeros(native: Native, roi: str, protocol: Protocol) -> list[Finding]:
    """Zeros inside a region, where zero means that nothing was measured."""
    found, drawn = [], binary(native.masks[roi])
    for modality, image in native.images.items():
        if not _zero_is_nothing(protocol, modality):
            continue
        inside = sitk.GetArrayViewFromImage(image)[resample_mask(drawn, Grid.of(image)) > 0]
        zeros = int(np.count_nonzero(inside == 0))
        if zeros:
            sentence = f"{modality} is zero in {zeros} of {inside.size} voxels of the {roi}, as acquired."
            found.append(Finding("zeros_in_region", sentence))
    return found


def _zero_is_nothing(protocol: Protocol, modality: str) -> bool:
    """Whether the z-score of this modality leaves zeros out; 0 HU is water."""
    return protocol.intensity.get(modality) == "z-score nonzero"
