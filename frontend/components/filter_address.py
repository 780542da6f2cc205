"""The cohort filter in the address: `where=psa>10,center=A|B`; an empty one asks for all, none follows the analysis.

Addresses of the former version had one column and its value (`where=psa&is=4..10`); they are read and written anew.
"""

import streamlit as st

from frontend.api import cohorts
from frontend.state import query_parameters
from shared import schemas as s
from shared.client import ApiError
from shared.conditions import Condition, OneOf, Span, number_of, write

ALL = ""
FORMER_TO = ".."
"""Between the ends of a range, in addresses of the former version."""


def asked() -> str | None:
    """What the address asks for: conditions, `ALL`, or None where it says nothing."""
    return st.query_params.get(query_parameters.WHERE)


def current(cohort_id: str) -> s.Subgroup | None:
    """The subgroup that the address filters by; None where it filters by nothing, or by what cannot be asked here."""
    where = asked()
    if not where:
        return None
    try:
        return cohorts.subgroup.or_raise(cohort_id, where)
    except ApiError:
        return None


def refusal(cohort_id: str) -> str | None:
    """Why the filter of the address cannot be asked in this cohort; None where it can, or there is none."""
    where = asked()
    if not where:
        return None
    try:
        cohorts.subgroup.or_raise(cohort_id, where)
    except ApiError as error:
        return error.problem.detail
    return None


def held(cohort_id: str) -> set[str] | None:
    """Ids of the cases that the filter keeps, refused and excluded ones too; None where it keeps all."""
    found = current(cohort_id)
    return None if found is None else {*found.case_ids, *found.other_case_ids}


def set_to(where: str | None) -> None:
    """Puts conditions into the address; None takes them out."""
    st.query_params.pop(query_parameters.WHERE, None)
    if where is not None:
        st.query_params[query_parameters.WHERE] = where


def renew(cohort_id: str) -> None:
    """Writes a filter of the former version as this one has it."""
    name, value = asked(), st.query_params.get(query_parameters.FORMER_VALUE)
    if not name:
        return
    column = next((one for one in cohorts.columns(cohort_id) if one.name == name), None)
    if value is None and column is None:
        return
    st.query_params.pop(query_parameters.FORMER_VALUE, None)
    set_to(write([OneOf(name, (value or "",)) if column is None else _former(column, value or "")]))


def _former(column: s.CohortColumn, value: str) -> Condition:
    """A class, the first where that is not there; a range, all that is known where it is none."""
    if column.kind == "class":
        return OneOf(column.name, (value if value in column.values else column.values[0],))
    low, _, high = value.partition(FORMER_TO)
    ends = [end for end in (number_of(low), number_of(high)) if end is not None]
    if len(ends) < 2:
        return OneOf(column.name, (None,), wanted=False)
    return OneOf(column.name, (Span(min(ends), max(ends)),))
