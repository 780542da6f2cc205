"""A filter by one clinical column: which column, then a class or a range; the address holds the choice."""

import streamlit as st

from frontend.api import cohorts
from frontend.state import query_parameters, session_keys
from frontend.text import causes_words, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

ANY = ""


def clinical_filter(cohort_id: str, place: str) -> set[str] | None:
    """Ids of the cases that hold the chosen value; None where nothing is chosen, or no column is there.

    `place` names the page: no two pages share the boxes' state.
    """
    known = {column.name: column for column in cohorts.columns(cohort_id) if differs(column)}
    if not known:
        return None
    protocol = cohorts.protocol(cohort_id)
    chosen, key = _of_address(known), session_keys.clinical_filter(place)
    st.session_state[key] = ANY if chosen is None else chosen.name
    with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
        st.selectbox(
            "Only cases by",
            [ANY, *known],
            format_func=lambda name: causes_words.column(protocol, name) if name else "any clinical value",
            key=key,
            on_change=_choose_column,
            args=(key,),
            width=220,
        )
        if chosen is None:
            return None
        value = _value(chosen, place)
    if not value:
        return None
    found = {case.id for case in cohorts.cases_with(cohort_id, f"{chosen.name}:{value}")}
    called = escape_markdown(f"{causes_words.column(protocol, chosen.name)} {words(chosen, value)}")
    st.caption(f"{numbers.counted(len(found), 'case')} with {called}; {numbers.count(chosen.n)} have a known value.")
    return found


def differs(column: s.CohortColumn) -> bool:
    """Whether a choice in this column can leave any case out."""
    return len(column.values) > 1 if column.kind == "class" else column.low != column.high


def words(column: s.CohortColumn, value: str) -> str:
    """`4.2 to 9`, or the class itself."""
    return value.replace("..", " to ") if column.kind == "number" else value


def _of_address(known: dict[str, s.CohortColumn]) -> s.CohortColumn | None:
    return known.get(st.query_params.get(query_parameters.CLINICAL_COLUMN, ""))


def _value(column: s.CohortColumn, place: str) -> str:
    """The class or the range, of the address where it has one that is there."""
    given = st.query_params.get(query_parameters.CLINICAL_VALUE, "")
    key = f"{session_keys.clinical_filter(place)}-{column.name}"
    if column.kind == "class":
        st.session_state[key] = given if given in column.values else column.values[0]
        st.selectbox("is", column.values, key=key, on_change=_choose_value, args=(key,), width=200)
        return str(st.session_state[key])
    low, high = float(column.low or 0.0), float(column.high or 0.0)
    st.session_state[key] = _range(given, low, high)
    st.slider("from, to", low, high, key=key, on_change=_choose_value, args=(key,), width=260)
    return _written(st.session_state[key])


def _range(given: str, low: float, high: float) -> tuple[float, float]:
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
