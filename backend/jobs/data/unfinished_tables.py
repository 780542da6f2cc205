"""A cohort whose tables are stored in parts: what its settings say meanwhile, and what of an earlier attempt goes."""

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from backend.errors import Conflict
from backend.models import Case, Cohort, Embedding, Encoder, Radiomics
from backend.storage.database import Database

FINGERPRINT, STORING = "tables", "storing"
"""Keys of a cohort's settings: the hash of the tables it is made of, and whether they are not all stored yet."""
AT_ONCE = 200


def is_unfinished(cohort: Cohort) -> bool:
    """Whether an import of tables began to fill the cohort and has not come to its end."""
    return bool(cohort.settings.get(STORING))


def check_finished(cohort: Cohort) -> None:
    """Raises Conflict for a cohort whose tables are not all stored: numbers of a part would look like those of all."""
    if is_unfinished(cohort):
        raise Conflict(
            f"The tables of {cohort.name!r} are not all stored yet; wait for the import, or retry it on the Jobs page."
        )


def remove_stored(database: Database, cohort_id: str) -> None:
    """Removes what an import that did not end has stored, some cases a transaction.

    Raises Conflict where somebody has noted or decided something about one of them.
    """
    try:
        while _remove_some(database, cohort_id):
            pass
        with database.write() as session:
            tuned = Encoder.parent_id.is_not(None)
            session.execute(delete(Encoder).where(Encoder.cohort_id == cohort_id, tuned))
            session.execute(delete(Encoder).where(Encoder.cohort_id == cohort_id))
    except IntegrityError:
        raise Conflict(
            "An earlier import under this name did not end, and somebody has noted something about its studies; "
            "choose another name."
        ) from None


def _remove_some(database: Database, cohort_id: str) -> bool:
    with database.write() as session:
        ids = session.scalars(select(Case.id).where(Case.cohort_id == cohort_id).limit(AT_ONCE)).all()
        for table in (Embedding, Radiomics):
            session.execute(delete(table).where(table.case_id.in_(ids)))
        session.execute(delete(Case).where(Case.id.in_(ids)))
        return bool(ids)
