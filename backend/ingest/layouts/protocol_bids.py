"""BIDS under a protocol: images by suffix and entities (`ce-gd_T1w`, `FLAIR`), masks by `label`, `desc` or suffix.

`ce` (contrast) tells two images of one suffix apart: where the protocol has an alias such as `ce-gd_T1w`, any contrast
with this suffix is that modality, and the suffix alone is the other one. A `_dseg` with a table beside it (.tsv) gives
the regions that the table names; one without is the protocol's only region. A diffusion image is what its `desc` or
`acq` names, such as `desc-ADC_dwi`: a map is not the image it was made of.
"""

from functools import partial
from pathlib import Path

from backend.errors import BadImage
from backend.ingest.layouts.bids_studies import Entities, check_single, named_codes, parsed, plan_of, studies
from backend.ingest.layouts.planned_case import Plan, PlannedCase
from shared.schemas.protocol import Protocol, squeezed
from shared.schemas.protocol_parts import ProtocolRegion

MASKS = ("mask", "dseg", "seg", "roi")
NARROWING = ("label", "desc")
NO_CONTRAST = ("none", "no", "without")
MAPS = frozenset(("adc", "fa", "md", "rd", "ad", "s0", "b0"))
"""What is stored with the suffix of a diffusion image, and is none."""


def plan(root: Path, protocol: Protocol) -> Plan:
    """The studies of a BIDS data set. Raises BadImage."""
    cases = studies(root, partial(_add, protocol, root))
    for case in cases:
        for modality, found in list(case.choices.items()):
            paths = case.choices[modality] = _without_contrast(protocol, modality, found)
            case.images[modality] = paths[0]
            if len(paths) == 1:
                del case.choices[modality]
    chosen = [case for case in cases if case.images or case.has_masks]
    if not any(case.images for case in chosen):
        names = ", ".join(protocol.modality_names)
        raise BadImage(
            f"{root.name} holds no study in the layout `bids` with images of {protocol.name} ({names}); expected files "
            f"such as sub-X/anat/sub-X_{protocol.reference}.nii.gz, or with an alias."
        )
    return plan_of(chosen, root, protocol)


def _without_contrast(protocol: Protocol, modality: str, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Of images with and without contrast those without, for a modality that names no contrast."""
    aliases = next(one.aliases for one in protocol.modalities if one.name == modality)
    if any(alias.lower().startswith("ce-") for alias in aliases):
        return paths
    plain = tuple(path for path in paths if parsed(path.name)[0].get("ce", "none").lower() in NO_CONTRAST)
    return plain or paths


def _add(protocol: Protocol, root: Path, case: PlannedCase, path: Path, entities: Entities, suffix: str) -> None:
    if suffix in MASKS:
        _add_mask(case, path, entities, suffix, protocol, root)
    elif modality := _modality(entities, suffix, protocol):
        case.choices[modality] = (*case.choices.get(modality, ()), path)


def _modality(entities: Entities, suffix: str, protocol: Protocol) -> str:
    if entities.get("ce", "none").lower() not in NO_CONTRAST:
        of_contrast = (
            one.name
            for one in protocol.modalities
            for alias in one.aliases
            if alias.lower().startswith("ce-") and alias.lower().endswith(f"_{suffix}")
        )
        named = protocol.modality_of(f"ce-{entities['ce']}_{suffix}") or next(of_contrast, "")
        if named:
            return named
    for key in ("desc", "acq", "rec", "part"):
        if key in entities and (named := protocol.modality_of(f"{key}-{entities[key]}_{suffix}")):
            return named
    if suffix == "dwi":
        told = [entities[key] for key in ("desc", "param", "acq", "rec") if key in entities]
        if named := next((name for word in told if (name := protocol.modality_of(word))), ""):
            return named
        if any(word.lower() in MAPS for word in told):
            return ""
    return protocol.modality_of(suffix)


def _add_mask(case: PlannedCase, path: Path, entities: Entities, suffix: str, protocol: Protocol, root: Path) -> None:
    """A mask of one region, a map of several, or neither, which the import then lists as not used."""
    words = [entities[key] for key in NARROWING if key in entities]
    region = next((found for word in words if (found := protocol.region_of(word))), "")
    if suffix == "dseg" and region in protocol.labelled:
        _check_names(case, path, root, next(one for one in protocol.regions if one.name == region))
    elif suffix == "dseg":
        named = named_codes(case, path, root, protocol.region_of)
        if named:
            check_single("label map", case.labels, path)
            case.labels, case.region_codes = path, _codes(named)
        if (named is not None and not region) or region in case.region_codes:
            return
    if not region and not words:
        single = protocol.rois[0] if len(protocol.rois) == 1 and suffix != "mask" else ""
        region = protocol.region_of(suffix) or single
    if region:
        check_single(region, case.masks.get(region), path)
        case.masks[region] = path


def _check_names(case: PlannedCase, path: Path, root: Path, region: ProtocolRegion) -> None:
    """Raise BadImage where the table beside a label map gives a code the name that another one has in the protocol."""
    codes = {squeezed(name): code for code, name in region.codes.items()}
    for code, name in named_codes(case, path, root, squeezed) or ():
        if codes.get(name, code) != code:
            said = f"{codes[name]} = {region.codes[codes[name]]}"
            raise BadImage(f"the table of {path.name} gives {code} the name of {said} of the protocol; correct one.")


def _codes(named: list[tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    """Region -> its codes."""
    found: dict[str, tuple[int, ...]] = {}
    for code, region in named:
        found[region] = (*found.get(region, ()), code)
    return found
