"""A search among cases: every word must stand in one of the texts by which people know a study."""

from sqlalchemy import ColumnElement, func, or_

from backend.models import Case

_NO_WORD = ""


def searched(text: str) -> list[ColumnElement[bool]]:
    """The conditions of a search, one a word; none where there is no word. Capital and small letters are alike."""
    row = Case
    given = (row.center, row.scanner, row.split)
    fields = (row.study_id, row.patient_id, row.reason, *(func.coalesce(field, _NO_WORD) for field in given))
    return [or_(*(field.icontains(word, autoescape=True) for field in fields)) for word in text.split()]
