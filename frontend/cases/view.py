"""One case on the page: heading, viewer at full width, and what follows below it."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import cohorts
from frontend.cases import background, mask_files, neighbours, radiomics
from frontend.cases.address import go_to, kept_query
from frontend.components import context_bar, marks
from frontend.state import query_parameters, session_keys
from frontend.text import case_facts
from frontend.text.escape import escape_markdown
from frontend.viewer import viewer
from shared import schemas as s

ACROSS = 3
TABLES_ONLY = "This case was imported as tables, so there are no images to show."


def heading(case: s.CaseDetail, protocol: s.Protocol, order: Sequence[str]) -> None:
    """The study's name and facts, the way to the case before and after, star and notes; `order` lists the cases."""
    with st.container(horizontal=True, vertical_alignment="center", key="case-heading", gap="small"):
        st.title(escape_markdown(case.study_id), anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="case-ways", gap="small"):
            for label, other, icon in zip(
                ("Previous", "Next"),
                beside(case, order),
                (":material/chevron_left:", ":material/chevron_right:"),
                strict=True,
            ):
                way(label, other, icon)
        st.markdown(case_line(case, protocol), width="content")


def way(label: str, other: str | None, icon: str) -> None:
    """A link to another case, or where there is none a button that says so."""
    if other is None:  # a disabled link is not announced as one, a disabled button is
        st.button(label, icon=icon, type="tertiary", disabled=True)
        return
    query = kept_query() | {query_parameters.CASE: other}
    st.page_link("pages/cases.py", label=label, icon=icon, query_params=query, width="content")


def images(case: s.CaseDetail, order: Sequence[str]) -> None:
    """The viewer, or a sentence where there is nothing to see."""
    if case.status == "rejected":
        st.error(f"Refused at import. {escape_markdown(case.reason)}", icon=":material/block:")
    if case.volumes:
        pictures(case.id, *beside(case, order), *came_for(case))
    elif case.status != "rejected":
        st.info(TABLES_ONLY, icon=":material/table:")
        seen_elsewhere(case.cohort_id)


def seen_elsewhere(cohort_id: str) -> None:
    """Links to cohorts that have images."""
    for one in cohorts.cohorts():
        if one.id != cohort_id and one.kind == "images" and one.n_cases:
            st.page_link(
                "pages/cases.py",
                label=f"Cases with images: {escape_markdown(one.name)}",
                icon=":material/radiology:",
                query_params={query_parameters.COHORT: one.id},
            )


def details(case: s.CaseDetail, protocol: s.Protocol) -> None:
    """What follows below the pictures, as soon as they stand."""
    if case.warnings:
        st.caption("  \n".join(f":material/warning: {escape_markdown(warning)}" for warning in case.warnings))
    marks.show("case", s.StarCreate(case_id=case.id))
    if case.volumes and not st.session_state.get(session_keys.PICTURES_DRAWN, False):
        with st.container(key="after-pictures"):
            st.caption("The radiomics of this case follow as soon as its pictures stand.")
        return
    if case.status != "rejected":
        radiomics.show(case, protocol)
        neighbours.show(case, protocol)
    if case.volumes:
        plain(case.id)
        mask_files.show(case)
    background.background(case, protocol)


def came_for(case: s.CaseDetail) -> tuple[str | None, str | None, str | None]:
    """The feature of the address, the settings it was extracted with, and its region; None of another cohort."""
    feature, here = st.query_params.get(query_parameters.FEATURE), context_bar.current()
    if not feature or here is None or here.analysis.cohort_id != case.cohort_id:
        return None, None, None
    return feature, here.detail.extraction, here.analysis.roi


def beside(case: s.CaseDetail, order: Sequence[str]) -> tuple[str | None, str | None]:
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
def pictures(
    case_id: str, before: str | None, after: str | None, feature: str | None, settings: str | None, roi: str | None
) -> None:
    """The viewer; moving through slices changes the address and nothing else. The map of `feature` lies over it."""
    case = cohorts.case(case_id)
    wanted_slice = st.query_params.get(query_parameters.SLICE, "")
    k = int(wanted_slice) if wanted_slice.isdecimal() and len(wanted_slice) < 5 else None
    state = viewer(case, k, cohorts.case_maps(case.id, feature, settings), roi)
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


@st.fragment
def plain(case_id: str) -> None:
    """The slice as the server draws it, folded away."""
    with st.expander("Plain pictures of this slice", key=session_keys.SLICE_PICTURES, on_change="rerun") as fold:
        if fold.open:
            case = cohorts.case(case_id)
            wanted = st.query_params.get(query_parameters.SLICE, "")
            plain_pictures(case, int(wanted) if wanted.isdecimal() and len(wanted) < 5 else case.best_slice)


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
