"""Quality checks of a study: findings that a person should know before trusting its numbers; none is a refusal.

General rules hold for every protocol: grids, fields of view, edges, emptiness, zeros, far values, reported volumes.
Those of an organ are functions that the protocol names; about their regions the general ones say nothing.
"""

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from backend.ingest.checks.far_values import far_values
from backend.ingest.checks.finding_codes import Finding
from backend.ingest.checks.native import Native, size_of
from backend.ingest.checks.near_zeros import near_zeros
from backend.ingest.checks.organ_rules import COVERED, RULES, VOLUME_RATIO, Study
from backend.ingest.clinical import ClinicalRow
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import FEWEST_VOXELS, PreparedCase, binary, resample_mask
from shared.schemas.protocol import Protocol

IN_FIELD = 0.995


def findings(
    native: Native,
    placed: PreparedCase,
    protocol: Protocol,
    row: ClinicalRow | None,
    reported_ml: Mapping[str, float] | None = None,
) -> list[Finding]:
    """All findings about one study; `placed` needs no images; `reported_ml`: region -> volume of a clinical column."""
    found = _placement(native, placed, protocol)
    study = Study(native, placed, protocol, row)
    for rule in protocol.quality:
        found += RULES[rule](study) if rule in RULES else []
    covered = {COVERED[rule] for rule in protocol.quality if rule in COVERED}
    for region in protocol.regions:
        if region.name in covered:
            continue
        if region.name in native.masks:
            found += _region(native, region.name, (reported_ml or {}).get(region.name))
            found += _zeros(native, region.name, protocol)
        else:
            sentence = f"There is no {region.name} mask: its features stay empty."
            found.append(Finding("region_absent", sentence))
    measured = {name: image for name, image in native.images.items() if _zero_is_nothing(protocol, name)}
    return [*found, *far_values(native.images), *near_zeros(measured)]


def _placement(native: Native, placed: PreparedCase, protocol: Protocol) -> list[Finding]:
    """Masks on other grids, and images that do not cover the gland, or the reference where there is none."""
    reference, of_gland = protocol.reference, "gland" in protocol.quality
    of_grid, than = size_of(native.images[reference]), "" if of_gland else f" than the {reference}"
    found = [
        Finding(
            "regridded" if of_gland else "region_regridded",
            f"The {roi} mask lies on another grid{than} ({size_of(native.masks[roi])} against {of_grid}) and was "
            "resampled by position.",
        )
        for roi in placed.regridded
    ]
    for modality, share in placed.in_field.items():
        if share >= IN_FIELD:
            continue
        whole, rest = reference, "its features see 0 elsewhere"
        if "gland" in native.masks:  # then this is the share that the preparing looked at
            whole = "gland"
        elif of_gland:
            whole, rest = f"{reference}'s field of view", "an encoder sees 0 elsewhere"
        code = "partial_field" if of_gland else "partial_cover"
        sentence = f"{modality} covers only {share:.0%} of the {whole}; {rest}."
        found.append(Finding(code, sentence))
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
