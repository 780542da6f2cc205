"""The matrix of two to eight analyses or runs, from stored effects; a cell opens its pair."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import comparisons, connection
from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys
from frontend.text import matrix_words, numbers
from frontend.text.comparison_text import analysis_labels
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST = 8
FIRST = "Modality × class"
BACKGROUNDS = {
    "stronger": "rgba(0, 114, 178, 0.30)",
    "probable_stronger": "rgba(0, 114, 178, 0.15)",
    "kept": "rgba(0, 114, 178, 0.15)",
    "weaker": "rgba(213, 94, 0, 0.30)",
    "probable_weaker": "rgba(213, 94, 0, 0.15)",
    "label_borne": "rgba(230, 180, 0, 0.30)",
    "unchanged": "rgba(128, 128, 128, 0.16)",
}
"""Behind the words of a cell, in both schemes."""
KEY = (
    "Blue ▲ stronger, orange ▼ weaker, or less than typical where most gained (open marks: probable), gold ◆ "
    "label-borne, grey unchanged, no colour: it cannot be read or compared."
)


def beside(here: Context, others: Sequence[s.Analysis]) -> list[s.Analysis]:
    """The analyses beside that of the page: of the address, else runs of its recipe, other tasks and regions."""
    by_id = {one.id: one for one in others}
    asked = st.query_params.get(query_parameters.COMPARED_WITH, "").split(",")
    named = [by_id[one] for one in dict.fromkeys(asked) if one in by_id]
    return (named or _usual(here, others))[: MOST - 1]


def _usual(here: Context, others: Sequence[s.Analysis]) -> list[s.Analysis]:
    """Runs of the recipe first, then what else there is of the same patients, else what there is of the cohort."""
    recipe, roi = here.analysis.ft_encoder.recipe_id, here.analysis.roi
    alike = [one for one in others if recipe and one.ft_encoder.recipe_id == recipe and one.roi == roi]
    same_patients = [one for one in here.of_cohort if one.id != here.analysis.id]
    of_cohort = [one for one in others if one.cohort_id == here.analysis.cohort_id]
    found = {one.id: one for one in (*alike, *same_patients)} or {one.id: one for one in of_cohort}
    return list(found.values())


def box(here: Context, others: Sequence[s.Analysis], chosen: Sequence[s.Analysis]) -> None:
    """Chooses what stands beside the analysis of the page; those of other cohorts carry the cohort's name."""
    names = analysis_labels(here.protocol, [here.analysis, *others])
    own = here.analysis.cohort_id
    named = {one.id: names[one.id] if one.cohort_id == own else f"{one.cohort_name}: {names[one.id]}" for one in others}
    st.session_state[session_keys.MATRIX_MEMBERS] = [one.id for one in chosen]
    st.multiselect(
        f"Compare {escape_markdown(names[here.analysis.id])} with",
        list(named),
        format_func=named.__getitem__,
        key=session_keys.MATRIX_MEMBERS,
        max_selections=MOST - 1,
        placeholder="Choose one to seven analyses or runs",
        on_change=_choose,
    )


def _choose() -> None:
    ids = st.session_state[session_keys.MATRIX_MEMBERS]
    st.query_params.pop(query_parameters.COMPARED_WITH, None)
    if ids:
        st.query_params[query_parameters.COMPARED_WITH] = ",".join(ids)


