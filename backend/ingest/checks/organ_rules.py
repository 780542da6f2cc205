"""Quality rules of the prostate, as functions that a protocol names; each gives findings, and none is a refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.ingest.checks.body import share_outside_body
from backend.ingest.checks.finding_codes import Finding
from backend.ingest.checks.native import Native
from backend.ingest.clinical import ClinicalRow
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import FEWEST_VOXELS, PreparedCase, binary, resample_mask
from shared.schemas.protocol import Protocol

VOLUME_RATIO = (0.67, 1.5)  # measured / reported gland volume
OUTSIDE_GLAND = 0.1
OUTSIDE_ZONES = 0.25  # AI zones and AI glands of PI-CAI differ by up to a fifth
OUTSIDE_BODY = 0.02
SUSPICIOUS = 4  # PI-RADS
ZONES_APART_MM = 1.0
Masks = Mapping[str, npt.NDArray[np.uint8]]


@dataclass(frozen=True)
class Study:
    """What a rule looks at: the study as acquired, its masks on the working grid, its protocol and clinical row."""

    native: Native
    placed: PreparedCase
    protocol: Protocol
    row: ClinicalRow | None

    @property
    def drawn(self) -> Masks:
        """The masks on the working grid, cut to the box around all that is drawn."""
        return _where_drawn(self.placed.masks)


def gland(study: Study) -> list[Finding]:
    """The gland: there, away from the ends, of the reported volume, inside the body."""
    native, reported_ml = study.native, study.row.volume_ml if study.row else None
    if "gland" not in native.masks:
        sentence = "There is no gland mask: the study can train an encoder, but has no radiomics."
        return [Finding("gland_missing", sentence)]
    found = []
    voxels = sitk.GetArrayViewFromImage(native.masks["gland"])
    ends = [name for name, k in (("first", 0), ("last", -1)) if voxels[k].any()]
    if ends:
        sentence = f"The gland reaches the {' and '.join(ends)} slice, so part of it may be missing."
        found.append(Finding("gland_at_edge", sentence))
    measured = native.volume_ml("gland")
    if reported_ml and not VOLUME_RATIO[0] <= measured / reported_ml <= VOLUME_RATIO[1]:
        sentence = f"The gland mask measures {measured:.1f} mL where the report says {reported_ml:g} mL."
        found.append(Finding("volume_mismatch", sentence))
    reference = study.protocol.reference
    outside = share_outside_body(native.images[reference], native.masks["gland"])
    if outside > OUTSIDE_BODY:
        sentence = f"{outside:.0%} of the gland mask lies outside the body on {reference}."
        found.append(Finding("mask_outside_body", sentence))
    return found


def zones(study: Study) -> list[Finding]:
    """The zones: inside the gland, and the peripheral one behind."""
    drawn, grid = study.drawn, study.placed.grid
    if "zones" not in drawn or "gland" not in drawn:
        return []
    codes = drawn["zones"]
    found = []
    outside = _share_outside(codes > 0, drawn["gland"] > 0)
    if outside > OUTSIDE_ZONES:
        found.append(Finding("zones_outside_gland", f"{outside:.0%} of the zones lie outside the gland mask."))
    if (codes == 1).any() and (codes == 2).any():
        peripheral, transition = (_middle_mm(codes == code, grid) for code in (1, 2))
        front = transition[1] - peripheral[1]  # y runs to posterior
        if front > ZONES_APART_MM:
            sentence = (
                f"The peripheral zone lies {front:.0f} mm in front of the transition zone; the codes may be swapped."
            )
            found.append(Finding("zones_swapped", sentence))
    return found


def lesion(study: Study) -> list[Finding]:
    """The lesion: drawn where PI-RADS says one, inside the gland, large enough for texture."""
    native, drawn, pirads = study.native, study.drawn, study.row.pirads if study.row else None
    labels = native.labels("lesion") if "lesion" in native.masks else ()
    if not labels:
        found = [_no_lesion("lesion" in native.masks)]
        if pirads is not None and pirads >= SUSPICIOUS:
            sentence = f"PI-RADS is {pirads}, but no lesion is drawn: a finding was seen that no mask shows."
            found.append(Finding("lesion_free_suspicious", sentence))
        return found
    found = []
    if labels != (1,):
        values = ", ".join(map(str, labels))
        sentence = f"The lesion mask holds the value {values} (an ISUP grade); every value above 0 is lesion."
        found.append(Finding("lesion_grades", sentence))
    if "gland" in drawn:
        outside = _share_outside(drawn["lesion"] > 0, drawn["gland"] > 0)
        if outside > OUTSIDE_GLAND:
            found.append(Finding("lesion_outside_gland", f"{outside:.0%} of the lesion lies outside the gland mask."))
    volume = native.volume_ml("lesion")
    for modality, image in native.images.items():
        voxels = volume / Grid.of(image).voxel_ml
        if voxels < FEWEST_VOXELS:
            sentence = (
                f"The lesion covers about {voxels:.0f} voxels of {modality} as acquired, too few for texture "
                f"(fewer than {FEWEST_VOXELS})."
            )
            found.append(Finding("few_lesion_voxels", sentence))
    return found


def _no_lesion(empty: bool) -> Finding:
    if empty:
        sentence = "The lesion mask is empty: no clinically significant lesion is drawn, lesion features stay empty."
        return Finding("lesion_empty", sentence)
    sentence = "There is no lesion mask: lesion features stay empty, which does not mean that no lesion was seen."
    return Finding("lesion_absent", sentence)


def zeros_in_gland(study: Study) -> list[Finding]:
    """Zeros inside the gland, counted on each image's own grid: the map failed there."""
    native = study.native
    if "gland" not in native.masks:
        return []
    found, drawn = [], binary(native.masks["gland"])
    for modality in ("DWI", "ADC"):
        if modality not in native.images:
            continue
        inside = _values_inside(native.images[modality], drawn)
        zeros = int(np.count_nonzero(inside == 0))
        if zeros:
            sentence = f"{modality} is zero in {zeros} of {inside.size} voxels of the gland, as acquired."
            found.append(Finding(f"zeros_in_{modality.lower()}", sentence))
    return found


