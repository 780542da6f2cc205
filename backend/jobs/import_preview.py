"""A look at a folder before it is imported; DICOM headers are read in the limited child, images are not."""

from pathlib import Path

from backend.errors import Refusal
from backend.ingest.guard import Limits, Source, StudyFacts, read_images
from backend.ingest.plans import PlannedCase
from backend.jobs.import_request import Request, read_request
from backend.settings import Settings
from shared import schemas as s

SHOWN = 50
HEADERS = 10  # DICOM studies whose headers are read: a look must not take minutes
LIMITS = Limits(cpu_s=20, wall_s=20)


def preview(settings: Settings, params: s.ImportCasesParams, *, local: bool) -> s.ImportPreview:
    """What an import would read. Raises a Refusal where it would be refused as a whole."""
    request = read_request(settings, params, local=local)
    shown = request.plan.cases[:SHOWN]
    dicom = [case for case in shown if case.dicom is not None and not case.images and not case.problem]
    series = {case.study_id: _series(case, request) for case in dicom[:HEADERS]}
    return s.ImportPreview(
        layout=request.plan.layout,
        why=request.plan.why,
        studies=len(request.plan.cases),
        shown=[_study(case, series.get(case.study_id, [])) for case in shown],
        identifiers=request.identifiers,
        dropped_columns=request.dropped_columns,
    )


def _study(case: PlannedCase, series: list[s.SeriesChoice] | str) -> s.PreviewStudy:
    masks = {roi: path.name for roi, path in case.masks.items()}
    return s.PreviewStudy(
        study_id=case.study_id,
        patient_id=case.patient_id,
        problem=series if isinstance(series, str) else case.problem,
        images={modality: path.name for modality, path in case.images.items()},
        masks=masks | ({"labels": case.labels.name} if case.labels else {}),
        series=[] if isinstance(series, str) else series,
    )


def _series(case: PlannedCase, request: Request) -> list[s.SeriesChoice] | str:
    """The series that would be taken, or why the study would be refused."""
    named = {**case.series, **request.choices.series.get(case.study_id, {})}
    source = Source(case.dicom or Path(), series=named, load=False)
    answer = read_images({"study": source}, request.roots, LIMITS)["study"]
    if isinstance(answer, Refusal):
        return answer.sentence
    assert isinstance(answer, StudyFacts)
    return [s.SeriesChoice.model_validate(choice) for choice in answer.choices.values()]
