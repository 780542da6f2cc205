"""The analysis job: runs the lens on a cohort and stores the result, or returns the stored one."""

from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.jobs import queue, submission
from backend.jobs.context import JobContext
from backend.jobs.data.clinical_columns import Given, clinical_of, given_columns
from backend.jobs.data.cohorts import cohort_of, with_split
from backend.jobs.data.embeddings import embed_all
from backend.jobs.data.encoder_weights import weights_changed
from backend.jobs.data.lens_tables import LensTables, gather, no_radiomics
from backend.jobs.data.recipe_runs import Siblings, siblings_asked_for, siblings_of
from backend.jobs.data.store_analysis import store_analysis
from backend.jobs.data.subgroup_studies import DRAWN_ANEW, report_part, sides_within, studies_asked_for
from backend.jobs.data.task_heads import stored_head
from backend.jobs.planning.allowed_paths import check_path
from backend.jobs.planning.requirements import encoder_for
from backend.models import Analysis, Cohort, Encoder, StoredMap
from backend.queries.embedding_map import place
from backend.queries.subgroups import Chosen
from backend.science.text_format import counted
from backend.science.trust.jackknife.flags import FEWEST_PATIENTS
from backend.storage.cache_keys import LENS_CODE, encoder_input_key, input_key_of, request_key
from backend.storage.cohort_protocol import BY_NAME, protocol_of
from shared.schemas import AnalyseParams, JobSubmit, SelfCheckParams

if TYPE_CHECKING:
    from backend.science.analysis.result import Analysis as LensAnswer
    from backend.science.trust.erasure.linear_head import LinearHead

WHO_AND_WHAT = {
    *("kind", "cohort_id", "pre_encoder_id", "ft_encoder_id", "icc", "extraction", "label", "covariates", "runs"),
    "where",
}
"""Parameters that name the data; the others are the lens' settings."""


@dataclass(frozen=True)
class Inputs:
    """All that an analysis reads: encoders, tables, split, and the columns its decodings are given."""

    cohort: Cohort
    pre: Encoder
    ft: Encoder
    beside: Siblings
    split: dict[str, str]
    found: LensTables
    given: Given
    head: "LinearHead | None" = None
    part: Chosen | None = None

    @property
    def head_sha256(self) -> str | None:
        """Hash of the head that is read; None where none is."""
        return None if self.head is None else str(self.ft.settings["head"]["sha256"])

    def settings(self, params: AnalyseParams) -> dict[str, Any]:
        """The request with what it left open filled in, so that the analysis can be decoded again."""
        return params.model_dump(mode="json") | {
            "extraction": self.found.extraction,
            "label": [column.name for column in self.given.label],
            "covariates": [column.name for column in self.given.covariates],
            "further_runs": [encoder.id for encoder in self.beside.runs],
            "controls": [encoder.id for encoder in self.beside.controls],
            **({} if self.head is None else {"head": self.head_sha256}),
            **({} if self.part is None else {"where": self.part.where}),
        }

    @property
    def share(self) -> float:
        """The part of the cohort's studies that is analysed: how much of an analysis' work it is."""
        return 1.0 if self.part is None else len(self.part.study_ids) / self.part.n_studies_all


