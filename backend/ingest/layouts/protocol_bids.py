"""BIDS under a protocol: images by suffix and entities (`ce-gd_T1w`, `FLAIR`), masks by `label`, `desc` or suffix.

`ce` (contrast) tells two images of one suffix apart: where the protocol has an alias such as `ce-gd_T1w`, any contrast
with this suffix is that modality, and the suffix alone is the other one. A `_dseg` with a table beside it (.tsv) gives
the regions that the table names; one without is the protocol's only region.
"""

import csv
import io
from pathlib import Path

from backend.errors import BadImage
from backend.ingest.formats.read_image import stem
from backend.ingest.layouts.bids import NAME, parsed
from backend.ingest.layouts.folder_files import files_below
from backend.ingest.layouts.planned_case import Plan, PlannedCase
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_SIDE_FILE_BYTES
from shared.schemas.protocol import Protocol

__all__ = ["NAME", "plan"]
MASKS = ("mask", "dseg", "seg", "roi")
NARROWING = ("label", "desc")


def plan(root: Path, protocol: Protocol) -> Plan:
    """The studies of a BIDS data set. Raises BadImage."""
    cases: dict[str, PlannedCase] = {}
    for path in files_below(root):
        if not path.name.startswith("sub-") or not stem(path.name):
            continue
        entities, suffix = parsed(path.name)
        if "sub" not in entities:
            continue
        study_id = "_".join(entities[key] for key in ("sub", "ses") if key in entities)
        case = cases.setdefault(study_id, PlannedCase(entities["sub"], study_id))
        if suffix in MASKS:
            _add_mask(case, path, entities, suffix, protocol, root)
        elif modality := _modality(entities, suffix, protocol):
            case.choices[modality] = (*case.choices.get(modality, ()), path)
    for case in cases.values():
        for modality, paths in list(case.choices.items()):
            case.images[modality] = paths[0]
            if len(paths) == 1:
                del case.choices[modality]
    chosen = [case for case in cases.values() if case.images or case.has_masks]
    if not any(case.images for case in chosen):
        names = ", ".join(protocol.modality_names)
        raise BadImage(
            f"{root.name} holds no study in the layout `bids` with images of {protocol.name} ({names}); expected files "
            f"such as sub-X/anat/sub-X_{protocol.reference}.nii.gz, or with an alias."
        )
    chosen.sort(key=lambda case: (case.patient_id, case.study_id))
    files = {path.name for case in chosen for path in (*case.images.values(), *case.masks.values())}
    files |= {path.name for case in chosen for paths in case.choices.values() for path in paths}
    files |= {case.labels.name for case in chosen if case.labels}
    sessions = "session" if len(chosen) == 1 else "sessions"
    why = f"layout bids under {protocol.name}: {len(chosen)} {sessions} of files named sub-*."
    described = tuple(path for path in (root / NAME,) if path.is_file())
    return Plan(tuple(chosen), why, "bids", tuple(sorted(files)), described)


def _modality(entities: dict[str, str], suffix: str, protocol: Protocol) -> str:
    if "ce" in entities:
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
    return protocol.modality_of(suffix)


def _add_mask(
    case: PlannedCase, path: Path, entities: dict[str, str], suffix: str, protocol: Protocol, root: Path
) -> None:
    """A mask of one region, a map of several, or neither, which the import then lists as not used."""
    words = [entities[key] for key in NARROWING if key in entities]
    region = next((found for word in words if (found := protocol.region_of(word))), "")
    table = beside(path.parent, (f"{stem(path.name)}.tsv",), root) if suffix == "dseg" else None
    if not region and table is not None:
        case.side_files.append(table)
        _check_single(case, "label map", case.labels, path)
        case.labels, case.region_codes = path, _codes(table, protocol)
        return
    if not region and not words:
        single = protocol.rois[0] if len(protocol.rois) == 1 and suffix != "mask" else ""
        region = protocol.region_of(suffix) or single
    if region:
        _check_single(case, region, case.masks.get(region), path)
        case.masks[region] = path


def _check_single(case: PlannedCase, what: str, first: Path | None, path: Path) -> None:
    if first is not None:
        case.problem = f"two files claim to be its {what} ({first.name} and {path.name}); keep one"


def _codes(table: Path, protocol: Protocol) -> dict[str, tuple[int, ...]]:
    """Region -> its codes, of the names that the protocol has. Raises BadImage."""
    try:
        rows = list(csv.DictReader(io.StringIO(small_text(table, MAX_SIDE_FILE_BYTES), newline=""), delimiter="\t"))
    except (OSError, ValueError, csv.Error):
        raise BadImage(f"{table.name} cannot be read as a table in UTF-8 with tabs; write it again.") from None
    found: dict[str, tuple[int, ...]] = {}
    for row in rows:
        code, region = row.get("index") or "", protocol.region_of(row.get("name") or "")
        if region and code.isdecimal():
            found[region] = (*found.get(region, ()), int(code))
    return found
