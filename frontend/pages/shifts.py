"""Shifts: which features gained, which lost, which stayed?"""

from functools import partial

import pandas as pd
import streamlit as st

from frontend import context, drawer, figure, notices, numbers, rankings, session, words
from frontend.charts.dumbbell import Pair, features_dumbbell
from frontend.charts.effects import effect_scatter
from frontend.context import Context
from frontend.plain import plain
from shared import schemas as s

MOST = 6
LISTS = {
    "Gaining": "Largest rise of importance",
    "Losing": "Largest fall of importance",
    "Stable": "Least change among features of high importance in both stages",
}
BADGE = {"T2": "blue", "DWI": "orange", "ADC": "green"}
TABLE = ("rank_paper", "label", "modality", "i_pre", "i_ft", "delta_i", "paper_r2_pre", "paper_r2_ft", "feature")


def page() -> None:
    """Draws the page."""
    here = context.current()
    if here is None:
        notices.nothing_analysed()
        return
    everything = session.ranking(here.analysis.id)
    st.title("Which features did it change?")
    with st.container(key="answer"):
        st.markdown(plain(answer(everything)))
    wanted = filters(here, everything)
    rows = wanted.of(everything)
    if rows.empty:
        st.info("No feature matches these filters. Take one away to see more.", icon=":material/filter_alt_off:")
        return
    three = lists(everything, rows)
    columns(three)
    st.space("small")
    pictures(here, three, rows)
    table(here, rows)
    drawer.show(here)


def answer(ranking: pd.DataFrame) -> str:
    """Counts by direction, and how far ΔI can be believed."""
    up, down = int((ranking["delta_i"] > 0).sum()), int((ranking["delta_i"] < 0).sum())
    gained = ranking["paper_r2_ft"] - ranking["paper_r2_pre"]
    opposite = int((ranking["delta_i"] * gained < 0).sum())
    return (
        f"Importance rose for {numbers.count(up)} features and fell for {numbers.count(down)}. For "
        f"{numbers.count(opposite)} of {numbers.count(len(ranking))} held-out decoding moved the other way: ΔI is a "
        "weight norm, and weights shrink when a signal grows."
    )


def filters(here: Context, ranking: pd.DataFrame) -> rankings.Filter:
    """The filter row, bound to the address; the modality comes from the bar above."""
    classes = {words.feature_class(name): name for name in sorted(ranking["feature_class"].unique())}
    images = {words.image_type(name): name for name in sorted(ranking["image_type"].unique())}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        of_class = st.selectbox(
            "Class", list(classes), index=None, placeholder="All classes", key="class", bind="query-params", width=190
        )
        of_image = st.selectbox(
            "Image type",
            list(images),
            index=None,
            placeholder="All image types",
            key="image",
            bind="query-params",
            width=190,
        )
        text = st.text_input(
            "Search", placeholder="words or a PyRadiomics name", key="q", bind="query-params", width=300
        )
    return rankings.Filter(here.modality, classes.get(of_class or ""), images.get(of_image or ""), text or "")


def lists(everything: pd.DataFrame, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The three rankings among the filtered rows; what counts as high is judged on all features."""
    return {
        "Gaining": rankings.gaining(rows, MOST),
        "Losing": rankings.losing(rows, MOST),
        "Stable": rankings.stable(rows, rankings.globally_high(everything), MOST),
    }


def columns(three: dict[str, pd.DataFrame]) -> None:
    """Three columns as in the paper's Fig. 3."""
    with st.container(key="rankings"):
        for column, (name, frame) in zip(st.columns(3, gap="medium"), three.items(), strict=True):
            with column, st.container(border=True, height="stretch", gap="xsmall"):
                st.markdown(f"##### {name}", anchors=False)
                st.caption(LISTS[name])
                if frame.empty:
                    st.markdown("None with these filters.")
                for place, row in enumerate(rows_of(frame), start=1):
                    entry(name, place, row)


def rows_of(frame: pd.DataFrame) -> list[s.RankingRow]:
    """The rows of a (short) ranking frame as the wire has them."""
    return [
        s.RankingRow.model_validate({name: None if pd.isna(value) else value for name, value in line.items()})
        for line in frame[list(s.RankingRow.model_fields)].to_dict("records")
    ]


def entry(name: str, place: int, row: s.RankingRow) -> None:
    """One line of a list: rank and words as a button that opens the feature, its modality and its numbers below."""
    st.button(
        f"{place}\\. {plain(row.label)}",
        key=f"{name}-{place}",
        type="tertiary",
        on_click=drawer.choose,
        args=(row.feature,),
    )
    badge = f":{BADGE.get(row.modality, 'gray')}-badge[{plain(row.modality)}]"
    shift = f"I {numbers.importance(row.i_pre)} → {numbers.importance(row.i_ft)}"
    decoding = f"R² {numbers.r2(row.paper_r2_pre)} → {numbers.r2(row.paper_r2_ft)}"
    st.caption(f"{badge} {plain(shift)} · {plain(decoding)}")


def pictures(here: Context, three: dict[str, pd.DataFrame], rows: pd.DataFrame) -> None:
    """The listed features as dumbbells, and ΔI against decoding for all filtered ones."""
    chosen = drawer.chosen()
    listed = pd.concat(three.values()).drop_duplicates("feature")
    pairs = [Pair(row.label, row.i_pre, row.i_ft, row.feature, row.modality) for row in rows_of(listed)]
    left, right = st.columns(2, gap="large")
    with left:
        figure.show(
            features_dumbbell(pairs, chosen, notices.made_of(here.analysis), figure.dark()),
            "shifts-dumbbell",
            drawer.choose,
        )
    with right:
        figure.show(
            effect_scatter(rows, chosen, notices.made_of(here.analysis), figure.dark()), "shifts-effects", drawer.choose
        )


def table(here: Context, rows: pd.DataFrame) -> None:
    """All filtered features; choosing a row opens it."""
    st.subheader(f"All {numbers.counted(len(rows), 'feature')}")
    shown = rows[list(TABLE)]
    places = [place for place, feature in enumerate(shown["feature"]) if feature == drawer.chosen()]
    st.dataframe(
        shown,
        hide_index=True,
        height=420,
        key=drawer.table_key(),
        on_select=partial(drawer.choose_row, list(shown["feature"])),
        selection_mode="single-row",
        selection_default={"selection": {"rows": places}},
        column_config={
            "rank_paper": st.column_config.NumberColumn(
                "Rank", help="1 is the largest rise of importance.", width="small"
            ),
            "label": st.column_config.TextColumn("In words", width="large"),
            "modality": "Modality",
            "i_pre": st.column_config.NumberColumn("I pre", format="%.3g"),
            "i_ft": st.column_config.NumberColumn("I ft", format="%.3g"),
            "delta_i": st.column_config.NumberColumn("ΔI", format="%+.3g"),
            "paper_r2_pre": st.column_config.NumberColumn("R² pre", format="%.2f", help="Held out."),
            "paper_r2_ft": st.column_config.NumberColumn("R² ft", format="%.2f", help="Held out."),
            "feature": st.column_config.TextColumn("PyRadiomics name", width="large"),
        },
        alt=f"Ranking of {len(rows)} features with importance and held-out R² before and after fine-tuning.",
    )
    st.caption("Choose a row to see what the feature is and which patients carry its change.")
    st.download_button(
        "Ranking CSV",
        partial(session.client().csv, f"/analyses/{here.analysis.id}/ranking"),
        file_name=f"ranking-{here.analysis.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        help="All features of this analysis, whatever the filters.",
        on_click="ignore",
    )


page()
