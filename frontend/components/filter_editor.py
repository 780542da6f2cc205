"""The editor of the cohort filter: conditions by column with counts, what they leave, and the same as text.

A draft lives in the session until it is shown, so that choosing redraws the editor and not the page.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from frontend.api import cohorts
from frontend.components import filter_address
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError
from shared.conditions import Beyond, Condition, OneOf, Span, Value, read, write, written
from shared.schemas.protocol import Protocol
from shared.subgroup_words import PATIENT, STUDY, conditions_words

UNKNOWN = "not known"
MOST_PILLS = 7
TEXT_HELP = "Such as psa>10,center=A|B. Values: A|B, 4..10, ? for not known."


@st.fragment
def show(cohort_id: str, protocol: Protocol) -> None:
    """Draws the editor of a cohort's filter."""
    draft = _draft(cohort_id)
    found = _found(cohort_id, draft)
    if found is None:
        return
    st.markdown(f"**{escape_markdown(found.sentence)}**")
    _conditions(protocol, read(found.where) if found.where else ())
    _column(cohort_id, found)
    with st.expander("As text", type="compact"):
        key = session_keys.FILTER_TEXT
        st.session_state[key] = draft
        st.text_input("Conditions", key=key, on_change=_write_text, args=(cohort_id,), help=TEXT_HELP)
    _actions(cohort_id, found)


def _draft(cohort_id: str) -> str:
    """The text that is being edited; that of the address while nothing was changed."""
    of, draft = st.session_state.get(session_keys.FILTER_DRAFT, (None, ""))
    address = filter_address.asked() or ""
    if of != (cohort_id, address):
        st.session_state[session_keys.FILTER_DRAFT] = ((cohort_id, address), address)
        return address
    return str(draft)


def _set(cohort_id: str, where: str) -> None:
    st.session_state[session_keys.FILTER_DRAFT] = ((cohort_id, filter_address.asked() or ""), where)


def _found(cohort_id: str, draft: str) -> s.Subgroup | None:
    """The subgroup of the draft; where it cannot be asked its sentence is shown, and all of the cohort is offered."""
    try:
        return cohorts.subgroup.or_raise(cohort_id, draft or None)
    except ApiError as error:
        st.warning(escape_markdown(error.problem.detail), icon=":material/filter_alt_off:")
        st.button("Start again", key=session_keys.FILTER_AGAIN, on_click=_set, args=(cohort_id, ""))
        return None


def _conditions(protocol: Protocol, conditions: Sequence[Condition]) -> None:
    """One line a condition, each with its button."""
    for n, condition in enumerate(conditions):
        rest = write([one for one in conditions if one is not condition])
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            words = conditions_words(protocol, [condition])
            st.markdown(escape_markdown(words))
            st.button(
                "Remove",
                key=f"filter-remove-{n}",
                type="tertiary",
                icon=":material/close:",
                on_click=_replace,
                args=(rest,),
                help=f"Remove the condition {escape_markdown(words)}.",
            )


def _replace(where: str) -> None:
    (of, _) = st.session_state[session_keys.FILTER_DRAFT]
    st.session_state[session_keys.FILTER_DRAFT] = (of, where)


def _column(cohort_id: str, found: s.Subgroup) -> None:
    """A column to ask, and what of it is kept."""
    offered = {
        one.name: one
        for one in found.columns
        if one.name not in (STUDY, PATIENT) and (one.n_values > 1 or (one.n_values and one.n_missing))
    }
    if not offered:
        st.caption("No column of this cohort tells its cases apart.")
        return
    name = st.selectbox(
        "By",
        list(offered),
        index=None,
        placeholder="Add a condition: label, centre, split, size …",
        format_func=lambda name: f"{_words(offered[name])} · {numbers.count(offered[name].n_known)} known",
        key=session_keys.FILTER_COLUMN,
    )
    if name is None:
        return
    column, conditions = offered[name], read(found.where) if found.where else ()
    if column.values:
        _classes(cohort_id, column, conditions)
    else:
        _range(cohort_id, column, conditions)


