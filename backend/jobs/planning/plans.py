"""What a request would do, before it is made: a title, plain sentences, or the one sentence why it cannot be done."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from backend.errors import Conflict, NotFound, Refusal
from backend.jobs.data import cohorts
from backend.jobs.planning import analysis_plans, data_plans, training_plans
from backend.jobs.planning.context import Planning
from backend.jobs.planning.pending_jobs import Upstream
from backend.models import Cohort
from backend.science.text_format import TASK_WORDS
from backend.settings import Settings
from shared import schemas as s


def plan(
    session: Session, settings: Settings, params: s.JobParams, *, after: Sequence[str] = (), local: bool = False
) -> s.JobPlan:
    """The plan of a request; `refusal` is set where it is impossible.

    What jobs in `after` (and the jobs those wait for) will make counts as there. `local` allows any path to be read.
    """
    title: str = params.kind
    try:
        title = _title(session, params, _cohort(session, params))
        sentences = _sentences(Planning(session, settings, Upstream(session, after).makes, local), params)
    except Refusal as error:
        return s.JobPlan(title=title, sentences=[], refusal=error.sentence)
    return s.JobPlan(title=title, sentences=sentences, refusal=None)


def checked_title(
    session: Session, settings: Settings, params: s.JobParams, *, after: Sequence[str] = (), local: bool = False
) -> str:
    """The title of a request that is possible; raises NotFound where it names what is not there, Conflict else."""
    try:
        title = _title(session, params, _cohort(session, params))
        _sentences(Planning(session, settings, Upstream(session, after).makes, local), params)
    except NotFound:
        raise
    except Refusal as error:
        raise Conflict(error.sentence) from error
    return title


def _cohort(session: Session, params: s.JobParams) -> Cohort | None:
    if isinstance(params, (*cohorts.MAKERS, *analysis_plans.KINDS)):
        return None
    return cohorts.cohort_of(session, params.cohort_id)


def _title(session: Session, params: s.JobParams, cohort: Cohort | None) -> str:
    match params:
        case s.SynthParams():
            return f"Make the synthetic cohort {params.cohort} of {params.cases} studies"
        case s.SynthTablesParams():
            return f"Make the sample tables {params.cohort} of {params.patients} patients"
        case s.ImportCasesParams():
            return f"Import the images of {params.cohort}"
        case s.ImportTablesParams():
            return f"Import the tables of {params.cohort}"
        case s.CompareParams() | s.SelfCheckParams():
            return analysis_plans.title(session, params)
    assert cohort is not None
    match params:
        case s.ExtractParams():
            return f"Extract radiomics of {cohort.name} ({', '.join(params.rois)})"
        case s.ImportEncoderParams():
            return f"Import the encoder {params.name or Path(params.path).name} for {cohort.name}"
        case s.PretrainParams():
            return f"Pre-train {params.arch} on {cohort.name}"
        case s.EmbedParams():
            words = "" if params.task is None else f" for {TASK_WORDS[params.task]}"
            return f"Embed {cohort.name}{words}{', every checkpoint' if params.checkpoints else ''}"
        case s.FinetuneParams():
            return f"Fine-tune for {TASK_WORDS[params.task]} on {cohort.name}"
        case s.TrajectoryParams():
            words = TASK_WORDS.get(params.task, params.task)
            return f"Follow {words} on {cohort.name} ({params.roi}) along {params.along}"
        case s.AnalyseParams():
            return f"Analyse {TASK_WORDS.get(params.task, params.task)} on {cohort.name} ({params.roi})"


def _sentences(given: Planning, params: s.JobParams) -> list[str]:
    match params:
        case s.SynthParams():
            return data_plans.synth(given, params)
        case s.SynthTablesParams():
            return data_plans.synth_tables(given, params)
        case s.ImportCasesParams():
            return data_plans.import_cases(given, params)
        case s.ImportTablesParams():
            return data_plans.import_tables(given, params)
        case s.ExtractParams():
            return data_plans.extract(given, params)
        case s.ImportEncoderParams():
            return training_plans.import_encoder(given, params)
        case s.PretrainParams():
            return training_plans.pretrain(given, params)
        case s.EmbedParams():
            return training_plans.embed(given, params)
        case s.FinetuneParams():
            return training_plans.finetune(given, params)
        case s.AnalyseParams():
            return analysis_plans.analyse(given, params)
        case s.TrajectoryParams():
            return analysis_plans.trajectory(given, params)
        case s.CompareParams() | s.SelfCheckParams():
            return analysis_plans.sentences(given.session, params)
