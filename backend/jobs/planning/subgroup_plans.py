"""What an analysis of a subgroup will be of: said before it starts, or refused where its patients are too few."""

from sqlalchemy.orm import Session

from backend.errors import BadSettings, BadTable
from backend.jobs.data.cohorts import accepted, cohort_of, split_of
from backend.jobs.data.subgroup_studies import DRAWN_ANEW, sides_within, studies_asked_for
from backend.jobs.planning.context import PlanContext
from backend.models import Cohort
from backend.queries.subgroups import Chosen
from backend.science.tables.join import MIN_PATIENTS
from backend.science.text_format import counted
from backend.science.trust.jackknife.flags import FEWEST_PATIENTS
from shared import schemas as s
from shared.conditions import BadConditions, read


def words(session: Session, cohort: Cohort, where: str) -> str:
    """The conditions in words, or as they were written where they cannot be read."""
    try:
        found = studies_asked_for(session, cohort, where)
    except BadSettings:
        return where[:60]
    return "" if found is None else found.words


def planned(context: PlanContext, params: s.AnalyseParams) -> Chosen | None:
    """The subgroup of a request; None for all of the cohort, and while a job that will fill the cohort is pending.

    Raises BadTable where its patients are too few, BadSettings where its conditions cannot be asked.
    """
    if params.where is None:
        return None
    if context.cohort_pending(params.cohort_id):
        try:
            read(params.where)
        except BadConditions as error:
            raise BadSettings(str(error)) from error
        return None
    found = studies_asked_for(context.session, cohort_of(context.session, params.cohort_id), params.where)
    assert found is not None
    if found.n_patients < MIN_PATIENTS:
        whole = counted(found.n_patients_all, "patient")
        raise BadTable(
            f"The subgroup has {found.n_patients} of {whole} ({found.words}); an analysis needs at least "
            f"{MIN_PATIENTS}. Loosen a condition."
        )
    return found


def sentences(session: Session, cohort_id: str, found: Chosen) -> list[str]:
    """How many patients the subgroup has, what so many can show, and how its split is made."""
    size = f"The subgroup has {found.n_patients} of {counted(found.n_patients_all, 'patient')}: {found.words}."
    told = [size]
    if found.n_patients < FEWEST_PATIENTS:
        told.append(f"Below {FEWEST_PATIENTS} patients effects are shown and nothing is flagged.")
    cases = accepted(session, cohort_id)
    patient_of = {case.study_id: case.patient_id for case in cases}
    patients = [patient_of[study] for study in found.study_ids]
    anew = sides_within(split_of(cases), found.study_ids, patients)[1]
    return [*told, DRAWN_ANEW] if anew else told
