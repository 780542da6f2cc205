"""What a request may ask of a cohort under its protocol: names of regions and targets."""

from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.jobs.data.cohorts import cohort_of
from backend.jobs.planning.synthetic_cohorts import check_drawable
from backend.queries.cohort_regions import known_regions, measured_regions
from backend.storage.cohort_protocol import UnknownName, check_modality, check_region, check_target, protocol_of
from shared import schemas as s
from shared.protocols.reader import BUILT_IN, built_in
from shared.schemas.protocol import Protocol


def asked_protocol(params: s.ImportCasesParams | s.SynthParams) -> Protocol:
    """The protocol of a new cohort: a built-in one by name, or the user's own. Raises UnknownName or BadSettings."""
    asked = params.protocol
    if isinstance(asked, str):
        if asked not in BUILT_IN:
            raise UnknownName(f"There is no protocol {asked[:40]!r}; built in are {', '.join(BUILT_IN)}.")
        asked = built_in(asked)
    elif asked.name in BUILT_IN and asked != built_in(asked.name):
        raise BadSettings(f"The protocol {asked.name} differs from the built-in one of that name; choose another name.")
    if isinstance(params, s.SynthParams):
        check_drawable(asked)
    return asked


def check_names(session: Session, params: s.JobParams) -> None:
    """Raises UnknownName for a name that the protocols, or the cohort's own, do not have; says what there is."""
    if isinstance(params, s.ImportCasesParams | s.SynthParams):
        asked = asked_protocol(params)
        series = params.series.values() if isinstance(params, s.ImportCasesParams) else ()
        for modality in sorted({name for named in series for name in named}):
            check_modality(asked, modality)
    if isinstance(params, s.ExtractParams | s.FinetuneParams):
        protocol = protocol_of(cohort_of(session, params.cohort_id))
        for roi in params.rois if isinstance(params, s.ExtractParams) else ():
            check_region(protocol, roi)
        if isinstance(params, s.FinetuneParams):
            check_target(protocol, params.task)
    if isinstance(params, s.AnalyseParams | s.TrajectoryParams):
        _check_measured(session, params.cohort_id, params.roi)


def _check_measured(session: Session, cohort_id: str, roi: str) -> None:
    """A region of the protocol, or one that came with the cohort's tables; of tables that are to come, any."""
    cohort = cohort_of(session, cohort_id)
    if cohort.kind != "tables":
        check_region(protocol_of(cohort), roi)
    elif measured_regions(session, cohort_id) and roi not in known_regions(session, cohort):
        there = ", ".join(known_regions(session, cohort))
        raise UnknownName(f"The tables of the cohort {cohort.name!r} have no region {roi[:40]!r}; there is {there}.")
