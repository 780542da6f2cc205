"""The preview of a folder before it is imported; DICOM headers are read in the limited child, images are not."""

from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from backend.errors import Refusal
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.sandbox.read_images import Limits, Source, StudyFacts, read_images
from backend.ingest.sandbox.sandbox_client import Reader
from backend.jobs.planning.import_request import Request, read_request
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


def _series_by_study(cases: Sequence[PlannedCase], request: Request) -> dict[str, list[s.SeriesChoice] | str]:
    """Study id to `_series` of it, as far as the time reaches."""
    end, found = monotonic() + SECONDS, {}
    with Reader() as reader:
        for case in cases:
            seconds = min(STUDY_SECONDS, int(end - monotonic()))
            if seconds < 1:
                break
            found[case.study_id] = _series(case, request, reader, seconds)
    return found


def _series(case: PlannedCase, request: Request, reader: Reader, seconds: int) -> list[s.SeriesChoice] | str:
    """The series that would be taken, or why the study would be refused."""
    named = {**case.series, **request.choices.series.get(case.study_id, {})}
    source = Source(case.dicom or Path(), series=named, load=False)
    limits = Limits(cpu_s=seconds, wall_s=seconds)
    answer = read_images({"study": source}, request.roots, limits, reader=reader)["study"]
    if isinstance(answer, Refusal):
        return answer.sentence
    assert isinstance(answer, StudyFacts)
    return [s.SeriesChoice.model_validate(choice) for choice in answer.choices.values()]
