"""A manifest under a protocol: one row a study, one column an image or mask, called by its name or an alias.

Columns: study_id, patient_id, the images and masks, or `dicom` (a study folder) with `series_NAME` (the series of a
modality); all others are clinical. Paths are relative to the table.
"""

from collections.abc import Callable
from pathlib import Path

from backend.errors import BadImage
from backend.ingest.clinical import CLINICAL_COLUMNS
from backend.ingest.layouts.manifest import IDS, NAME, SUFFIXES, id_from_name, listed_path, listing
from backend.ingest.layouts.planned_case import Plan, PlannedCase, counted
from shared.schemas.protocol import Protocol

__all__ = ["NAME", "SUFFIXES", "plan"]
DICOM = "dicom"
"""The column of a study's folder."""


def plan(path: Path, protocol: Protocol) -> Plan:
    """The studies that the table lists. Raises BadImage where it is no such table."""
    table = listing(path)
    columns = table.columns
    images = _columns([name for name in columns if name != DICOM], protocol.modality_of, path.name)
    masks = _columns([name for name in columns if name not in (*images, DICOM)], protocol.region_of, path.name)
    series = {f"series_{name.lower()}": name for name in protocol.modality_names}
    if not images and DICOM not in columns:
        names = ", ".join(protocol.modality_names)
        raise BadImage(
            f"{path.name} has no column for an image of {protocol.name} ({names}); name one so, or by an alias."
        )
    cases: dict[str, PlannedCase] = {}
    known = frozenset((*IDS, "patient_id", DICOM, *series, *images, *masks, *CLINICAL_COLUMNS))
    for number, row in enumerate(table.rows, start=2):
        where = f"{path.name}, row {number}"
        files = {modality: row[column] for column, modality in images.items() if row[column]}
        study = next((row[name] for name in IDS if row.get(name)), "")
        folder = row.get(DICOM, "")
        study = study or id_from_name(files.get(protocol.reference, "") or folder)
        if not study:
            raise BadImage(f"{where} has neither a study id nor a {protocol.reference} file to name it by; add one.")
        patient = row.get("patient_id") or study
        if patient != study and not study.startswith(f"{patient}_"):
            study = f"{patient}_{study}"
        if study in cases:
            raise BadImage(f"{where}: study {study} is listed twice; keep one, or add a study_id column.")
        cases[study] = PlannedCase(
            patient,
            study,
            images={modality: listed_path(path.parent, name, where) for modality, name in files.items()},
            masks={roi: listed_path(path.parent, row[col], where) for col, roi in masks.items() if row[col]},
            dicom=listed_path(path.parent, folder, where) if folder else None,
            series={modality: row[column] for column, modality in series.items() if row.get(column)},
            problem="its row names both a DICOM folder and image files; keep one of them" if folder and files else "",
            clinical={name: row[name] for name in CLINICAL_COLUMNS if row.get(name)},
            others=table.others(row, known),
        )
    if not cases:
        raise BadImage(f"{path.name} lists no study; add a row for each.")
    ordered = sorted(cases.values(), key=lambda case: (case.patient_id, case.study_id))
    files_named = {each.name for case in ordered for each in (*case.images.values(), *case.masks.values())}
    why = f"layout manifest: {path.name} under {protocol.name}, {counted(ordered)}."
    headings = tuple(table.written[name] for name in columns if name and name not in known)
    return Plan(tuple(ordered), why, "manifest", tuple(sorted(files_named)), (path,), headings)


def _columns(columns: list[str], owner_of: Callable[[str], str], name: str) -> dict[str, str]:
    """Column -> modality or region. Raises BadImage where two columns are of one."""
    found = {column: owner for column in columns if column not in (*IDS, "patient_id") and (owner := owner_of(column))}
    for column, owner in found.items():
        other = next((each for each, theirs in found.items() if theirs == owner and each != column), None)
        if other is not None:
            raise BadImage(f"{name} has two columns for {owner} ({column} and {other}); keep one.")
    return found
