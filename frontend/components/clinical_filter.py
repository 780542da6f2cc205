"""A filter by one clinical column: which column, then a class or a range; the address holds the choice."""

import streamlit as st

from frontend.api import cohorts
from frontend.state import query_parameters, session_keys
from frontend.text import causes_words, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

ANY = ""


def held(cohort_id: str) -> set[str] | None:
    """Ids of the cases that hold the value of the address; None where it names no column of this cohort."""
    column = _column(_known(cohort_id))
    if column is None:
        return None
    return {case.id for case in cohorts.cases_with(cohort_id, f"{column.name}:{_value(column)}")}


def boxes(cohort_id: str, place: str) -> None:
    """The boxes that choose; nothing where no column tells cases apart. `place` names the page."""
    known = _known(cohort_id)
    if not known:
        return
    protocol, column = cohorts.protocol(cohort_id), _column(known)
    key = session_keys.clinical_filter(place)
    st.session_state[key] = ANY if column is None else column.name
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Only cases by",
            [ANY, *known],
            format_func=lambda name: causes_words.column(protocol, name) if name else "any clinical value",
            key=key,
            on_change=_choose_column,
            args=(key,),
            width=220,
        )
        if column is not None:
            _value_box(column, f"{key}-{column.name}")
    if column is not None:
        called = f"{causes_words.column(protocol, column.name)} {_value(column).replace('..', ' to ')}"
        n = numbers.counted(len(held(cohort_id) or ()), "case")
        st.caption(escape_markdown(f"{n} with {called}; the value is known of {numbers.count(column.n)}."))


def _known(cohort_id: str) -> dict[str, s.CohortColumn]:
    """The columns in which a choice can leave a case out."""
    found = cohorts.columns(cohort_id)
    return {one.name: one for one in found if (len(one.values) > 1 if one.kind == "class" else one.low != one.high)}


def _column(known: dict[str, s.CohortColumn]) -> s.CohortColumn | None:
    return known.get(st.query_params.get(query_parameters.CLINICAL_COLUMN, ""))


def _value(column: s.CohortColumn) -> str:
    """The class or the range of the address, where it has one that is there; else the first, or all."""
    given = st.query_params.get(query_parameters.CLINICAL_VALUE, "")
    if column.kind == "class":
        return given if given in column.values else column.values[0]
    return _written(_range(given, column))


def _value_box(column: s.CohortColumn, key: str) -> None:
    if column.kind == "class":
        st.session_state[key] = _value(column)
        st.selectbox("is", column.values, key=key, on_change=_choose_value, args=(key,), width=200)
        return
    low, high = float(column.low or 0.0), float(column.high or 0.0)
    st.session_state[key] = _range(st.query_params.get(query_parameters.CLINICAL_VALUE, ""), column)
    st.slider("from, to", low, high, key=key, on_change=_choose_value, args=(key,), width=260)


def _range(given: str, column: s.CohortColumn) -> tuple[float, float]:
    low, high = float(column.low or 0.0), float(column.high or 0.0)
    try:
        first, last = sorted(float(end) for end in given.split(".."))
    except ValueError:
        return low, high
    return (max(low, first), min(high, last)) if first <= high and last >= low else (low, high)


def _written(value: object) -> str:
    return f"{value[0]!r}..{value[1]!r}" if isinstance(value, tuple) else str(value)


def _choose_column(key: str) -> None:
    st.query_params.pop(query_parameters.CLINICAL_VALUE, None)
    st.query_params.pop(query_parameters.CLINICAL_COLUMN, None)
    if st.session_state[key]:
        st.query_params[query_parameters.CLINICAL_COLUMN] = st.session_state[key]


def _choose_value(key: str) -> None:
    st.query_params[query_parameters.CLINICAL_VALUE] = _written(st.session_state[key])
