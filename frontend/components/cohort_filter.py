"""The cohort filter of every Explore page: the box in the line of context, whose numbers stand below, what is kept.

The frame draws `box`, and `notice` above the page; `current` and `held` tell a page what the filter keeps.
"""

from collections.abc import Sequence

import streamlit as st

from frontend.api import cohorts
from frontend.components import filter_address, filter_editor, job_launcher
from frontend.components.context_bar import Context
from frontend.components.filter_address import current, held
from frontend.state import query_parameters, session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.conditions import OneOf, read, write
from shared.subgroup_words import STUDY

__all__ = ["box", "current", "held", "keep_only", "notice"]

OF_NUMBERS = ("overview", "shifts", "groups", "causes")
"""Pages whose numbers belong to an analysis, so that a filter alone cannot change them."""
ICON = ":material/filter_alt:"


def box(cohort_id: str) -> None:
    """The button that says who is shown, and the editor under it."""
    filter_address.renew(cohort_id)
    with st.popover(label(cohort_id), icon=ICON, type="tertiary", key="cohort-filter", on_change="rerun") as opened:
        if opened.open:  # counts of every column are asked for when somebody looks
            with st.container(width=400):
                filter_editor.show(cohort_id, cohorts.protocol(cohort_id))


def label(cohort_id: str) -> str:
    """`All 120 patients`, `48 of 120 patients`; of a filter that cannot be asked here, that it is not used."""
    if filter_address.refusal(cohort_id) is not None:
        return "Filter not used"
    found = current(cohort_id)
    if found is None:
        patients = cohorts.subgroup(cohort_id).n_patients_all
        return f"{'All ' if patients != 1 else ''}{numbers.counted(patients, 'patient')}"
    return f"{numbers.count(found.n_patients)} of {numbers.counted(found.n_patients_all, 'patient')}"


def notice(page: str, here: Context) -> None:
    """Whose numbers stand below, where a filter is on or a part of the cohort was analysed; one calm line."""
    sentence = filter_address.refusal(here.analysis.cohort_id)
    if sentence is not None:
        with _line():
            st.markdown(
                f":material/filter_alt_off: The filter of this address is not used: {escape_markdown(sentence)}"
            )
            st.button("Remove it", key=session_keys.FILTER_NOTICE, on_click=filter_address.set_to, args=(None,))
        return
    found = current(here.analysis.cohort_id)
    if page in OF_NUMBERS:
        _whose_numbers(here, found)
    elif found is not None:
        with _line():
            st.markdown(f"{ICON} {escape_markdown(found.sentence)}", width="content")
            _show_all()


def _whose_numbers(here: Context, found: s.Subgroup | None) -> None:
    shown, wanted = here.analysis.subgroup, found.where if found else None
    if shown is not None and shown.where == wanted:
        with _line():
            of = numbers.counted(shown.n_patients_all, "patient")
            size = f"{numbers.count(here.analysis.n_patients)} of {of}"
            st.markdown(f"{ICON} The numbers below are of **{size}**: {escape_markdown(shown.words)}.", width="content")
            _show_all()
        return
    if shown is None and wanted is None:
        return
    with st.container(key="filter-line"):
        whose = f"{'all ' if shown is None else ''}{numbers.counted(here.analysis.n_patients, 'patient')}"
        part = "" if shown is None else f" ({escape_markdown(shown.words)})"
        match = cohorts.subgroup(here.analysis.cohort_id).n_patients_all if found is None else found.n_patients
        told = f"{numbers.count(match)} match the filter" if found else f"the cohort has {numbers.count(match)}"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{ICON} The numbers below are of {whose}{part}; {told}.", width="content")
            if found:
                _show_all()
        what = f"these {numbers.counted(match, 'patient')}" if found else f"all {numbers.counted(match, 'patient')}"
        job_launcher.show(
            f"Analyse {what}", request(here, wanted), f"subgroup {here.analysis.id} {wanted}", joined=True
        )


def request(here: Context, where: str | None) -> s.AnalyseParams:
    """The same analysis of another part of the cohort; a label or covariate that a condition asks is left to the job.

    Such a column can be the same in every patient of the subgroup.
    """
    fields = {name: value for name, value in here.detail.settings.items() if name in s.AnalyseParams.model_fields}
    asks = {one.column for one in read(where)} if where else set[str]()
    for name in ("label", "covariates"):
        if asks & set(fields.get(name) or ()) or not fields.get(name):
            fields.pop(name, None)
    return s.AnalyseParams.model_validate(fields | {"where": where})


def keep_only(studies: Sequence[str]) -> None:
    """Sets the filter to studies that were chosen one by one, as by a lasso, and to all that it asked before."""
    before = filter_address.asked()
    others = [one for one in (read(before) if before else ()) if one.column != STUDY]
    filter_address.set_to(write([*others, OneOf(STUDY, tuple(sorted(studies)))]))


def analysis_chosen(before: s.Analysis, after: s.Analysis) -> None:
    """Another analysis was chosen in the box: its own patients are shown; only one of another task keeps the filter."""
    same_cohort = before.cohort_id == after.cohort_id
    if not same_cohort or after.subgroup is not None or before.task == after.task:
        st.query_params.pop(query_parameters.WHERE, None)


def _line() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", key="filter-line")


def _show_all() -> None:
    st.button(
        "Show all",
        key=session_keys.FILTER_NOTICE,
        type="tertiary",
        icon=":material/close:",
        on_click=filter_address.set_to,
        args=(filter_address.ALL,),
    )
