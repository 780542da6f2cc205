"""The radiomics of the cohort that a case is compared with: all of a usual cohort, a part of a very large one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.models import Case, Radiomics

MOST_COMPARED = 2000
"""Cases whose values are read. The standard error of a percentile is then at most 1.1, and reading them takes half a
second; the values of 20 000 cases are half a gigabyte."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Values (N, K) of the cases compared with, the case itself among them, of `n_measured` that have values."""

    values: NDArray[np.float64]
    n_measured: int


def compared_with(session: Session, own: Radiomics) -> Compared:
    """The values of the accepted cases of the cohort under the same settings and list of features.

    Of more than `MOST_COMPARED` those at even distances in the order of study ids, the same for every case of a cohort.
    """
    row, case = Radiomics, Case
    cohort_id = select(case.cohort_id).where(case.id == own.case_id).scalar_subquery()
    statement = (
        select(row.id)
        .join(case, case.id == row.case_id)
        .where(case.cohort_id == cohort_id, case.status == "accepted", row.roi == own.roi)
        .where(row.settings_hash == own.settings_hash, row.feature_list_id == own.feature_list_id)
        .where(row.values.is_not(None))
        .order_by(case.study_id)
    )
    ids = session.scalars(statement).all()
    chosen = drawn(ids, MOST_COMPARED)
    if own.id in ids and own.id not in chosen:
        chosen = [*chosen, own.id]
    whole = session.scalars(select(row.values).where(row.id.in_(chosen)).order_by(row.id))
    found = [values for values in whole if values is not None]
    return Compared(np.stack(found) if found else np.empty((0, 0)), len(ids))


def drawn(ids: Sequence[str], most: int) -> list[str]:
    """At most so many of the ids, at even distances."""
    return list(ids) if len(ids) <= most else [ids[at * len(ids) // most] for at in range(most)]
