"""One axis of new or lost content: its share, its names, and the studies at both ends."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import analyses, cohorts
from frontend.components.case_picture import case_picture
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import case_facts, numbers
from frontend.text import causes_words as words
from frontend.text.escape import escape_markdown
from shared import schemas as s

PICTURES = 3
SIDE = 220
CLEAR = 0.1
"""R² from which a clinical column is said to go with an axis."""


def show(here: Context, kind: str, number: int, axis: s.ContentAxis) -> None:
    """A fold with the axis in one line; what is inside is drawn when it is opened."""
    with st.expander(
        escape_markdown(line(here, kind, number, axis)), key=f"axis-{kind}-{number}", on_change="rerun"
    ) as fold:
        if fold.open:
            names(here, axis)
            ends(here, kind, number, axis)


def line(here: Context, kind: str, number: int, axis: s.ContentAxis) -> str:
    """`Axis 1: 67 % of what is new, named by T2 · NGTDM`."""
    named = [words.group(axis.groups[0].name)] if axis.groups else []
    named += [words.column(here.protocol, one.name) for one in axis.columns if (one.r2 or 0.0) >= CLEAR]
    what = f"goes with {words.listed(named)}" if named else "no name here"
    return f"Axis {number}: {words.share(axis.share)} of what is {kind}, {what}"


def names(here: Context, axis: s.ContentAxis) -> None:
    """Groups, features and columns that go with the axis."""
    told = [f"Radiomics tell {words.share_of_variance(axis.radiomics)} of it."]
    if axis.groups:
        parts = [f"{words.group(one.name)} (R² {numbers.r2(one.value)})" for one in axis.groups]
        told.append(f"Groups: {words.listed(parts)}.")
    if axis.columns:
        told.append(f"Columns: {words.listed([column_words(here.protocol, one) for one in axis.columns])}.")
    st.markdown(escape_markdown(" ".join(told)))
    called = analyses.ranking(here.analysis.id).set_index("feature")["label"].to_dict() if axis.features else {}
    for one in axis.features:
        way = "higher" if (one.value or 0.0) > 0 else "lower"
        st.page_link(
            "pages/shifts.py",
            label=escape_markdown(
                f"{called.get(one.name, one.name)}: {way} at the high end (r {numbers.change(one.value)})"
            ),
            icon=":material/arrow_forward:",
            query_params=here.query | {query_parameters.FEATURE: one.name},
        )


def column_words(protocol: s.Protocol, part: s.ColumnPart) -> str:
    """`Centre (r 0.95, R² 0.90)`."""
    return f"{words.column(protocol, part.name)} (r {numbers.r2(part.correlation)}, R² {numbers.r2(part.r2)})"


def ends(here: Context, kind: str, number: int, axis: s.ContentAxis) -> None:
    """The studies at both ends, with pictures where there are images."""
    known = {case.study_id: case for case in cohorts.cases(here.analysis.cohort_id)}
    for column, title, studies in zip(
        st.columns(2, gap="medium"), ("Low end", "High end"), (axis.low_end, axis.high_end), strict=True
    ):
        with column, st.container(gap="xsmall", key=f"axis-end-{kind}-{number}-{title[:3].lower()}"):
            st.markdown(f"**{title}**")
            pictures(here.protocol, [known[study] for study in studies if study in known and known[study].has_images])
            for study in studies:
                link(here, study, known.get(study))


def pictures(protocol: s.Protocol, cases: Sequence[s.Case]) -> None:
    """Slices of the outermost studies side by side, which the browser fetches when they come into view."""
    shown = [case_picture(case.id, case.study_id, protocol.reference, protocol, SIDE) for case in cases[:PICTURES]]
    if shown:
        st.html(f'<div class="axis-pictures">{"".join(shown)}</div>')


def link(here: Context, study: str, case: s.Case | None) -> None:
    """The study as a link to its page; as text where it is not in the cohort any more."""
    if case is None:
        st.markdown(escape_markdown(study))
        return
    label = case_facts.first_label(case, here.protocol)
    query = here.query | {query_parameters.COHORT: case.cohort_id, query_parameters.CASE: case.id}
    st.page_link("pages/cases.py", label=escape_markdown(f"{study}, {label}" if label else study), query_params=query)
