"""Plans of requests that read what is there: analyses, comparisons, trajectories, self-checks.

Each raises the Refusal that makes its request impossible, and the titles of those on a cohort raise NotFound where
it does not exist.
"""

from sqlalchemy.orm import Session

from backend.errors import BadSettings, BadTable, NotFound
from backend.jobs.data.clinical_columns import clinical_of, given_columns
from backend.jobs.data.cohorts import cohort_of
from backend.jobs.data.own_input import check_stages
from backend.jobs.data.recipe_runs import siblings_asked_for, siblings_of
from backend.jobs.planning import subgroup_plans
from backend.jobs.planning.context import PlanContext
from backend.jobs.planning.products import FT_ENCODER, PRE_ENCODER
from backend.jobs.planning.requirements import check_features, encoder_for
from backend.jobs.resume.checkpoints import checkpoints_of
from backend.models import Analysis, Case
from backend.queries.stored_report import report_of
from backend.queries.subgroups import Chosen
from backend.science.tables.join import MIN_PATIENTS
from backend.science.text_format import of_modalities
from backend.storage.cohort_protocol import protocol_of
from shared import schemas as s
from shared.protocol_words import target_words


def selfcheck_title(session: Session, params: s.SelfCheckParams) -> str:
    """What the Jobs page calls a self-check."""
    row = None if params.analysis_id is None else session.get(Analysis, params.analysis_id)
    if row is None:
        return f"What could a study of {params.patients} patients have seen?"
    what = f"{target_words(protocol_of(row.cohort), row.task)} on {row.cohort.name} ({row.roi})"
    return f"What could {what} have seen in {report_of(row).n_patients} patients?"