def _classes(cohort_id: str, column: s.SubgroupColumn, conditions: Sequence[Condition]) -> None:
    """The values of a column with the cases that the other conditions leave of each."""
    counts = {one.value: one.n_kept for one in column.values} | (
        {UNKNOWN: column.n_missing} if column.n_missing else {}
    )
    own = [one for one in conditions if one.column == column.name]
    chosen = [one.values for one in own if isinstance(one, OneOf) and one.wanted]
    key = session_keys.filter_values(column.name)
    st.session_state[key] = [name for name in counts if chosen and (None if name == UNKNOWN else name) in chosen[0]]
    options: dict[str, Any] = {
        "options": list(counts),
        "format_func": lambda name: f"{escape_markdown(name)} ({numbers.count(counts[name])})",
        "key": key,
        "on_change": _choose,
        "args": (cohort_id, column.name, key),
    }
    if len(counts) <= MOST_PILLS:
        st.pills(_words(column), selection_mode="multi", **options)
    else:
        st.multiselect(_words(column), placeholder="Choose values", **options)


def _choose(cohort_id: str, name: str, key: str) -> None:
    values: list[Value] = [None if word == UNKNOWN else word for word in st.session_state[key]]
    _with(cohort_id, name, [OneOf(name, tuple(values))] if values else [])


def _range(cohort_id: str, column: s.SubgroupColumn, conditions: Sequence[Condition]) -> None:
    """Both ends of a number, and whether cases without one are kept."""
    low, high, unknown = _ends(column, conditions)
    names = [f"{session_keys.filter_values(column.name)}-{end}" for end in ("low", "high", "unknown")]
    for name, value in zip(names, (low, high, unknown), strict=True):
        st.session_state[name] = value
    given: dict[str, Any] = {
        "on_change": _choose_range,
        "args": (cohort_id, column.name, names, (column.low, column.high)),
    }
    unit = f" {column.unit}" if column.unit else ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(f"{_words(column)} from{unit and ','}{unit}", key=names[0], format="%g", width=150, **given)
        st.number_input(f"to{unit and ','}{unit}", key=names[1], format="%g", width=150, **given)
    if column.n_missing:
        st.checkbox(f"or {UNKNOWN} ({numbers.count(column.n_missing)})", key=names[2], **given)
    st.caption(f"There is {written(column.low or 0.0)} to {written(column.high or 0.0)}{unit}.".replace("-", "−"))


def _ends(column: s.SubgroupColumn, conditions: Sequence[Condition]) -> tuple[float, float, bool]:
    low, high, unknown = float(column.low or 0.0), float(column.high or 0.0), False
    for one in conditions:
        if one.column != column.name:
            continue
        if isinstance(one, Beyond):
            low, high = (one.bound, high) if one.sign.startswith(">") else (low, one.bound)
        elif spans := [value for value in one.values if isinstance(value, Span)]:
            low, high, unknown = spans[0].low, spans[0].high, None in one.values
    return low, high, unknown


def _choose_range(cohort_id: str, name: str, keys: Sequence[str], all_of: tuple[float, float]) -> None:
    low, high, unknown = (st.session_state[key] for key in keys)
    whole = (low, high) == all_of
    values: list[Value] = [Span(*sorted((float(low), float(high)))), *([None] if unknown else [])]
    _with(cohort_id, name, [] if whole and unknown else [OneOf(name, tuple(values))])


def _with(cohort_id: str, name: str, own: Sequence[Condition]) -> None:
    """The draft with these conditions in place of the column's former ones."""
    _, draft = st.session_state[session_keys.FILTER_DRAFT]
    others = [one for one in (read(draft) if draft else ()) if one.column.casefold() != name.casefold()]
    _set(cohort_id, write([*others, *own]))


def _write_text(cohort_id: str) -> None:
    _set(cohort_id, st.session_state[session_keys.FILTER_TEXT].strip())


def _actions(cohort_id: str, found: s.Subgroup) -> None:
    """Shows the draft on the page, or takes the filter away."""
    address = filter_address.asked() or ""
    shown = filter_address.current(cohort_id)
    same = (found.where or "") == ((shown.where or "") if shown else address)
    with st.container(horizontal=True):
        if not same:
            what = numbers.counted(found.n_patients, "patient")
            label = f"Show these {what}" if found.where else f"Show all {what}"
            if st.button(label, key=session_keys.FILTER_SHOW, type="primary", disabled=found.n_cases == 0):
                filter_address.set_to(found.where or filter_address.ALL)
                st.rerun()
        if address and st.button("Clear", key=session_keys.FILTER_CLEAR, icon=":material/filter_alt_off:"):
            filter_address.set_to(filter_address.ALL)
            st.rerun()


def _words(column: s.SubgroupColumn) -> str:
    return f"{column.words[:1].upper()}{column.words[1:]}"