def _where_drawn(masks: Masks) -> Masks:
    """The masks cut to the box around all that is drawn: a gland fills a fiftieth of the grid."""
    z, y, x = (_span(list(masks.values()), across) for across in ((1, 2), (0, 2), (0, 1)))
    return {roi: mask[z, y, x] for roi, mask in masks.items()}


def _span(masks: Sequence[npt.NDArray[np.uint8]], across: tuple[int, int]) -> slice:
    """From the first to the last position, along the axis that is left, at which any mask is drawn."""
    hits = [np.flatnonzero(mask.any(axis=across)) for mask in masks]
    ends = [int(hit[end]) for hit in hits if hit.size for end in (0, -1)]
    return slice(min(ends), max(ends) + 1) if ends else slice(0, 0)


def _share_outside(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> float:
    return int(np.count_nonzero(part & ~whole)) / max(int(np.count_nonzero(part)), 1)


def _values_inside(image: sitk.Image, mask: sitk.Image) -> npt.NDArray[np.float64]:
    inside = resample_mask(mask, Grid.of(image)) > 0
    values: npt.NDArray[np.float64] = sitk.GetArrayViewFromImage(image)[inside].astype(np.float64)
    return values


def _middle_mm(where: npt.NDArray[np.bool_], grid: Grid) -> npt.NDArray[np.float64]:
    """Centre of mass in mm from the box's corner, along the grid's own axes: to the left, to posterior, up."""
    middle = np.array([axis.mean() for axis in np.nonzero(where)[::-1]])
    return np.asarray(middle * grid.spacing, dtype=np.float64)


RULES: dict[str, Callable[[Study], list[Finding]]] = {
    "gland": gland,
    "zones": zones,
    "lesion": lesion,
    "zeros_in_gland": zeros_in_gland,
}
"""Rule of a protocol's `quality` -> its function; `adc_unit` converts values and stands in `adc_unit.py`."""
COVERED = {"gland": "gland", "zones": "zones", "lesion": "lesion"}
"""Rule -> the region about which the general rules then say nothing."""
