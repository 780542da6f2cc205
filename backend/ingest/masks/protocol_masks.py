"""Masks of a study under another protocol than the prostate's, what it requires, and its general quality rules."""

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from backend.errors import BadImage
from backend.ingest.checks.adc_unit import in_one_unit
from backend.ingest.checks.finding_codes import Finding
from backend.ingest.checks.native import Native
from backend.ingest.checks.not_finite import finite_images
from backend.ingest.checks.quality import findings
from backend.ingest.clinical import ClinicalRow
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.regions import whole_labels
from backend.ingest.rejection import Rejection
from backend.ingest.sandbox.read_images import CheckedImage
from backend.science.imaging.prepare import PreparedCase, binary, prepare
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolRegion


def check_required(case: PlannedCase, protocol: Protocol) -> None:
    """Raises Rejection where a required image or mask has no file."""
    for modality in protocol.required_modalities:
        if modality not in case.images:
            raise Rejection(
                f"there is no {modality} file, which the protocol {protocol.name} requires; add it.", "modality_missing"
            )
    for region in protocol.regions:
        if region.required and region.name not in (*case.masks, *case.region_codes):
            raise Rejection(
                f"there is no {region.name} mask, which the protocol {protocol.name} requires; add it.",
                "region_missing",
            )


def check_read(inputs: Mapping[str, CheckedImage], protocol: Protocol) -> None:
    """Raises Rejection where a required image or mask is not among those that were read, as of a DICOM study."""
    for modality in protocol.required_modalities:
        if modality not in inputs:
            sentence = f"there is no {modality} series, which the protocol {protocol.name} requires; add it."
            raise Rejection(sentence, "modality_missing")
    for region in protocol.regions:
        if region.required and region.name not in inputs and "labels" not in inputs:
            raise Rejection(
                f"there is no {region.name} mask, which the protocol {protocol.name} requires; add a mask file, or a "
                "DICOM SEG or RTSTRUCT that names it.",
                "region_missing",
            )


def masks_by_protocol(
    case: PlannedCase, inputs: Mapping[str, CheckedImage], protocol: Protocol
) -> dict[str, sitk.Image]:
    """Masks by region: from files of their own, else from the codes of the label map. Raises Rejection."""
    masks: dict[str, sitk.Image] = {}
    regions = {region.name: region for region in protocol.regions}
    if "labels" in inputs:
        labels = whole_labels(inputs["labels"].image, "labels")
        values = sitk.GetArrayFromImage(labels)
        for roi, codes in case.region_codes.items():
            kept = np.isin(values, codes)
            drawn = kept.astype(np.uint8) if regions[roi].kind == "binary" else np.where(kept, values, 0)
            masks[roi] = sitk.GetImageFromArray(drawn)
            masks[roi].CopyInformation(labels)
            _check_codes(masks[roi], regions[roi])
    for region in protocol.regions:
        if region.name not in inputs:
            continue
        labels = whole_labels(inputs[region.name].image, region.name)
        masks[region.name] = binary(labels) if region.kind == "binary" else labels
        _check_codes(masks[region.name], region)
    return masks


def _check_codes(mask: sitk.Image, region: ProtocolRegion) -> None:
    """Raises Rejection for a value of a label map that the protocol does not name."""
    unnamed = set(np.unique(sitk.GetArrayViewFromImage(mask)).tolist()) - {0, *region.codes}
    if region.kind == "labels" and unnamed:
        known = ", ".join(f"{code} = {name}" for code, name in region.codes.items())
        raise Rejection(
            f"The {region.name} mask holds the value {min(unnamed)}, which {known} does not name; name every code "
            "in the protocol.",
            "zones_unknown",
        )


def checked_by_protocol(
    case: PlannedCase,
    inputs: Mapping[str, CheckedImage],
    masks: Mapping[str, sitk.Image],
    protocol: Protocol,
    row: ClinicalRow | None,
) -> tuple[Native, list[Finding]]:
    """The study as acquired, and what was found. Raises Rejection where it cannot be used."""
    images = {name: inputs[name].image for name in protocol.modality_names if name in inputs}
    finite, unusable = finite_images(images, masks.values())
    if "adc_unit" in protocol.quality and "ADC" in finite:
        adc = in_one_unit(finite["ADC"], masks.get("gland"), inputs["ADC"].unit)
        finite, unusable = {**finite, "ADC": adc.image}, [*unusable, *adc.findings]
    native = Native(finite, dict(masks))
    placed = _placed(native, protocol)
    for region in protocol.regions:
        if region.required and not sitk.GetArrayViewFromImage(native.masks[region.name]).any():
            raise Rejection(f"the {region.name} mask is empty; draw or replace it.", "region_void")
    return native, [*findings(native, placed, protocol, row, _reported(case, row, protocol)), *unusable]


def _reported(case: PlannedCase, row: ClinicalRow | None, protocol: Protocol) -> dict[str, float]:
    """Region -> the volume in mL that its clinical column gives; other cells say nothing about it."""
    cells: dict[str, object] = {**case.others, **(row.others if row else {})}
    cells = {name.lower(): cell for name, cell in cells.items()} | {"volume_ml": row.volume_ml if row else None}
    found = {}
    for region in protocol.regions:
        try:
            found[region.name] = float(str(cells.get((region.volume_column or "").lower())))
        except ValueError:
            continue
    return found


def _placed(native: Native, protocol: Protocol) -> PreparedCase:
    labelled = [region.name for region in protocol.regions if region.kind == "labels"]
    grid = protocol.grid
    try:
        return prepare(
            *(native.images, native.masks, grid.spacing_mm),
            interpolate=False,
            orientation=grid.orientation,
            reference=protocol.reference,
            labelled=labelled,
        )
    except BadImage as refusal:
        raise Rejection(refusal.sentence, "off_reference") from None
