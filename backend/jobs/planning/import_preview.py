"""The preview of a folder before it is imported; DICOM headers are read in the limited child, images are not."""

from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from backend.errors import Refusal
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.masks.protocol_masks import check_required
from backend.ingest.rejection import Rejection
from backend.ingest.sandbox.read_images import Limits, Source, StudyFacts, read_images
from backend.ingest.sandbox.sandbox_client import Reader
from backend.jobs.planning.import_request import Request, read_request
from backend.jobs.planning.preview_masks import mask_objects, mask_problem, protocol_mask_problem, zone_names
from backend.queries.not_used import not_used
from backend.settings import Settings
from shared import schemas as s

SHOWN = 50
HEADERS = 10  # DICOM studies whose headers are read: a look must not take minutes
SECONDS = 40.0
"""For all of them together: whoever asks waits a minute at most."""
STUDY_SECONDS = 20


def preview(settings: Settings, params: s.ImportCasesParams, *, local: bool) -> s.ImportPreview:
    """What an import would read. Raises a Refusal where it would be refused as a whole."""
    request = read_request(settings, params, local=local)
    shown = request.plan.cases[:SHOWN]
    dicom = [case for case in shown if case.dicom is not None and not case.images and not case.problem]
    series = _series_by_study(dicom[:HEADERS], request)
    return s.ImportPreview(
        layout=request.plan.layout,
        why=request.plan.why,
        studies=len(request.plan.cases),
        shown=[_study(case, series.get(case.study_id), request) for case in shown],
        identifiers=request.identifiers,
        dropped_columns=request.dropped_columns,
        not_used=not_used(len(request.unused), request.unused_names, request.dropped_columns),
    )


def _study(case: PlannedCase, found: StudyFacts | str | None, request: Request) -> s.PreviewStudy:
    """A planned study, with what its headers say or why they cannot be read."""
    facts = found if isinstance(found, StudyFacts) else None
    masks = {roi: path.name for roi, path in case.masks.items()}
    of_masks = _of_masks(case, facts, request)
    return s.PreviewStudy(
        study_id=case.study_id,
        patient_id=case.patient_id,
        problem=found if isinstance(found, str) else _undecided(facts, request) or case.problem or of_masks,
        images={
            modality: " or ".join(each.name for each in case.choices.get(modality, (path,)))
            for modality, path in case.images.items()
        },
        masks=masks | ({"labels": case.labels.name} if case.labels else {}),
        series=[s.SeriesChoice.model_validate(each) for each in facts.choices.values()] if facts else [],
        candidates=[s.SeriesCandidate.model_validate(each) for each in facts.candidates] if facts else [],
        undecided={name: facts.undecided[name] for name in request.asked.modality_names if name in facts.undecided}
        if facts
        else {},
        objects=mask_objects(case, facts),
        zones={} if request.protocol else zone_names(case, request.choices.zones),
    )


def _of_masks(case: PlannedCase, facts: StudyFacts | None, request: Request) -> str:
    """Why an import would refuse the study for what it lacks."""
    if request.protocol is None:
        return mask_problem(case, facts, expected=request.plan.masks_expected)
    if case.of_dicom:
        return protocol_mask_problem(case, facts, request.protocol)
    try:
        check_required(case, request.protocol)
    except Rejection as missing:
        return missing.sentence
    return ""


def _undecided(facts: StudyFacts | None, request: Request) -> str:
    """Why a modality that a study needs has no series, each once."""
    needed = (
        {name: why for name, why in facts.undecided.items() if name in request.asked.required_modalities}
        if facts
        else {}
    )
    return " ".join(dict.fromkeys(needed.values()))


def _series_by_study(cases: Sequence[PlannedCase], request: Request) -> dict[str, StudyFacts | str]:
    """Study id to `_series` of it, as far as the time reaches."""
    end, found = monotonic() + SECONDS, {}
    with Reader() as reader:
        for case in cases:
            seconds = min(STUDY_SECONDS, int(end - monotonic()))
            if seconds < 1:
                break
            found[case.study_id] = _series(case, request, reader, seconds)
    return found


def _series(case: PlannedCase, request: Request, reader: Reader, seconds: int) -> StudyFacts | str:
    """The series of a study and which would be taken, or why the study would be refused."""
    named = {**case.series, **request.choices.series.get(case.study_id, {})}
    protocol = request.protocol.model_dump(mode="json") if request.protocol else None
    source = Source(case.dicom or Path(), series=named, load=False, protocol=protocol)
    limits = Limits(cpu_s=seconds, wall_s=seconds)
    answer = read_images({"study": source}, request.roots, limits, reader=reader)["study"]
    if isinstance(answer, Refusal):
        return answer.sentence
    assert isinstance(answer, StudyFacts)
    return answer
