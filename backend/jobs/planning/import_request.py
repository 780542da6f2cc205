"""What a request to import studies comes to: the folder planned, tables and sums read, identifiers looked for."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.errors import BadSettings
from backend.ingest.checks.checksums import find_sums, read_sums
from backend.ingest.clinical import COLUMNS, ClinicalTable
from backend.ingest.clinical_columns.kept import Kept, kept_columns
from backend.ingest.identifiers import gate
from backend.ingest.identifiers.judge import judge_cell
from backend.ingest.identifiers.sentences import shown
from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.open_names import closed_plan
from backend.ingest.layouts.planned_case import Plan, counted
from backend.ingest.layouts.side_files import beside
from backend.ingest.layouts.unused import unused_files
from backend.ingest.regions import USUAL, parse_codes
from backend.ingest.study import Choices
from backend.jobs.planning.allowed_paths import check_path
from backend.jobs.planning.clinical_file import NAMES, clinical_file
from backend.jobs.planning.cohort_protocols import asked_protocol
from backend.settings import Settings
from backend.storage.cohort_protocol import check_modality
from shared.schemas import ImportCasesParams
from shared.schemas.protocol import Protocol

SHOWN = 20
"""Names of unused files that are kept and shown; the others are counted."""
TEXT_COLUMNS = {column for field in ("center", "scanner", "split") for column in COLUMNS[field]}


@dataclass(frozen=True)
class Request:
    """A request whose paths were checked; `identifiers` says in words what looks like a name or a date.

    `asked` is the protocol, and `protocol` is another one than the prostate's.
    """

    plan: Plan
    table: ClinicalTable | None
    roots: tuple[Path, ...]
    choices: Choices
    kept: Kept
    asked: Protocol
    ids: str
    identifiers: list[str]
    dropped_columns: list[str]
    unused: list[str]
    protocol: Protocol | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What the cohort keeps about its import; of unused files the first names, and none that may be a person's."""
        return {
            "layout": self.plan.why,
            "ids": gate.DECISIONS[self.ids],
            "dropped_columns": self.dropped_columns,
            "unused_files": {"count": len(self.unused), "names": self.unused_names},
        }

    @property
    def unused_names(self) -> list[str]:
        """Names of the first unused files, where ids are kept; none that may hold a name or a date."""
        if self.ids == "pseudonymise":
            return []
        return [name for name in self.unused[:SHOWN] if not _about_people(name)]


def read_request(settings: Settings, params: ImportCasesParams, *, local: bool) -> Request:
    """Checks every path of a request against the roots and reads the small files. Raises a Refusal."""
    manifest = Path(params.path).suffix.lower() in (".csv", ".tsv")
    path = check_path(settings, params.path, local=local, folder=not manifest)
    folder = path.parent if manifest else path
    asked = asked_protocol(params)
    if asked.open:
        planned, asked = closed_plan(path, params.layout, asked, (folder,))
    else:
        planned = plan(path, params.layout, None if asked.is_prostate else asked)
    protocol = None if asked.is_prostate else asked
    _check_fits(params, protocol)
    clinical = _checked_path(settings, params.clinical, local) or beside(folder, NAMES)
    table = clinical_file(clinical) if clinical else None
    sums = _checked_path(settings, params.checksums, local) or find_sums(folder)
    _check_named(planned, params, asked)
    _check_zones(planned, params)
    listed = read_sums(sums) if sums else {}
    if sums and params.checksums and not any(Path(name).is_relative_to(folder.resolve()) for name in listed):
        raise BadSettings(
            f"The list of sums {shown(sums.name)} names no file of the folder; paths in it are relative to the list, "
            "so put it beside the studies, or leave it out."
        )
    choices = Choices(
        series={study: {str(key): value for key, value in named.items()} for study, named in params.series.items()},
        zones=parse_codes(params.zones) if params.zones else USUAL,
        sums=listed,
    )
    kept = kept_columns(planned, table, asked)
    return Request(
        plan=planned,
        table=table,
        roots=(folder,),
        choices=choices,
        kept=kept,
        asked=asked,
        ids=params.ids,
        identifiers=_identifiers(planned, table, kept, asked),
        dropped_columns=kept.dropped(flagged=params.ids != "pseudonymise"),
        unused=unused_files(folder, planned, [path for path in (clinical, sums) if path]),
        protocol=protocol,
    )


