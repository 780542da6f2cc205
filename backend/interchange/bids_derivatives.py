"""Masks and features of a cohort as a derivative data set of BIDS.

Source: the BIDS specification 1.10, derivatives (masks, discrete segmentations) and sessions files.
"""

import gzip
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import SimpleITK as sitk

from backend.errors import BadSettings
from backend.interchange import licences
from backend.interchange.bids_names import Session, unique_labels
from backend.interchange.cohort_tables import CohortTables
from backend.models import Case, Volume
from backend.storage.volume_reader import BlobSource
from backend.storage.volumes import stored
from backend.version import VERSION
from shared.schemas.protocol_parts import ProtocolRegion

BIDS_VERSION = "1.10.0"
MISSING = "n/a"
LESIONS = ("lesion", "tumor", "tumour", "nodule")
"""Names of regions that BIDS calls a lesion; every other is a region of interest."""
Entry = tuple[str, bytes]


def bids_files(tables: CohortTables, files: BlobSource, licence: str | None = None) -> Iterator[Entry]:
    """Every file by name. Raises BadSettings where the cohort has neither a mask nor features."""
    given = licences.checked(licence)
    regions = {one.name: one for one in tables.protocol.regions}
    masks = [(case, one) for case in tables.cases for one in case.volumes if one.kind in regions]
    if not masks and not tables.features:
        raise BadSettings("This cohort has neither masks nor features; extract its features first.")
    sessions = _sessions(tables.cases)
    yield "dataset_description.json", _json(_description(tables, given))
    yield "README.md", _readme(tables).encode()
    yield from _participants(tables.cases, sessions)
    yield from _studies(tables, sessions)
    for case, volume in masks:
        yield from _mask(sessions[case.id], volume, regions[volume.kind], files)


def _sessions(cases: Sequence[Case]) -> dict[str, Session]:
    """Case -> its labels: a subject is a patient, a session is a study."""
    subjects = unique_labels(case.patient_id for case in cases)
    studies = unique_labels(case.study_id for case in cases)
    return {case.id: Session(subjects[case.patient_id], studies[case.study_id]) for case in cases}


def _description(tables: CohortTables, licence: str | None) -> dict[str, Any]:
    told = {"Name": f"{tables.cohort.name}: masks and radiomic features", "BIDSVersion": BIDS_VERSION}
    by = {"Name": "RadiomicLens", "Version": VERSION, "Description": "Stored masks, and features measured in them."}
    return told | {"DatasetType": "derivative", "GeneratedBy": [by]} | ({"License": licence} if licence else {})


def _readme(tables: CohortTables) -> str:
    return (
        f"# {tables.cohort.name}\n\n"
        f"Masks and radiomic features of {len(tables.cases)} studies of {tables.n_patients} patients. The images are "
        "not part of it. A mask lies on the grid it was stored on, without any change (`space-orig`). A subject is a "
        "patient and a session a study; `participants.tsv` and the files of sessions give their ids. Features "
        "stand with the sessions, and `sessions.json` says what each column is.\n"
    )


def _participants(cases: Sequence[Case], sessions: Mapping[str, Session]) -> Iterator[Entry]:
    subjects = {sessions[case.id].subject: case.patient_id for case in cases}
    lines = [(f"sub-{subject}", patient) for subject, patient in sorted(subjects.items())]
    yield "participants.tsv", _tsv(("participant_id", "patient_id"), lines)
    yield "participants.json", _json({"patient_id": {"Description": "Pseudonymous id of the patient in the cohort."}})


def _studies(tables: CohortTables, sessions: Mapping[str, Session]) -> Iterator[Entry]:
    """The studies of each subject, a session a row with its features, and one dictionary of the columns of all.

    Features stand with the sessions because a table of phenotypes may name a subject only once.
    """
    words = {"study_id": "Pseudonymous id of the study in the cohort.", "split": "Side of the split by patient."}
    values = {case.study_id: [case.study_id, case.split or MISSING] for case in tables.cases}
    for features in tables.features:
        names, told = (list(map(str, features.names.columns[at].values)) for at in (1, 2))
        how = f"Radiomics of the {features.roi}, settings {features.settings_hash}"
        words |= {f"{features.roi}_{name}": f"{text} {how}." for name, text in zip(names, told, strict=True)}
        studies = features.table.columns[0].values
        measured = {str(study): row for study, row in zip(studies, features.values.tolist(), strict=True)}
        for study, cells in values.items():
            cells += map(_cell, measured.get(study, [math.nan] * len(names)))
    yield "sessions.json", _json({name: {"Description": text} for name, text in words.items()})
    subjects: dict[str, list[Case]] = {}
    for case in tables.cases:
        subjects.setdefault(sessions[case.id].subject, []).append(case)
    for subject, cases in sorted(subjects.items()):
        rows = [(f"ses-{sessions[case.id].session}", *values[case.study_id]) for case in cases]
        yield f"sub-{subject}/sub-{subject}_sessions.tsv", _tsv(("session_id", *words), rows)


def _mask(session: Session, volume: Volume, region: ProtocolRegion, files: BlobSource) -> Iterator[Entry]:
    """A mask with its sidecar: binary as 0 and 1, codes of several regions as they are, with a table of them."""
    image = stored(volume).image(files)
    about: dict[str, Any] = {"SpatialReference": "orig", "Description": f"Mask of the {region.name} as it was stored."}
    about["VoxelSHA256"] = volume.sha256
    if volume.source_sha256:
        about["SourceFileSHA256"] = volume.source_sha256
    if region.kind == "labels":
        name = session.segmentation(region.name)
        codes = sorted((int(code), words) for code, words in region.codes.items())
        yield f"{name}.tsv", _tsv(("index", "name"), [(str(code), words) for code, words in codes])
    else:
        name = session.mask(region.name)
        values = sorted({int(value) for value in np.unique(sitk.GetArrayViewFromImage(image)) if value})
        if values not in ([], [1]):
            about["Description"] += f" Its values {', '.join(map(str, values))} all count as inside."
            image = sitk.Cast(image != 0, sitk.sitkUInt8)
        about["Type"] = "Lesion" if region.name.lower() in LESIONS else "ROI"
    yield f"{name}.nii.gz", nifti(image)
    yield f"{name}.json", _json(about)


def nifti(image: sitk.Image) -> bytes:
    """A packed NIfTI file; the same image gives the same bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mask.nii"
        sitk.WriteImage(image, str(path))
        return gzip.compress(path.read_bytes(), 6, mtime=0)


def _cell(value: float) -> str:
    return repr(value) if math.isfinite(value) else MISSING


def _tsv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as BIDS has it; a cell holds neither tabs nor breaks of line."""
    cells = ([" ".join(str(cell).split()) or MISSING for cell in row] for row in (head, *rows))
    return "".join("\t".join(row) + "\n" for row in cells).encode()


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
