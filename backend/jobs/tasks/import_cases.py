"""The import job of images: studies are checked, copied into the store, and listed as accepted or rejected."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import select

from backend.errors import BadFile
from backend.ingest.checks.finding_codes import CODES, Finding
from backend.ingest.clinical_columns.kept import Kept
from backend.ingest.clinical_columns.kinds import Value
from backend.ingest.cohort import read_ahead
from backend.ingest.identifiers import gate
from backend.ingest.identifiers.judge import judge_cell
from backend.ingest.identifiers.pseudonyms import Pseudonyms
from backend.ingest.identifiers.sentences import without_names
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.sandbox.sandbox_client import Reader
from backend.ingest.study import Accepted, Reading, Rejected, read_or_reject
from backend.jobs import queue
from backend.jobs.context import JobContext
from backend.jobs.data import cohorts
from backend.jobs.data.cohort_findings import add_cohort_findings, as_stored
from backend.jobs.data.imported_before import imported_before, source_hash
from backend.jobs.data.pseudonym_key import pseudonym_key
from backend.jobs.planning.import_request import Request, read_request
from backend.models import Case, Cohort
from backend.queries.case_targets import faults_of
from backend.queries.not_used import not_used
from backend.science.imaging.prepare import WORKING_SPACING
from backend.science.types import MODALITIES
from backend.storage.blob_store import BlobStore
from backend.storage.case_cells import clinical_cells
from backend.storage.cohort_protocol import protocol_of, stored_protocol
from backend.storage.volumes import geometry, put_volumes
from shared.schemas import ImportCasesParams
from shared.schemas.protocol import PROSTATE, Protocol

CLINICAL = ("pirads", "volume_ml", "psa", "isup", "age", "center", "split")


def run(context: JobContext, params: ImportCasesParams) -> dict[str, Any]:
    """Import the requested folder; roots are checked again, because the folder may have become a link."""
    return import_studies(context, params.cohort, read_request(context.settings, params, local=context.local))


def import_folder(
    context: JobContext, name: str, folder: Path, layout: str = "picai", protocol: str | Protocol = PROSTATE
) -> dict[str, Any]:
    """Import a folder that this program wrote, such as a synthetic cohort; its ids identify nobody."""
    given = {"cohort": name, "path": str(folder), "layout": layout, "ids": "keep", "protocol": protocol}
    params = ImportCasesParams.model_validate(given)
    return import_studies(context, name, read_request(context.settings, params, local=True))


def import_studies(context: JobContext, name: str, request: Request) -> dict[str, Any]:
    """Import every study of a request; studies already stored (before a restart) are kept."""
    start = monotonic()
    gate.check(request.identifiers, request.ids)
    names = _Naming.of(context, request)
    with context.database.read() as session:
        cohort = session.scalars(select(Cohort).where(Cohort.name == name)).one()
        rows = session.execute(select(Case.study_id, Case.status).where(Case.cohort_id == cohort.id))
        known = dict(rows.all())
    _keep_facts(context, cohort.id, request)
    context.log(request.plan.why)
    todo = [case for case in request.plan.cases if names.study(case) not in known]
    counts = {"accepted": 0, "rejected": 0, "excluded": 0}
    for status in known.values():
        counts[status] += 1
    protocol, expected = request.protocol, request.plan.masks_expected
    how = Reading(request.table, WORKING_SPACING, request.roots, expected, choices=request.choices, protocol=protocol)

    def read(case: PlannedCase, reader: Reader) -> Case:
        row = _row(context.files, cohort.id, read_or_reject(case, how, reader), case, names, protocol)
        if row.status == "accepted":
            row.clinical = row.clinical | names.cells(request.kept, case)
            _add_faults(row, request.asked)
        return row

    first = ""
    for done, row in enumerate(read_ahead(todo, read, context.settings.workers)):
        first = first or (row.reason or "")
        with context.database.write() as session:
            session.add(row)
            queue.saved(session, context.job_id)
        counts[row.status] += 1
        context.progress("importing studies", len(known) + done + 1, len(known) + len(todo))
    if not counts["accepted"]:
        raise BadFile(_nothing_usable(counts["rejected"], first, len(request.unused)))
    _finish(context, cohort.id, protocol)
    return {
        "cohort_id": cohort.id,
        "accepted": counts["accepted"],
        "rejected": counts["rejected"],
        "layout": request.plan.why,
        "units": len(todo),
        "seconds": monotonic() - start,
    }


def _nothing_usable(studies: int, first: str, unused: int) -> str:
    """The refusal of a folder none of whose studies can be used, with the first reason and how much was not read."""
    none = "The only study could not be used" if studies == 1 else f"None of the {studies} studies could be used"
    reason = f", the first: {first.removesuffix('.')}" if first else ""
    rest = f" ({not_used(unused, [], []).sentence.removesuffix('.')})" if unused else ""
    return f"{none}; Data lists the reason of each{reason}{rest}."


def _keep_facts(context: JobContext, cohort_id: str, request: Request) -> None:
    """Store how the folder was read and what was not, first: this explains why no study could be used.

    An open protocol becomes the one with the names that the files gave.
    """
    with context.database.write() as session:
        cohort = cohorts.cohort_of(session, cohort_id)
        cohort.settings = cohort.settings | request.facts
        if protocol_of(cohort).open:
            cohort.protocol = stored_protocol(request.asked)


def _finish(context: JobContext, cohort_id: str, protocol: Protocol | None) -> None:
    """Store findings of the cohort as a whole and its split."""
    with context.database.write() as session:
        cases = cohorts.accepted(session, cohort_id)
        add_cohort_findings(cases, MODALITIES if protocol is None else protocol.modality_names)
        cohorts.store_split(session, cohort_id)
        before = imported_before(session, cohort_id)
    for name, count in before.items():
        context.log(f"{count} of these studies have the same source files as studies of the cohort {name}.", "warning")


@dataclass
class _Naming:
    """Naming of stored ids: original ones, or pseudonyms."""

    pseudonyms: Pseudonyms | None
    texts: tuple[str, ...] = field(default_factory=tuple)

    @classmethod
    def of(cls, context: JobContext, request: Request) -> "_Naming":
        if request.ids != "pseudonymise":
            return cls(None)
        return cls(Pseudonyms(pseudonym_key(context.settings.data_dir)), request.plan.names)

    def patient(self, case: PlannedCase) -> str:
        return self.pseudonyms.patient(case.patient_id) if self.pseudonyms else case.patient_id

    def study(self, case: PlannedCase) -> str:
        return self.pseudonyms.study(case.patient_id, case.study_id) if self.pseudonyms else case.study_id

    def text(self, text: str | None) -> str | None:
        """A centre, scanner or side of the split; None where ids are replaced and it looks like a name."""
        return None if self.pseudonyms and text and judge_cell(text) else text or None

    def cells(self, kept: Kept, case: PlannedCase) -> dict[str, Value]:
        """The other clinical cells of a study; where ids are replaced, none of a column that may identify people."""
        return kept.of(case.study_id, flagged=self.pseudonyms is None)

    def sentence(self, sentence: str, case: PlannedCase) -> str:
        """Remove ids and file names from a sentence where ids are replaced."""
        if self.pseudonyms is None:
            return sentence
        return without_names(sentence, (*self.texts, case.study_id, case.patient_id))


def _row(
    files: BlobStore,
    cohort_id: str,
    study: Accepted | Rejected,
    case: PlannedCase,
    names: _Naming,
    protocol: Protocol | None,
) -> Case:
    """Make the row of a study; its voxels are stored first."""
    row = Case(cohort_id=cohort_id, study_id=names.study(case), patient_id=names.patient(case))
    if isinstance(study, Rejected):
        row.status, row.reason = "rejected", names.sentence(study.reason, case)
        row.code, row.remedy = study.code, CODES[study.code].remedy
    else:
        row.status = "accepted"
        _fill(files, row, study, lambda sentence: names.sentence(sentence, case))
        if protocol is not None:
            row.clinical = {name: value for name, value in row.clinical.items() if value not in (None, [])}
            row.volumes_ml = {roi: round(ml, 4) for roi, ml in study.volumes_ml.items()}
        row.center, row.scanner, row.split = names.text(row.center), names.text(row.scanner), names.text(row.split)
    return row


def _add_faults(row: Case, protocol: Protocol) -> None:
    """Say which clinical cells are no values of the protocol's targets."""
    found = [Finding("target_value", sentence) for sentence in faults_of(clinical_cells(row), protocol)]
    row.findings = row.findings + [as_stored(each) for each in found]
    row.warnings = row.warnings + [each.sentence for each in found]


def _fill(files: BlobStore, row: Case, study: Accepted, said: Callable[[str], str]) -> None:
    row.volumes = put_volumes(files, study.acquired.images, study.acquired.masks, study.source_hashes)
    row.geometry = geometry(row.volumes)
    row.source_hash = source_hash(study.source_hashes)
    row.findings = [as_stored(each) | {"sentence": said(each.sentence)} for each in study.findings]
    row.warnings = [each["sentence"] for each in row.findings if each["level"] == "warning"]
    row.series = list(study.series.values())
    row.integrity, row.zones = study.integrity, study.zones
    row.scanner, row.field_t = study.scanner or None, study.field_t
    row.gland_ml = study.volumes_ml.get("gland")
    row.lesion_ml = study.volumes_ml.get("lesion")
    row.clinical = {"lesion_grades": list(study.lesion_grades)}
    given = study.clinical
    if given is not None:
        for name in CLINICAL:
            setattr(row, name, getattr(given, name))
        row.clinical = row.clinical | {"cspca": given.cspca}