def _check_fits(params: ImportCasesParams, protocol: Protocol | None) -> None:
    """Raises BadSettings for names of zones, which another protocol states itself."""
    if protocol is not None and params.zones:
        raise BadSettings(
            f"Names of zone codes are for the prostate; the protocol {protocol.name} states its own codes."
        )


def _check_named(planned: Plan, params: ImportCasesParams, protocol: Protocol) -> None:
    """Series named for a study that is not there would be ignored unseen. Raises BadSettings."""
    unknown = sorted(params.series.keys() - {case.study_id for case in planned.cases})
    if unknown:
        more = f" (and {len(unknown) - 1} others)" if unknown[1:] else ""
        raise BadSettings(
            f"A series is named for the study {shown(unknown[0])!r}{more}, which is not among the "
            f"{counted(planned.cases)} found; write its id as the preview shows it."
        )
    for named in params.series.values():
        for modality in named:
            check_modality(protocol, modality)
    for case in planned.cases:
        series = params.series.get(case.study_id, {})
        of_dicom = case.dicom is not None and not case.images
        fixed = [modality for modality in series if not of_dicom and modality not in case.choices]
        if fixed:
            raise BadSettings(
                f"A series is named for {fixed[0]} of {shown(case.study_id)}, where the layout {planned.layout} has "
                "one file; only DICOM studies and BIDS with several files leave a choice."
            )


def _check_zones(planned: Plan, params: ImportCasesParams) -> None:
    """Names given for codes must hold for some mask, and against no data set's own. Raises BadSettings."""
    if not params.zones:
        return
    codes = parse_codes(params.zones)
    told = next((case for case in planned.cases if case.codes and dict(case.codes) != codes), None)
    if told is not None:
        theirs = ", ".join(f"{code} = {name}" for code, name in sorted(told.codes.items()))
        raise BadSettings(
            f"The names given for zone codes are not those of the data set (layout {planned.layout}: {theirs}); leave "
            "them out, or correct its description."
        )
    if not any(case.labels is not None or "zones" in case.masks for case in planned.cases):
        raise BadSettings(
            f"Names are given for zone codes, but no study has a zones mask or label map (layout {planned.layout}); "
            "leave them out."
        )


def _identifiers(planned: Plan, table: ClinicalTable | None, kept: Kept, protocol: Protocol) -> list[str]:
    """Names and dates among ids, file names, columns and the text that would be kept.

    A file that is called by a word of the protocol, such as `nodule.nii.gz`, is called by nobody's name.
    """
    ids = [gate.Placed(text) for case in planned.cases for text in (case.patient_id, case.study_id)]
    known = {placed.text for placed in ids}
    bare = [_rest(name, known) for name in planned.names]
    names = [gate.Placed(name) for name in bare if not protocol.modality_of(name) and not protocol.region_of(name)]
    columns = gate.numbered(table.columns, "the clinical table") if table else []
    columns += gate.numbered(planned.columns, "the clinical ones beside the images")
    of_manifest = [
        gate.Placed(text) for case in planned.cases for name, text in case.clinical.items() if name in TEXT_COLUMNS
    ]
    found = gate.findings(ids, names, columns, [*_cells(table), *of_manifest, *kept.cells])
    return [*found, *kept.dates]


def _cells(table: ClinicalTable | None) -> list[gate.Placed]:
    """The kept free text of a clinical table, with its row of the file."""
    rows = enumerate(table.rows if table else (), start=2)
    return [gate.Placed(text, f"row {row}") for row, given in rows for text in given.texts]


def _about_people(name: str) -> bool:
    """Whether a path may hold a name or a date."""
    return any(judge_cell(part) for part in re.split(r"[/_.]", name) if part)


def _rest(name: str, ids: set[str]) -> str:
    """A file name without the id it begins with, which is judged as an id."""
    bare = name.split(".", 1)[0]
    head, _, tail = bare.rpartition("_")
    return tail if head in ids else bare


def _checked_path(settings: Settings, name: str | None, local: bool) -> Path | None:
    return None if name is None else check_path(settings, name, local=local, folder=False)
