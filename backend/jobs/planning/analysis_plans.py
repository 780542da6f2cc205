"""Plans of requests that read what is there: analyses, comparisons, trajectories, self-checks."""

from sqlalchemy.orm import Session

from backend.errors import BadSettings, BadTable, NotFound
from backend.jobs.data.cohorts import cohort_of
from backend.jobs.planning import duration_estimates
from backend.jobs.planning.context import Planning
from backend.jobs.planning.requirements import MIN_PATIENTS, check_features, encoder_for
from backend.jobs.resume.checkpoints import checkpoints_of
from backend.models import Analysis, Case
from backend.science.text_format import TASK_WORDS
from shared import schemas as s

PRETRAINED = ("pretrain", "import_encoder")
"""Kinds of jobs that give a cohort an encoder before fine-tuning."""
KINDS = (s.CompareParams, s.SelfCheckParams)
Reading = s.CompareParams | s.SelfCheckParams


def title(session: Session, params: Reading) -> str:
    """What the Jobs page calls the request."""
    from backend.jobs.data.load_analyses import label_of  # needs pandas: not at the API's start

    if isinstance(params, s.SelfCheckParams):
        row = None if params.analysis_id is None else session.get(Analysis, params.analysis_id)
        patients = params.patients if row is None else row.report["P"]
        return f"What could a study of {patients} patients have seen?"
    found = [session.get(Analysis, analysis_id) for analysis_id in params.analysis_ids]
    return "Compare " + " with ".join(label_of(row) for row in found if row is not None)


def sentences(session: Session, params: Reading) -> list[str]:
    """What will happen; raises the refusal."""
    return _check(session, params) if isinstance(params, s.SelfCheckParams) else _comparison(session, params)


def _check(session: Session, params: s.SelfCheckParams) -> list[str]:
    patients, features, signal = params.patients, 3 * params.features, "the generator's own signal"
    if params.analysis_id is not None:
        row = session.get(Analysis, params.analysis_id)
        if row is None:
            raise NotFound("There is no such analysis; the Overview page lists them all.")
        if row.report["trust"] is None:
            raise BadSettings("This analysis has no cross-validated R² to match; run it with its trust block.")
        patients, features, signal = row.report["P"], row.report["K"], "a signal as weak or strong as its own"
    return [
        f"{2 * params.seeds} cohorts of {patients} patients and about {features} features are simulated with {signal}; "
        "changes are planted in half of them, and looked for in all.",
        duration_estimates.about(session, "selfcheck", params.seeds * patients),
    ]


def _comparison(session: Session, params: s.CompareParams) -> list[str]:
    from backend.jobs.data.load_analyses import analyses_to_compare, check_accepted, label_of, studies_of

    rows = analyses_to_compare(session, params.analysis_ids)
    studies = [set(studies_of(session, row.id)) for row in rows]
    shared = set.intersection(*studies)
    of_cohort = session.query(Case.study_id, Case.patient_id).filter(Case.cohort_id == rows[0].cohort_id)
    patients = {patient for study, patient in of_cohort if study in shared}
    sizes = ", ".join(f"{label_of(row)}: {row.report['P']}" for row in rows)
    if len(patients) < MIN_PATIENTS:
        raise BadTable(
            f"The analyses share {len(patients)} patients ({sizes}); at least {MIN_PATIENTS} are needed to compare "
            "them."
        )
    alike = len({tuple(sorted(one)) for one in studies}) == 1
    ways = {tuple(row.settings[name] for name in ("seed", "folds", "repeats", "bootstrap")) for row in rows}
    if alike and len(ways) == 1:
        return [
            f"The analyses share all {len(patients)} patients and their resamples: differences are read from what is "
            "stored, at once."
        ]
    check_accepted(session, rows[0].cohort_id, shared)
    again = f"Both embeddings of each are decoded again on the {len(patients)} patients all share ({sizes})."
    return [again, duration_estimates.about(session, "compare", len(rows))]


def trajectory(given: Planning, params: s.TrajectoryParams) -> list[str]:
    """What will happen; raises the refusal."""
    session, makes = given.session, given.makes
    if cohort_of(session, params.cohort_id).kind != "images":
        raise BadSettings(
            "This cohort came as tables, which hold no checkpoints or stages; give those to analyze-tables with "
            "--checkpoint or --stage."
        )
    words = TASK_WORDS.get(params.task, params.task)
    if not makes(PRETRAINED, params.cohort_id):
        encoder_for(session, params.cohort_id, "pre", None, params.pre_encoder_id)
    if not makes(("extract",), params.cohort_id):
        check_features(session, params.cohort_id, params.roi, params.extraction)
    what, points = "the four stages of both encoders", 4
    if params.along == "checkpoints":
        what = "the kept checkpoints of the run"
    if not makes(("finetune",), params.cohort_id, task=params.task):
        ft = encoder_for(session, params.cohort_id, "ft", params.task, params.ft_encoder_id)
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
        duration_estimates.about(session, "trajectory", points),
    ]


def analyse(given: Planning, params: s.AnalyseParams) -> list[str]:
    """What an analysis will do; raises the refusal."""
    words = TASK_WORDS.get(params.task, params.task)
    if params.icc is not None:
        given.path(params.icc, folder=False)
    if params.decoders and not params.bootstrap:
        raise BadSettings("Other decoders belong to the trust block; use a bootstrap of 2 or more with them.")
    if not given.makes((*PRETRAINED, "import_tables", "synth_tables"), params.cohort_id):
        encoder_for(given.session, params.cohort_id, "pre", None, params.pre_encoder_id)
    if not given.makes(("finetune",), params.cohort_id, task=params.task) and not given.makes(
        ("import_tables", "synth_tables"), params.cohort_id
    ):
        encoder_for(given.session, params.cohort_id, "ft", params.task, params.ft_encoder_id)
    pending = ("extract", "import_tables", "synth_tables")
    if not given.makes(pending, params.cohort_id):
        check_features(given.session, params.cohort_id, params.roi, params.extraction)
    return [
        f"The lens compares the encoder before and after fine-tuning for {words}, through {params.roi} radiomics.",
        given.about("analyze", 1),
    ]
