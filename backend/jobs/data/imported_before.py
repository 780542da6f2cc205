"""Studies whose source files are in another cohort already: the same patients would count twice across cohorts."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from backend.models import Case, Cohort
from backend.storage.cache_keys import request_key


def source_hash(hashes: Mapping[str, str]) -> str:
    """SHA-256 of a study's source files, from their own hashes by modality and region."""
    return request_key("sources", hashes=dict(hashes))


def imported_before(session: Session, cohort_id: str) -> dict[str, int]:
    """Name of another cohort -> how many of its studies were read from the same files as studies of this one."""
    mine, other = aliased(Case), aliased(Case)
    same = (
        select(Cohort.name, func.count(other.id.distinct()))
        .join(other, other.cohort_id == Cohort.id)
        .join(mine, mine.source_hash == other.source_hash)
        .where(mine.cohort_id == cohort_id, other.cohort_id != cohort_id, mine.source_hash != "")
        .group_by(Cohort.name)
        .order_by(Cohort.name)
    )
    return dict(session.execute(same).all())