def show(here: Context, chosen: Sequence[s.Analysis]) -> str | None:
    """Draws the matrix; the id of the analysis whose cell was chosen, None while none was."""
    rows = st.segmented_control("Rows", list(matrix_words.BY), default=FIRST, required=True, key=session_keys.MATRIX_BY)
    by, ids = matrix_words.BY[rows or FIRST], (here.analysis.id, *(one.id for one in chosen))
    found = comparisons.matrix(ids, by)
    names = short_names(found)
    st.markdown(f"**{escape_markdown(matrix_words.answer(found))}**")
    first = "" if found.total == len(found.rows) else f"{numbers.count(len(found.rows))} of "
    st.caption(f"The largest effects first, {first}{numbers.counted(found.total, 'row')}. {KEY} A cell opens its pair.")
    picked = st.dataframe(
        styled(found, names),
        hide_index=True,
        height=min(40 + 35 * max(1, len(found.rows)), 720),
        key=f"matrix-{by}-{len(ids)}",
        on_select="rerun",
        selection_mode="single-cell",
        column_config=columns(found, names),
        alt=f"{numbers.counted(len(found.rows), 'row')} in {len(names)} analyses: effect, flag and agreement.",
    )
    _what_limits(found, names, ids)
    cells = picked["selection"].get("cells", [])
    place = names.index(cells[0][1]) if cells and cells[0][1] in names else 0
    return ids[place] if place else None


def short_names(found: s.ComparisonMatrix) -> list[str]:
    """`PI-RADS · gland (n 48)`; cohorts are named where there are several, and equal names get a letter."""
    several = len({one.cohort_name for one in found.members}) > 1
    names = [
        f"{f'{one.cohort_name}: ' if several else ''}{one.label} (n {numbers.count(one.n_patients)})"
        for one in found.members
    ]
    return [f"{name} {chr(97 + at)}" if names.count(name) > 1 else name for at, name in enumerate(names)]


def frame(found: s.ComparisonMatrix, names: Sequence[str]) -> pd.DataFrame:
    """Words of every cell; the spread of replicates only where there are some."""
    table: dict[str, Any] = {"row": [matrix_words.row(found.by, one) for one in found.rows]}
    for at, name in enumerate(names):
        table[name] = [matrix_words.cell(one.cells[at]) for one in found.rows]
    table["agreement"] = [matrix_words.AGREEMENT[one.agreement] for one in found.rows]
    if any(one.spreads for one in found.rows):
        table["replicates"] = [matrix_words.spread(one) for one in found.rows]
    return pd.DataFrame(table)


def styled(found: s.ComparisonMatrix, names: Sequence[str]) -> Any:
    """The table with the colour of each flag behind its words; none where nothing can be read."""
    table = frame(found, names)
    colours = pd.DataFrame("", index=table.index, columns=table.columns)
    for at, name in enumerate(names):
        flags = [one.cells[at].flag or "" for one in found.rows]
        colours[name] = [f"background-color: {BACKGROUNDS[flag]}" if flag in BACKGROUNDS else "" for flag in flags]
    return table.style.apply(lambda _: colours, axis=None)


def columns(found: s.ComparisonMatrix, names: Sequence[str]) -> dict[str, Any]:
    """Titles, and what differs from the first column as their help."""
    text = st.column_config.TextColumn
    helps = {name: " ".join(one.notes) for name, one in zip(names, found.members, strict=True)}
    return {
        "row": text("Feature" if found.by == "feature" else "Group", pinned=True),
        **{name: text(name, help=escape_markdown(told) or None) for name, told in helps.items()},
        "agreement": text("Agreement"),
        "replicates": text("Replicates", help="Mean of the runs of one recipe, and their standard deviation."),
    }


def _what_limits(found: s.ComparisonMatrix, names: Sequence[str], ids: Sequence[str]) -> None:
    """What limits comparing the columns, how alike they are, and the table to take away."""
    for name, member in zip(names, found.members, strict=True):
        if member.notes:
            st.markdown(f"* **{escape_markdown(name)}**: {escape_markdown(' '.join(member.notes))}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Matrix CSV",
            partial(connection.client().csv, "/comparisons/matrix", analysis=list(ids), by=found.by),
            file_name=f"matrix-{found.by}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    with st.expander("How alike are they?", icon=":material/join_inner:", type="compact"):
        for pair in found.pairs:
            st.markdown(f"* {escape_markdown(matrix_words.alike(names, pair))}")
