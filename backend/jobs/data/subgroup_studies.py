"""The studies of the subgroup that an analysis asks for, and the sides of the split they are analysed on."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from backend.errors import Refusal
from backend.jobs.data.cohorts import SPLIT_SEED
from backend.models import Analysis, Cohort, Decoder
from backend.queries.subgroups import Chosen, chosen
from backend.science.analysis.report import Subgroup
from backend.science.tables.split import split_by_patient
from backend.storage.cohort_protocol import protocol_of
from shared.conditions import read
from shared.subgroup_words import column_words

FEWEST_TRAINING = 10
"""Training patients that the paper's decoders need; where a subgroup has fewer, its split is drawn anew."""
DRAWN_ANEW = (
    "The subgroup has too few patients on one side of the cohort's split, so that of the paper's decoders is drawn "
    f"anew within it: 7:1:2 by patient, seed {SPLIT_SEED}."
)


def studies_asked_for(session: Session, cohort: Cohort, where: str | None) -> Chosen | None:
    """The subgroup of a request; None where it asks for all of the cohort. Raises as `chosen` does."""
    return None if where is None else chosen(session, cohort, where)


def studies_analysed(session: Session, row: Analysis) -> frozenset[str] | None:
    """The studies that an analysis of a subgroup would read now; None for all of the cohort.

    Where its conditions cannot be asked any more (a column is gone), those that it has read.
    """
    where = row.settings.get("where")
    if where is None:
        return None
    try:
        return frozenset(chosen(session, row.cohort, where).study_ids)
    except Refusal:
        return frozenset(session.get_one(Decoder, row.id).study_ids)


def sides_within(
    sides: Mapping[str, str], studies: Sequence[str], patients: Sequence[str]
) -> tuple[dict[str, str], bool]:
    """The side of each study of a subgroup, and whether they were drawn anew: one side of the cohort is too small."""
    known = {study: sides[study] for study in studies}
    training, held_out = (
        {patient for study, patient in zip(studies, patients, strict=True) if known[study] == side}
        for side in ("train", "test")
    )
    if len(training) >= FEWEST_TRAINING and held_out:
        return known, False
    drawn = split_by_patient(patients, SPLIT_SEED)
    return dict(zip(studies, drawn.tolist(), strict=True)), True


def report_part(cohort: Cohort, found: Chosen) -> Subgroup:
    """What a report keeps of a subgroup."""
    names = dict.fromkeys(one.column for one in read(found.where))
    columns = tuple(column_words(protocol_of(cohort), name) for name in names)
    return Subgroup(found.where, found.words, columns, found.n_studies_all, found.n_patients_all)