def run(context: JobContext, params: AnalyseParams) -> dict[str, Any]:
    """Embed what is missing, gather the tables, run the lens and store its result in one transaction.

    For the same tables, split and settings the stored analysis is returned (`cached`).
    """
    start = monotonic()
    inputs = _inputs(context, params)
    key = _cache_key(context, params, inputs)
    with context.database.read() as session:
        known = session.scalar(select(Analysis.id).where(Analysis.cache_key == key))
    if known is not None:
        context.log("The same analysis was computed before; that one is the answer.")
        return {"analysis_id": known, "cohort_id": inputs.cohort.id, "cached": True}
    left_out = inputs.found.left_out
    for reason in sorted(set(left_out.values())):
        n = sum(1 for other in left_out.values() if other == reason)
        context.log(f"{counted(n, 'study is', 'studies are')} left out: {reason}.")
    answer = _with_region(params.roi, inputs, _with_weights(context, inputs, _answer(context, params, inputs)))
    answer = _with_subgroup(inputs.part, answer)
    context.progress("placing the studies on a map", 0, 1)
    placed = _placed(answer, inputs.found)
    with context.database.write() as session:
        encoders, settings = (inputs.pre, inputs.ft), inputs.settings(params)
        part = None if inputs.part is None else report_part(inputs.cohort, inputs.part)
        analysis_id = store_analysis(session, encoders, settings, key, answer, inputs.found, part)
        placed.analysis_id = analysis_id
        session.add(placed)
        if answer.trust is not None and answer.report.n_patients >= FEWEST_PATIENTS:
            _ask_for_power(context, session, analysis_id)
    return {
        "analysis_id": analysis_id,
        "cohort_id": inputs.cohort.id,
        "cached": False,
        "units": inputs.share,
        "seconds": monotonic() - start,
    }


def _placed(answer: "LensAnswer", found: LensTables) -> StoredMap:
    """The analysed studies on the map of both embeddings."""
    studies = answer.studies.study_id
    patient_of = found.pre.patient_of()
    x_pre, x_ft = found.pre.values[found.pre.rows(studies)], found.ft.values[found.ft.rows(studies)]
    return place(x_pre, x_ft, studies, [patient_of[study] for study in studies])


def _ask_for_power(context: JobContext, session: Session, analysis_id: str) -> None:
    """Queue the self-check of this analysis, for its power statement; it takes seconds and comes after the answer.

    Below 40 patients nothing is flagged, and there is no power to measure.
    """
    asked = JobSubmit(params=SelfCheckParams(analysis_id=analysis_id))
    user = queue.get(session, context.job_id).submitted_by
    submission.submit(session, context.settings, asked, key=f"power of {analysis_id}", user=user)


def _inputs(context: JobContext, params: AnalyseParams) -> Inputs:
    """Finds encoders, runs and columns, embeds what is missing and reads the tables; the log says what was chosen."""
    with with_split(context.database, params.cohort_id) as (session, split):
        cohort = cohort_of(session, params.cohort_id)
        part = studies_asked_for(session, cohort, params.where)
        pre = encoder_for(session, cohort.id, "pre", None, params.pre_encoder_id)
        ft = encoder_for(session, cohort.id, "ft", params.task, params.ft_encoder_id)
        siblings = siblings_asked_for(session, ft) if params.runs else siblings_of(session, ft)
    beside = siblings if params.runs else Siblings()
    embed_all(context, cohort.id, (pre, ft, *beside.all), params.task)
    with context.database.read() as session:
        further = [(encoder, encoder_input_key(encoder, params.task)) for encoder in beside.all]
        keys = input_key_of(pre, ft, params.task)
        only = None if part is None else frozenset(part.study_ids)
        extraction = params.extraction
        found = gather(session, cohort, params.roi, pre, ft, keys, extraction=extraction, further=further, only=only)
        given = _given(session, params, cohort, found, only) if params.trust else Given()
    words = [] if part is None else [f"A subgroup is analysed: {part.words}."]
    if part is not None:
        split, anew = sides_within(split, found.pre.study_id, found.pre.patient_id)
        words += [DRAWN_ANEW] if anew else []
    for sentence in (*words, *siblings.sentences(params.runs), *given.sentences):
        context.log(sentence)
    return Inputs(cohort, pre, ft, beside, split, found, given, _head(context, ft, beside, given), part)


def _head(context: JobContext, ft: Encoder, beside: Siblings, given: Given) -> "LinearHead | None":
    """The head that the encoder was imported with, where one run is analysed with a label."""
    head = stored_head(context.files, ft)
    if head is not None and (beside.runs or not given.label):
        why = "several runs are read, and it is that of one" if beside.runs else "no label is given"
        context.log(f"The task's own head is not read: {why}.")
        return None
    return head


