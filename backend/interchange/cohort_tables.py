"""The tables of a cohort that leave it: its studies with labels, its images and masks, the features of each region.

Ids are those that the cohort shows. Of the clinical table only what the protocol declares as a target goes out: the
other columns are a user's own, and may hold more than they should.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backend.errors import BadSettings, NotFound
from backend.interchange.typed_table import Column, Table, filled
from backend.models import Case, Cohort, FeatureList, Radiomics, Volume
from backend.queries.case_targets import Shown, targets_of
from backend.queries.cohort_regions import known_regions
from backend.queries.extractions import extraction_of
from backend.science.tables import glossary
from backend.science.tables.feature_names import parse
from backend.storage.cohort_protocol import protocol_of
from backend.storage.region_volumes import volumes_ml
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

STUDY, PATIENT = "study_id", "patient_id"
STUDY_WORDS, PATIENT_WORDS = "Pseudonymous id of the study.", "Pseudonymous id of the patient."


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one region, and the hash of the settings they were measured with.

    A study's features are one cell, in the order of `names`: readers of Croissant take minutes for thousands of fields.
    """

    roi: str
    settings_hash: str
    table: Table
    names: Table

    @property
    def values(self) -> NDArray[np.float64]:
        """The features (N, K), NaN where one is undefined."""
        return np.asarray(self.table.columns[-1].values, np.float64)


@dataclass(frozen=True, slots=True)
class CohortTables:
    """Everything of a cohort as tables; `cases` are the accepted ones, `statuses` counts all."""

    cohort: Cohort
    protocol: Protocol
    cases: tuple[Case, ...]
    statuses: Mapping[str, int]
    studies: Table
    images: Table
    features: tuple[Features, ...]

    @property
    def n_patients(self) -> int:
        """How many patients the accepted studies are of."""
        return len({case.patient_id for case in self.cases})

    @property
    def all(self) -> tuple[Table, ...]:
        """Every table that has a row."""
        of_features = (table for one in self.features for table in (one.table, one.names))
        return tuple(table for table in (self.studies, self.images, *of_features) if table.rows)


def cohort_tables(session: Session, cohort_id: str) -> CohortTables:
    """Read the tables. Raises NotFound, BadSettings for a cohort without an accepted study, Damaged."""
    cohort = session.get(Cohort, cohort_id)
    if cohort is None:
        raise NotFound("There is no such cohort; the Data page lists them all.")
    all_cases = select(Case).where(Case.cohort_id == cohort_id).options(selectinload(Case.volumes))
    found = session.scalars(all_cases.order_by(Case.study_id)).all()
    cases = tuple(case for case in found if case.status == "accepted")
    if not cases:
        raise BadSettings("This cohort has no accepted study, so there is nothing to write.")
    protocol = protocol_of(cohort)
    return CohortTables(
        cohort,
        protocol,
        cases,
        Counter(case.status for case in found),
        _studies(cases, protocol),
        _images([(case, volume) for case in cases for volume in _in_order(case, protocol)], protocol),
        tuple(_features(session, cohort, cases)),
    )


def _ids(cases: Sequence[Case]) -> list[Column]:
    return [
        Column(STUDY, "text", STUDY_WORDS, [case.study_id for case in cases]),
        Column(PATIENT, "text", PATIENT_WORDS, [case.patient_id for case in cases]),
    ]


def _studies(cases: Sequence[Case], protocol: Protocol) -> Table:
    volumes = [volumes_ml(case, protocol.region_names) for case in cases]
    columns = [
        *_ids(cases),
        Column("split", "text", "Side of the split by patient: train, val or test.", [case.split for case in cases]),
        *_labels([targets_of(case, protocol) for case in cases], protocol),
        *(
            Column(
                f"{name}_volume_ml", "number", f"Volume of the {name} as drawn, mL.", [one.get(name) for one in volumes]
            )
            for name in protocol.region_names
        ),
        Column("center", "text", "Centre, as the clinical table names it.", [case.center for case in cases]),
        Column("scanner", "text", "Scanner, as the images or the clinical table name it.", [c.scanner for c in cases]),
        Column("field_strength_t", "number", "Field strength, tesla.", [case.field_t for case in cases]),
        Column("n_warnings", "count", "Findings of the import to know of.", [len(case.warnings) for case in cases]),
    ]
    return Table("studies", "One accepted study a row, with its labels and its side of the split.", filled(columns))


