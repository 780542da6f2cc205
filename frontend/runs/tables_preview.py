"""A look at tables before anything starts: what each is, what it is used for, what is left out, what is refused."""

from collections.abc import Sequence

import streamlit as st

from frontend.runs import drafts, table_roles
from frontend.runs.sources import Source
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

ICONS = {
    "embeddings": ":material/lens_blur:",
    "radiomics": ":material/texture:",
    "clinical": ":material/clinical_notes:",
    "unknown": ":material/help:",
}


def roles(sources: Sequence[Source], tables: Sequence[s.CheckedTable]) -> list[str]:
    """One row a file: what it is and what it is used for, which can be changed."""
    found: list[str] = []
    for source, table, proposed in zip(sources, tables, table_roles.proposed_roles(tables), strict=True):
        with st.container(border=True, key=f"table-{len(found)}"):
            left, right = st.columns([3, 2], vertical_alignment="center")
            with left:
                _say(table)
            with right:
                options = list(table_roles.ROLES)
                chosen = st.selectbox(
                    f"Used as: {source.name}",
                    options,
                    format_func=table_roles.ROLES.__getitem__,
                    key=drafts.current().proposed(f"role of {source.name}", proposed, options),
                )
                if chosen == table_roles.UNSAID:
                    st.caption(f":material/arrow_upward: {_what_to_choose(table)}")
        found.append(chosen)
    return found


def _what_to_choose(table: s.CheckedTable) -> str:
    if table.problem is not None:
        return "It cannot be used as it stands: correct it and give it again, or choose “not used”."
    if table.kind == "embeddings":
        return "Its name does not say whether it is from before or after fine-tuning: choose."
    return "Choose what it is, or “not used”."


def _say(table: s.CheckedTable) -> None:
    if table.problem is not None:
        st.markdown(f":material/block: **{escape_markdown(table.file)}**: {escape_markdown(table.problem)}")
        return
    st.markdown(f"{ICONS[table.kind]} {_bold_name(table)}")
    ids = [f"studies by “{table.study_column}”" if table.study_column else "",
           f"patients by “{table.patient_column}”" if table.patient_column else ""]  # fmt: skip
    joined = " and ".join(part for part in ids if part)
    unused = [f"{_names(part)} not used: {part.why}" for part in table.unused]
    lines = [f"Joined: {joined}" if joined else "", *table.notes, *unused]
    st.caption(escape_markdown(" · ".join(line for line in lines if line)))


def _bold_name(table: s.CheckedTable) -> str:
    """`**pre.csv**: embeddings, 60 rows, …`."""
    rest = table.words.removeprefix(f"{table.file}: ")
    return f"**{escape_markdown(table.file)}**: {escape_markdown(rest)}"


def _names(part: s.UnusedColumns) -> str:
    named = ", ".join(part.names[:6])
    more = part.n - len(part.names[:6])
    if not named:
        return numbers.counted(part.n, "column")
    return named if more <= 0 else f"{named} and {numbers.counted(more, 'other')}"


def together(found: s.TablesCheck, used: Sequence[str]) -> bool:
    """What the tables share in words; whether some studies are in a part of them alone."""
    partly = False
    for pair in found.shared:
        if pair.first_missing is None or not {pair.first, pair.second} <= set(used):
            continue
        apart = pair.only_first + pair.only_second
        partly = True
        st.markdown(
            f":material/join_inner: {escape_markdown(pair.first)} and {escape_markdown(pair.second)} share "
            f"{numbers.counted(pair.n_shared, 'study', 'studies')}; {numbers.count(apart)} "
            f"{'is' if apart == 1 else 'are'} in one of them alone, such as {escape_markdown(pair.first_missing)}."
        )
    if found.n_common:
        common = numbers.counted(found.n_common, "study is", "studies are")
        st.markdown(f":material/check: **{common} in every table** of embeddings and radiomics.")
    return partly