def _given(
    session: Session, params: AnalyseParams, cohort: Cohort, found: LensTables, only: frozenset[str] | None
) -> Given:
    clinical = clinical_of(session, cohort, only)
    return given_columns(
        clinical, protocol_of(cohort), params.task, found.pre.study_id, params.label, params.covariates
    )


def _cache_key(context: JobContext, params: AnalyseParams, inputs: Inputs) -> str:
    found, given = inputs.found, inputs.given
    return request_key(
        "analysis",
        code=LENS_CODE,
        cohort=inputs.cohort.id,
        encoders=[encoder.id for encoder in (inputs.pre, inputs.ft, *inputs.beside.all)],
        controls=len(inputs.beside.controls),
        tables=[table.content_sha256() for table in found.all],
        given=[
            [
                [column.name, column.kind, [column.value_of.get(study) for study in found.pre.study_id]]
                for column in part
            ]
            for part in (given.label, given.covariates, given.targets)
        ],
        extraction=found.extraction,
        split={study: inputs.split[study] for study in found.pre.study_id},
        settings=params.model_dump(mode="json", exclude=WHO_AND_WHAT),
        icc=_icc(context, params),
        **({} if inputs.head is None else {"head": inputs.head_sha256}),
        **({} if inputs.part is None else {"where": inputs.part.where}),
    )


def _answer(context: JobContext, params: AnalyseParams, inputs: Inputs) -> "LensAnswer":
    from backend.science.analysis import analyse  # pandas and torch: a stored result needs neither

    found, given, n_runs = inputs.found, inputs.given, len(inputs.beside.runs)
    chosen = params.model_dump(exclude=WHO_AND_WHAT) | {"decoders": tuple(params.decoders)}
    settings = analyse.LensSettings(**chosen, threads=context.settings.threads)
    runs, controls = (found.ft, *found.further[:n_runs]), found.further[n_runs:]
    beside = analyse.Beside(controls, given.label, given.covariates, inputs.head, given.targets)
    icc = _icc(context, params)
    return analyse.analyse(found.pre, runs, found.radiomics, settings, inputs.split, context.progress, icc, beside)


def _with_weights(context: JobContext, inputs: Inputs, answer: "LensAnswer") -> "LensAnswer":
    """The answer with the change of the encoder's weights in its report."""
    if answer.report.trust is None:
        return answer
    stages, sentence = weights_changed(context.files, inputs.pre, inputs.ft)
    if sentence:
        context.log(sentence)
    trust = replace(answer.report.trust, weights_by_stage=stages)
    return replace(answer, report=replace(answer.report, trust=trust))


def _with_region(roi: str, inputs: Inputs, answer: "LensAnswer") -> "LensAnswer":
    """The answer with an alert where studies have no such region; of the prostate's lesion it says so already."""
    from backend.science.lens.alerts import region_of_some

    alert = region_of_some(roi, list(inputs.found.left_out.values()).count(no_radiomics(roi)))
    if alert is None or inputs.cohort.protocol == BY_NAME:
        return answer
    return replace(answer, report=replace(answer.report, alerts=(*answer.report.alerts, alert)))


def _with_subgroup(part: Chosen | None, answer: "LensAnswer") -> "LensAnswer":
    """The answer with a note that it is of a part of its cohort."""
    from backend.science.lens.alerts import subgroup

    if part is None:
        return answer
    report = answer.report
    note = subgroup(part.words, report.n_patients, part.n_patients_all)
    return replace(answer, report=replace(report, alerts=(*report.alerts, note)))


def _icc(context: JobContext, params: AnalyseParams) -> dict[str, float] | None:
    if params.icc is None:
        return None
    from backend.science.trust.icc_table import read_icc

    return read_icc(check_path(context.settings, params.icc, local=context.local, folder=False))