def _labels(values: Sequence[Mapping[str, Shown]], protocol: Protocol) -> Iterable[Column]:
    """The targets of a protocol that are no masks; a survival is a time and an event."""
    for target in protocol.targets:
        found = [one.get(target.name) for one in values]
        words = f"Label: {target.label or target.name}"
        if target.kind == "survival":
            both = [one if isinstance(one, dict) else {} for one in found]
            times = [None if "time" not in one else float(one["time"]) for one in both]
            yield Column(f"{target.name}_time", "number", f"{words}, time.", times)
            events = [None if "event" not in one else bool(one["event"]) for one in both]
            yield Column(f"{target.name}_event", "truth", f"{words}, whether the event was seen.", events)
        elif target.kind != "mask":
            yield _label(target, words, found)


def _label(target: ProtocolTarget, words: str, found: Sequence[Shown | None]) -> Column:
    if target.classes:
        classes = f"{words}, one of {', '.join(target.classes)}."
        return Column(target.name, "text", classes, [None if one is None else str(one) for one in found])
    numbers = [one if isinstance(one, float) else None for one in found]
    return Column(target.name, "number", f"{words}.", numbers)


def _in_order(case: Case, protocol: Protocol) -> list[Volume]:
    names = (*protocol.modality_names, *protocol.region_names)
    return sorted((one for one in case.volumes if one.kind in names), key=lambda one: names.index(one.kind))


def _images(stored: Sequence[tuple[Case, Volume]], protocol: Protocol) -> Table:
    """Images and masks by their hashes; their voxels are not part of the tables."""
    rows = [volume for _, volume in stored]
    axes = {"x": 0, "y": 1, "z": 2}
    columns = [
        Column(STUDY, "text", STUDY_WORDS, [case.study_id for case, _ in stored]),
        Column("name", "text", "Modality of an image, or region of a mask.", [row.kind for row in rows]),
        Column(
            "is_mask",
            "truth",
            "Whether it is a mask.",
            [row.kind in protocol.region_names for row in rows],
        ),
        *(
            Column(f"size_{axis}", "count", f"Voxels along {axis}.", [int(row.size[at]) for row in rows])
            for axis, at in axes.items()
        ),
        *(
            Column(f"spacing_{axis}_mm", "number", f"Voxel along {axis}, mm.", [float(row.spacing[at]) for row in rows])
            for axis, at in axes.items()
        ),
        Column("voxel_type", "text", "Type of a voxel as numpy writes it.", [row.dtype for row in rows]),
        Column("sha256", "text", "Hash of the voxels as stored (gzip, C order).", [row.sha256 for row in rows]),
        Column(
            "source_sha256",
            "text",
            "Hash of the file or files they were read from.",
            [row.source_sha256 or None for row in rows],
        ),
    ]
    return Table("images", "One image or mask a row, on its native grid.", filled(columns) if rows else tuple(columns))


def _features(session: Session, cohort: Cohort, cases: Sequence[Case]) -> Iterable[Features]:
    """The newest extraction of each region that has one."""
    for roi in known_regions(session, cohort):
        read = extraction_of(session, cohort.id, roi)
        if read is None:
            continue
        rows = session.scalars(
            select(Radiomics)
            .join(Case)
            .where(Case.cohort_id == cohort.id, Radiomics.roi == roi, Radiomics.values.is_not(None))
            .where(Radiomics.settings_hash == read.settings_hash)
            .where(Radiomics.feature_list_id == read.feature_list_id)
        )
        measured = {row.case_id: row.values for row in rows if row.values is not None}
        of_roi = [case for case in cases if case.id in measured]
        if not of_roi:
            continue
        names = session.get_one(FeatureList, read.feature_list_id).names
        values = np.stack([measured[case.id] for case in of_roi]).astype(np.float64)
        words = f"Radiomic features of the {roi}, a study a row. Settings {read.settings_hash}."
        of_values = f"One number a feature, in the order of features_{roi}_names; NaN where it is undefined."
        table = Table(f"features_{roi}", words, (*_ids(of_roi), Column("values", "numbers", of_values, values)))
        yield Features(roi, read.settings_hash, table, _names(roi, names))


def _names(roi: str, features: Sequence[str]) -> Table:
    """What each feature is called, in the order of the values."""
    parsed = [parse(name) for name in features]
    columns = (
        Column("position", "count", "Place among the values, from 0.", list(range(len(features)))),
        Column("feature", "text", "Name, as PyRadiomics names it after the modality.", list(features)),
        Column("words", "text", "The same in words.", [glossary.label(one) for one in parsed]),
        Column("modality", "text", "The image it was measured on.", [one.modality for one in parsed]),
        Column("image_type", "text", "Filter before it was measured.", [one.image_type for one in parsed]),
        Column("feature_class", "text", "Class of the feature.", [one.feature_class for one in parsed]),
    )
    return Table(f"features_{roi}_names", f"Names of the features of the {roi}, a feature a row.", columns)
