"""The features of a comparison: filters, what was chosen in the scatter, and the table that leads to the evidence."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.api import connection
from frontend.components import context_bar, feature_link
from frontend.state import session_keys
from frontend.text import labels, numbers, trust_words
from frontend.text.escape import escape_markdown
from shared import schemas as s


def filtered(rows: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """Rows by verdict, modality, class and words; an empty answer keeps all and says so."""
    verdicts = {labels.verdict(name, names): name for name in labels.VERDICTS if (rows["verdict"] == name).any()}
    classes = {labels.feature_class(name): name for name in sorted(rows["feature_class"].unique())}
    keep = pd.Series(True, index=rows.index)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        verdict = st.selectbox(
            "Agreement", list(verdicts), index=None, placeholder="All", key=session_keys.COMPARED_VERDICT, width=230
        )
        modality = st.selectbox(
            "Modality",
            sorted(rows["modality"].unique()),
            index=None,
            placeholder="All",
            key=session_keys.COMPARED_MODALITY,
            width=140,
        )
        of_class = st.selectbox(
            "Class", list(classes), index=None, placeholder="All", key=session_keys.COMPARED_CLASS, width=170
        )
        text = st.text_input(
            "Search", placeholder="words or a PyRadiomics name", key=session_keys.COMPARED_TEXT, width=260
        )
    if verdict:
        keep &= rows["verdict"] == verdicts[verdict]
    if modality:
        keep &= rows["modality"] == modality
    if of_class:
        keep &= rows["feature_class"] == classes[of_class]
    for word in (text or "").casefold().split():
        keep &= (rows["feature"] + " " + rows["label"]).str.casefold().str.contains(word, regex=False)
    if not keep.any():
        st.info("No feature matches these filters, so all are shown.", icon=":material/filter_alt_off:")
        return rows
    return rows[keep]


def cleared() -> int:
    """How often the selection was taken away: a new key empties the chart's own memory of it."""
    return int(st.session_state.get(session_keys.COMPARISON_CLEARED, 0))


def selected(comparison_id: str, rows: pd.DataFrame) -> list[str]:
    """Keys chosen in the scatter that are among the rows."""
    of, keys = st.session_state.get(session_keys.COMPARISON_CHOSEN, ("", []))
    return [key for key in keys if of == comparison_id and (rows["key"] == key).any()]


def choose(comparison_id: str, keys: list[str]) -> None:
    """Remembers what was drawn around."""
    st.session_state[session_keys.COMPARISON_CHOSEN] = (comparison_id, keys)


def clear() -> None:
    """Clear the selection, in the chart too."""
    st.session_state.pop(session_keys.COMPARISON_CHOSEN, None)
    st.session_state[session_keys.COMPARISON_CLEARED] = cleared() + 1


def table(
    detail: s.ComparisonDetail, pair: s.ComparedPair, rows: pd.DataFrame, names: tuple[str, str], chosen: bool
) -> None:
    """Agreements and disagreements, largest difference first; a row leads to its evidence."""
    order = rows.assign(size=rows["difference"].abs()).sort_values("size", ascending=False, kind="stable")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{numbers.count(len(order))} {'chosen' if chosen else 'compared'}")
        if chosen:
            st.button("Show all", icon=":material/deselect:", on_click=clear)
    frame = pd.DataFrame(
        {
            "what": order["label"],
            "agreement": [labels.verdict(verdict, names) for verdict in order["verdict"]],
            "first": order["effect_first"].map(numbers.drawn_zero, na_action="ignore"),
            "second": order["effect_second"].map(numbers.drawn_zero, na_action="ignore"),
            "difference": order["difference"].map(numbers.drawn_zero, na_action="ignore"),
            "interval": [
                numbers.interval(low, high) for low, high in zip(order["ci_low"], order["ci_high"], strict=True)
            ],
            "q": order["q"],
            "flag first": order["flag_first"].map(trust_words.flag),
            "flag second": order["flag_second"].map(trust_words.flag),
            "name": order["key"],
        }
    )
    of_features = "feature" in order
    look: dict[str, Any] = {
        "hide_index": True,
        "placeholder": numbers.NONE,
        "height": min(440, 40 + 35 * max(1, len(frame))),
        "column_config": table_columns(names),
        "alt": f"{numbers.counted(len(frame), 'row')} with both effects, their difference and its interval.",
    }
    if of_features:
        st.dataframe(
            frame,
            key=table_key(),
            on_select=partial(feature_link.choose_row, table_key(), list(frame["name"])),
            selection_mode="single-row",
            **look,
        )
    else:
        st.dataframe(frame.drop(columns="name"), **look)
    text = (
        f"A: {escape_markdown(names[0])}; B: {escape_markdown(names[1])}. "
        "Largest difference (B less A) first; the interval is that of the difference."
    )
    st.caption(f"{text} Choose a row to see the evidence for it." if of_features else text)
    st.download_button(
        "Comparison CSV",
        partial(connection.client().csv, f"/comparisons/{detail.id}/features", first=pair.first, second=pair.second),
        file_name=f"comparison-{detail.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    here = context_bar.current()
    if here is not None and of_features:
        feature_link.follow(here)


def table_key() -> str:
    """A new key after each clearing of the chart, so that the same row can be chosen again."""
    return f"compared-{cleared()}"


def table_columns(names: tuple[str, str]) -> dict[str, Any]:
    """Names, digits and explanations."""
    number = st.column_config.NumberColumn
    return {
        "what": st.column_config.TextColumn("In words", width="medium"),
        "agreement": st.column_config.TextColumn("Agreement", width="medium"),
        "first": number("effect A", format="%+.2f", width="small", help=f"A: {escape_markdown(names[0])}"),
        "second": number("effect B", format="%+.2f", width="small", help=f"B: {escape_markdown(names[1])}"),
        "difference": number("difference", format="%+.2f", width="small"),
        "interval": st.column_config.TextColumn("95 % interval"),
        "q": number("q", format="%.3f", width="small"),
        "flag first": st.column_config.TextColumn("flag A", width="small"),
        "flag second": st.column_config.TextColumn("flag B", width="small"),
        "name": st.column_config.TextColumn("PyRadiomics name", width="large"),
    }
