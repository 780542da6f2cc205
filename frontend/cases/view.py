"""One case on the page: heading, case line, viewer, radiomics and other data."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import cohorts
from frontend.cases import neighbours as case_neighbours
from frontend.cases import radiomics
from frontend.components import marks
from frontend.state import query_parameters, session_keys
from frontend.text import case_facts, numbers
from frontend.text.escape import escape_markdown
from frontend.viewer import viewer
from shared import schemas as s
from shared.protocol_words import spoken

ACROSS = 3


def go_to(case_id: str) -> None:
    """Puts a case into the address."""
    st.query_params.pop(query_parameters.SLICE, None)
    st.query_params[query_parameters.CASE] = case_id


def show(case: s.CaseDetail, protocol: s.Protocol, order: Sequence[str]) -> None:
    """The case of a protocol; `order` holds the ids of the cases listed, for previous and next."""
    before, after = neighbours(case, order)
    name, links = st.columns([3, 2], vertical_alignment="center")
    name.subheader(escape_markdown(case.study_id), anchor=False)
    with links, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        for label, other, icon in (
            ("Previous", before, ":material/chevron_left:"),
            ("Next", after, ":material/chevron_right:"),
        ):
            if other is None:  # a disabled link is not announced as one, a disabled button is
                st.button(label, icon=icon, type="tertiary", disabled=True)
                continue
            query = case_neighbours.kept_query() | {query_parameters.CASE: other}
            st.page_link("pages/cases.py", label=label, icon=icon, query_params=query)
    st.markdown(case_line(case, protocol))
    marks.show("case", s.StarCreate(case_id=case.id))
    if case.status == "rejected":
        st.error(f"Refused at import. {escape_markdown(case.reason)}", icon=":material/block:")
    if case.warnings:
        st.caption("  \n".join(f":material/warning: {escape_markdown(warning)}" for warning in case.warnings))
    if case.volumes:
        pictures(case.id, before, after)
    elif case.status != "rejected":
        st.info("This case was imported as tables, so there are no images to show.", icon=":material/table:")
    if case.volumes and not st.session_state.get(session_keys.PICTURES_DRAWN, False):
        with st.container(key="after-pictures"):
            st.caption("The radiomics of this case follow as soon as its pictures stand.")
        return
    if case.status != "rejected":
        radiomics.show(case, protocol)
    background(case, protocol)
    case_neighbours.show(case, protocol)


def neighbours(case: s.CaseDetail, order: Sequence[str]) -> tuple[str | None, str | None]:
    """The case before and after in the filtered list, or in the cohort where the case is not listed."""
    if case.id not in order:
        return case.previous_id, case.next_id
    place = order.index(case.id)
    return (order[place - 1] if place > 0 else None), (order[place + 1] if place + 1 < len(order) else None)


def case_line(case: s.Case, protocol: s.Protocol) -> str:
    """`Patient 11373 · age 65–69 · PI-RADS 4 · gland 44.3 mL · lesion 0.31 mL · train`, in the protocol's words."""
    parts = [f"Patient {escape_markdown(case.patient_id)}"]
    if case.age is not None:
        low = int(case.age // 5) * 5
        parts.append("age 90+" if case.age >= 90 else f"age {low}–{low + 4}")
    parts += map(escape_markdown, case_facts.target_words(case, protocol))
    if case.isup is not None:
        parts.append(f"ISUP {case.isup}")
    if protocol.regions:
        parts += map(escape_markdown, case_facts.volume_words(case, protocol))
    parts += [escape_markdown(part) for part in (case.center, case.split) if part]
    return " · ".join(parts)


@st.fragment
def pictures(case_id: str, before: str | None, after: str | None) -> None:
    """The viewer; moving through slices changes the address and nothing else."""
    case = cohorts.case(case_id)
    wanted_slice = st.query_params.get(query_parameters.SLICE, "")
    k = int(wanted_slice) if wanted_slice.isdecimal() and len(wanted_slice) < 5 else None
    state = viewer(case, k, cohorts.case_maps(case.id))
    if state.moved:
        st.query_params[query_parameters.SLICE] = str(state.k)
    first = state.stands and not st.session_state.get(session_keys.PICTURES_DRAWN, False)
    target = {"previous": before, "next": after}.get(state.go or "")
    if first:
        st.session_state[session_keys.PICTURES_DRAWN] = True
    if state.expired:
        cohorts.clear_cases()
    if target is not None:
        go_to(target)
    if first or target is not None:
        st.rerun()
    if state.expired:
        st.rerun(scope="fragment")
    with st.expander("Plain pictures of this slice", key=session_keys.SLICE_PICTURES, on_change="rerun") as fold:
        if fold.open:
            plain_pictures(case, state.k)


def plain_pictures(case: s.CaseDetail, k: int) -> None:
    """The slice as the server draws it, for browsers or reports that cannot use the viewer."""
    codes = {region.name for region in case.display.regions if region.codes}
    rois = ",".join(mask.roi for mask in case.masks if mask.roi not in codes)
    of = {volume.modality: volume for volume in case.volumes}
    shown = [of[one.name] for one in case.display.modalities if one.name in of]
    for start in range(0, len(shown), ACROSS):
        for column, volume in zip(st.columns(ACROSS), shown[start : start + ACROSS], strict=False):
            words = f"{volume.modality}, slice {k + 1} of {volume.shape_zyx[0]}"
            picture = cohorts.slice_png(case.id, volume.modality, k, rois)
            column.image(picture, caption=words, alt=words, width="stretch")


@st.fragment
def background(case: s.CaseDetail, protocol: s.Protocol) -> None:
    """Native geometry and clinical values; each table is sent once somebody opens it, so that pictures come first."""
    with st.expander("Native geometry", key=session_keys.NATIVE_GEOMETRY, on_change="rerun") as fold:
        if fold.open and case.geometry:
            st.dataframe(geometry_table(case.geometry), hide_index=True)
            others = [name for name in protocol.modality_names if name != protocol.reference]
            st.caption(
                f"As acquired. The viewer shows {', '.join(others)}{' and ' if others else ''}masks resampled to the "
                f"{protocol.reference} grid by physical position."
            )
        elif fold.open:
            st.markdown("No geometry is stored for this case.")
    if case.series:
        with st.expander("DICOM series", key=session_keys.DICOM_SERIES, on_change="rerun") as fold:
            if fold.open:
                st.dataframe(series_table(case.series), hide_index=True)
                st.caption("What was taken at import, and why. Another series can be named when importing again.")
    if case.zones:
        codes = ", ".join(f"{escape_markdown(code)} = {escape_markdown(name)}" for code, name in case.zones.items())
        st.caption(f"Codes in the label map as it came: {codes}. {stored_codes(protocol)}".strip())
    if case.clinical:
        with st.expander("Clinical values", key=session_keys.CLINICAL_VALUES, on_change="rerun") as fold:
            if fold.open:
                rows = {"name": list(case.clinical), "value": [str(value) for value in case.clinical.values()]}
                st.dataframe(pd.DataFrame(rows), hide_index=True)


def stored_codes(protocol: s.Protocol) -> str:
    """What the codes of stored masks are: `Stored zones are 1 = PZ, 2 = TZ.`, and others after it."""
    named = [
        f"Stored {spoken(region.name)} are {', '.join(f'{code} = {name}' for code, name in region.codes.items())}."
        for region in protocol.regions
        if region.codes
    ]
    return escape_markdown(" ".join(named))


def series_table(series: Sequence[s.SeriesChoice]) -> pd.DataFrame:
    """One row a series of the study: what it was taken for, and what is known of it."""
    taken = {choice.series: choice for choice in series}
    return pd.DataFrame(
        [
            {
                "Series": each.series,
                "Taken as": taken[each.series].modality if each.series in taken else "",
                "What it is": taken[each.series].reason if each.series in taken else each.why,
                "Slices": each.slices,
                "Named by a person": "yes" if each.series in taken and taken[each.series].overridden else "",
            }
            for each in series[0].candidates
        ]
    )


def geometry_table(geometry: dict[str, Any]) -> pd.DataFrame:
    """One row an input; lists become `384 × 384 × 19`."""
    rows = [
        {"input": name} | {field: in_words(value) for field, value in values.items()}
        for name, values in geometry.items()
        if isinstance(values, dict)
    ]
    return pd.DataFrame(rows or [{"input": name, "value": in_words(value)} for name, value in geometry.items()])


def in_words(value: object) -> str:
    """A size, spacing or origin as text."""
    if not isinstance(value, list | tuple):
        return str(value)
    separator = " × " if all(isinstance(part, int) for part in value) else ", "
    return separator.join(
        f"{part:g}".replace("-", numbers.MINUS) if isinstance(part, int | float) else str(part) for part in value
    )
