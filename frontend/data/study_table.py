"""Every listed study of the page Data in words, and the whole report as CSV."""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from frontend.api import connection
from frontend.data import cohort_facts
from frontend.text import case_facts, numbers
from shared import schemas as s

STATUSES = {"all": "all", "accepted": "accepted", "rejected": "refused", "excluded": "excluded"}


def table(cohort: s.Cohort, listed: Sequence[s.QualityRow], cases: Mapping[str, s.Case], n_found: int, n: int) -> None:
    """The listed studies in words, the first of `n_found` that match, and the whole report as CSV."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        first = f"; the first {numbers.count(len(listed))} are listed" if len(listed) < n_found else ""
        st.markdown(f"**{numbers.counted(n_found, 'study', 'studies')} of {numbers.count(n)}**{first}")
        st.download_button(
            "All as CSV",
            partial(connection.client().csv, f"/cohorts/{cohort.id}/quality/cases"),
            file_name=f"quality-{cohort.id}.csv",
            mime="text/csv",
            icon=":material/download:",
        )
    if not listed:
        return
    facts = case_facts.known_facts(cohort.protocol, list(cases.values()))
    st.dataframe(
        pd.DataFrame(
            {
                "Study": [row.study_id for row in listed],
                "Patient": [row.patient_id for row in listed],
                "Status": [STATUSES[row.status] for row in listed],
                "Looked at": [looked_at(row) for row in listed],
                "Why, or what to know": [row.reason or " ".join(row.warnings) for row in listed],
                "What to do": [row.remedy for row in listed],
                **{fact.label: known(fact, listed, cases) for fact in facts},
                f"{cohort.protocol.reference} voxel (mm)": [row.spacing_mm.replace("x", "×") for row in listed],
                "Centre": [row.center or "" for row in listed],
                "Scanner": [row.scanner or "" for row in listed],
                "Split": [row.split or "" for row in listed],
                "Files checked by": [cohort_facts.INTEGRITY.get(row.integrity, "") for row in listed],
            }
        ),
        hide_index=True,
        height=min(38 + 35 * len(listed), 390),
        placeholder="–",
        column_config={
            "Why, or what to know": st.column_config.TextColumn(width="large"),
            "What to do": st.column_config.TextColumn(width="medium"),
            **{
                fact.label: st.column_config.NumberColumn(format=f"%.{fact.digits}f")
                for fact in facts
                if fact.digits is not None
            },
        },
    )


def known(
    fact: case_facts.Fact, listed: Sequence[s.QualityRow], cases: Mapping[str, s.Case]
) -> list[case_facts.Value | None]:
    """What the listed studies have of a fact."""
    return [fact.of(cases[row.case_id]) if row.case_id in cases else None for row in listed]


def looked_at(row: s.QualityRow) -> str:
    """`approved by ana, 24 Nov 2026, 09:15 UTC`."""
    if row.status == "rejected":
        return ""
    if row.reviewed_by is None or row.reviewed_at is None:
        return "not yet"
    return f"{row.review} by {row.reviewed_by}, {numbers.day(row.reviewed_at)}"