def selfcheck(context: PlanContext, params: s.SelfCheckParams) -> list[str]:
    """What a self-check will do."""
    patients, features, modalities = params.patients, params.features, 3
    signal = "the simulation's own signal"
    if params.analysis_id is not None:
        row = context.session.get(Analysis, params.analysis_id)
        if row is None:
            raise NotFound("There is no such analysis; the Overview page lists them all.")
        report = report_of(row)
        if report.trust is None:
            raise BadSettings("This analysis has no held-out R² to match; run it with its trust block.")
        patients, modalities = report.n_patients, len(report.modalities)
        features = -(-report.n_features // modalities)
        signal = "a signal as weak or strong as its own"
    size = f"{patients} patients and about {features} features of {of_modalities(modalities)}"
    return [
        f"{2 * params.seeds} cohorts of {size} are simulated with {signal}; changes are planted in half of "
        "them, and looked for in all.",
        context.about(params.seeds * patients),
    ]


def compare_title(session: Session, params: s.CompareParams) -> str:
    """What the Jobs page calls a comparison."""
    from backend.jobs.data.load_analyses import label_of  # needs pandas: not at the API's start

    found = [session.get(Analysis, analysis_id) for analysis_id in params.analysis_ids]
    return "Compare " + " with ".join(label_of(row) for row in found if row is not None)


def compare(context: PlanContext, params: s.CompareParams) -> list[str]:
    """What a comparison will do."""
    from backend.jobs.data.load_analyses import analyses_to_compare, check_accepted, label_of, studies_of

    session = context.session
    rows = analyses_to_compare(session, params.analysis_ids)
    studies = [set(studies_of(session, row.id)) for row in rows]
    shared = set.intersection(*studies)
    of_cohort = session.query(Case.study_id, Case.patient_id).filter(Case.cohort_id == rows[0].cohort_id)
    patients = {patient for study, patient in of_cohort if study in shared}
    sizes = ", ".join(f"{label_of(row)}: {report_of(row).n_patients}" for row in rows)
    if len(patients) < MIN_PATIENTS:
        raise BadTable(
            f"The analyses share {len(patients)} patients ({sizes}); at least {MIN_PATIENTS} are needed to compare "
            "them."
        )
    if len({tuple(sorted(one)) for one in studies}) == 1:
        return [f"The analyses share all {len(patients)} patients: differences are read from what is stored, at once."]
    check_accepted(session, rows[0].cohort_id, shared)
    again = f"Both embeddings of each are decoded again on the {len(patients)} patients all share ({sizes})."
    return [again, context.about(len(rows))]


def trajectory_title(session: Session, params: s.TrajectoryParams) -> str:
    """What the Jobs page calls a trajectory."""
    cohort = cohort_of(session, params.cohort_id)
    words = target_words(protocol_of(cohort), params.task)
    return f"Follow {words} on {cohort.name} ({params.roi}) along {params.along}"


def trajectory(context: PlanContext, params: s.TrajectoryParams) -> list[str]:
    """What a trajectory will do."""
    session, pending = context.session, context.pending
    cohort = cohort_of(session, params.cohort_id)
    if cohort.kind != "images":
        raise BadSettings(
            "This cohort came as tables, which hold no checkpoints or stages; give those to analyze-tables with "
            "--checkpoint or --stage."
        )
    words = target_words(protocol_of(cohort), params.task)
    if not pending(PRE_ENCODER, params.cohort_id, task=None):
        encoder_for(session, params.cohort_id, "pre", None, params.pre_encoder_id)
    if not pending(("radiomics",), params.cohort_id):
        check_features(session, params.cohort_id, params.roi, params.extraction)
    what, points = "the stages of both encoders", 4
    if params.along == "checkpoints":
        what = "the kept checkpoints of the run"
    if not pending(FT_ENCODER, params.cohort_id, task=params.task):
        ft = encoder_for(session, params.cohort_id, "ft", params.task, params.ft_encoder_id)
        if params.along == "stages" and not pending(PRE_ENCODER, params.cohort_id, task=None):
            points = check_stages([encoder_for(session, params.cohort_id, "pre", None, params.pre_encoder_id), ft])
            what = f"the {points} stages of both encoders"
        if params.along == "checkpoints":
            points = len(checkpoints_of(session, ft))
            what = f"the {points} kept epochs of the run"
            if points < 2:
                raise BadSettings(
                    f"The run for {words} kept no checkpoint besides its end; fine-tune again and keep every k-th "
                    "epoch (--checkpoint-every; on the page Run under More settings)."
                )
    return [
        f"The trust block is computed along {what} for {words}, through {params.roi} radiomics; what is not embedded "
        "yet is embedded first.",
        context.about(points),
    ]


def analyse_title(session: Session, params: s.AnalyseParams) -> str:
    """What the Jobs page calls an analysis."""
    cohort = cohort_of(session, params.cohort_id)
    title = f"Analyse {target_words(protocol_of(cohort), params.task)} on {cohort.name} ({params.roi})"
    return title if params.where is None else f"{title}: {subgroup_plans.words(session, cohort, params.where)}"


def analyse(context: PlanContext, params: s.AnalyseParams) -> list[str]:
    """What an analysis will do."""
    if params.icc is not None:
        context.path(params.icc, folder=False)
    if not params.trust and (params.decoders or params.label or params.covariates or params.runs):
        raise BadSettings("Decoders, labels, covariates and runs belong to the trust block; leave it in.")
    tables = context.pending(("tables",), params.cohort_id)
    if not tables and not context.pending(PRE_ENCODER, params.cohort_id, task=None):
        encoder_for(context.session, params.cohort_id, "pre", None, params.pre_encoder_id)
    words = target_words(protocol_of(cohort_of(context.session, params.cohort_id)), params.task)
    what = f"The lens compares the encoder before and after fine-tuning for {words}, through {params.roi} radiomics."
    part = subgroup_plans.planned(context, params)
    share = 1.0 if part is None else len(part.study_ids) / part.n_studies_all
    told = [] if part is None else subgroup_plans.sentences(context.session, params.cohort_id, part)
    return [what, *told, *_runs(context, params), *_given(context, params, part), context.about(share)]


def _runs(context: PlanContext, params: s.AnalyseParams) -> list[str]:
    """Which runs of the recipe an analysis reads."""
    tuned = context.pending(FT_ENCODER, params.cohort_id, task=params.task)
    if tuned or context.pending(("tables",), params.cohort_id):
        return ["All runs of the recipe and their controls are analysed together."] if params.runs else []
    ft = encoder_for(context.session, params.cohort_id, "ft", params.task, params.ft_encoder_id)
    found = siblings_asked_for(context.session, ft) if params.runs else siblings_of(context.session, ft)
    return found.sentences(params.runs)


def _given(context: PlanContext, params: s.AnalyseParams, part: Chosen | None) -> list[str]:
    """Which columns its decodings are given: known before only where the studies are."""
    waits = context.pending(("radiomics", "tables"), params.cohort_id)
    only = None if part is None else frozenset(part.study_ids)
    studies = [] if waits else check_features(context.session, params.cohort_id, params.roi, params.extraction, only)
    if not params.trust:
        return []
    if waits:
        label = ["the task's own label, where every study has it"] if params.label is None else params.label
        others = ["the centre, where there are several"] if params.covariates is None else params.covariates
        return [f"Decodings are given {' and '.join([*label, *others])}."] if label or others else []
    cohort = cohort_of(context.session, params.cohort_id)
    clinical = clinical_of(context.session, cohort, only)
    protocol = protocol_of(cohort)
    return list(given_columns(clinical, protocol, params.task, studies, params.label, params.covariates).sentences)
