"""Plans of requests that read finished analyses: comparisons."""

from sqlalchemy.orm import Session

from backend.errors import BadTable
from backend.jobs import paces
from backend.jobs.analysed import analyses_to_compare, label_of, studies_of
from backend.jobs.requirements import MIN_PATIENTS
from backend.models import Analysis, Case
from shared import schemas as s

KINDS = (s.CompareParams,)


def title(session: Session, params: s.CompareParams) -> str:
    """What the Jobs page calls the request."""
    found = [session.get(Analysis, analysis_id) for analysis_id in params.analysis_ids]
    return "Compare " + " with ".join(label_of(row) for row in found if row is not None)


def sentences(session: Session, params: s.CompareParams) -> list[str]:
    """What will happen; raises the refusal."""
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
