"""Plans of requests that read finished analyses: comparisons, self-checks."""

from sqlalchemy.orm import Session

from backend.errors import BadSettings, BadTable, NotFound
from backend.jobs import paces
from backend.jobs.analysed import analyses_to_compare, label_of, studies_of
from backend.jobs.requirements import MIN_PATIENTS
from backend.models import Analysis, Case
from shared import schemas as s

KINDS = (s.CompareParams, s.SelfCheckParams)
Reading = s.CompareParams | s.SelfCheckParams


def title(session: Session, params: Reading) -> str:
    """What the Jobs page calls the request."""
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
        paces.about(session, "selfcheck", params.seeds * patients),
    ]


def _comparison(session: Session, params: s.CompareParams) -> list[str]:
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
    again = f"Both embeddings of each are decoded again on the {len(patients)} patients all share ({sizes})."
    return [again, paces.about(session, "compare", len(rows))]
