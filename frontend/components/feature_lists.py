"""The lists of the page Shifts: the paper's three kinds, or the flags of the trust block, a few features each."""

import pandas as pd
import streamlit as st

from frontend.charts import rankings
from frontend.components import evidence_panel, feature_drawer, stars
from frontend.components.context_bar import Context
from frontend.text import numbers, trust_words
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST = 6
LISTS = {
    "Gaining": "Largest rise of importance",
    "Losing": "Largest fall of importance",
    "Stable": "Least change among features of high importance in both stages",
}
BY_FLAG = {
    "Stronger": (trust_words.UP, False, "Flagged stronger or probably stronger, largest effect first"),
    "Weaker": (trust_words.DOWN, True, "Flagged weaker or probably weaker, largest fall first"),
    "Label-borne": (("label_borne",), False, "Carried more because it goes with the label"),
    "Kept": (("kept",), False, "Lost less than the typical feature, gained nothing"),
}
"""The lists of the trust block: their flags, whether they rise, and what stands in them."""
UNCHANGED = "Unchanged"
UNCHANGED_MEANING = "Flagged unchanged, best decoded in both stages first"
ALWAYS = ("Stronger", "Weaker")


def lists(here: Context, everything: pd.DataFrame, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rankings among the filtered rows; what counts as high is judged on all features."""
    if here.trusted:
        found = {name: rankings.flagged(rows, flags, MOST, rising) for name, (flags, rising, _) in BY_FLAG.items()}
        shown = {name: frame for name, frame in found.items() if name in ALWAYS or not frame.empty}
        shown |= {UNCHANGED: rankings.well_decoded_unchanged(rows, MOST)}
        most = MOST // (len(shown) - len(ALWAYS))  # the rest shares one column
        return {name: frame if name in ALWAYS else frame.head(most) for name, frame in shown.items()}
    return {
        "Gaining": rankings.gaining(rows, MOST),
        "Losing": rankings.losing(rows, MOST),
        "Stable": rankings.stable(rows, rankings.globally_high(everything), MOST),
    }


def columns(here: Context, three: dict[str, pd.DataFrame]) -> None:
    """Three columns as in the paper's Fig. 3; by flag, what neither gained nor lost shares the third."""
    with st.container(key="rankings"):
        places = st.columns(3, gap="medium")
        starred = stars.features(here.analysis.id)
        alone = len(three) == len(places)
        for at, (name, frame) in enumerate(three.items()):
            stretched = alone and 2 * len(frame) >= MOST
            with (
                places[min(at, len(places) - 1)],
                st.container(border=True, height="stretch" if stretched else "content", gap="xsmall"),
            ):
                title, meaning = heading(here, name, frame)
                st.markdown(f"##### {title}", anchors=False)
                st.caption(meaning)
                if frame.empty:
                    st.markdown(f"None is flagged {title.lower()} here." if here.trusted else "None here.")
                for place, row in enumerate(rows_of(frame), start=1):
                    entry(name, place, row, here, row.feature in starred)


def heading(here: Context, name: str, frame: pd.DataFrame) -> tuple[str, str]:
    """A list's name and what stands in it; where most groups moved, weaker is less than the typical feature."""
    if not here.trusted:
        return name, LISTS[name]
    if name == UNCHANGED:
        return name, UNCHANGED_MEANING
    if name == "Weaker" and here.words.flag("weaker") != "weaker":
        return "Less than typical", "Carried less than the typical feature, largest difference first"
    meaning = BY_FLAG[name][2]
    return name, f"{meaning}, read with its group" if name in ALWAYS and with_group(frame) else meaning


def with_group(frame: pd.DataFrame) -> bool:
    """Whether a list is in the order of the effect read with its group, and not of the effect it shows."""
    return not frame.empty and rankings.ranked_by(frame) != "effect"


def rows_of(frame: pd.DataFrame) -> list[s.RankingRow]:
    """The rows of a (short) ranking frame as the wire has them."""
    return [
        s.RankingRow.model_validate({name: None if pd.isna(value) else value for name, value in line.items()})
        for line in frame[list(s.RankingRow.model_fields)].to_dict("records")
    ]


def entry(name: str, place: int, row: s.RankingRow, here: Context, starred: bool) -> None:
    """One line of a list: rank and words as a button that opens the feature, its modality and its numbers below."""
    grey = row.icc is not None and row.icc < evidence_panel.REPEATABLE
    words = f"{place}\\. {stars.marked(escape_markdown(row.label), starred)}"
    st.button(
        f":gray[{words}]" if grey else words,
        key=f"{name}-{place}",
        type="tertiary",
        on_click=feature_drawer.choose,
        args=(row.feature,),
    )
    modality = f"**{escape_markdown(row.modality)}**"
    if here.trusted:
        probable = "probably, " if (row.flag or "").startswith("probable") else ""
        moved = f"{probable}effect {numbers.effect(row.effect, row.ci_low, row.ci_high)}"
        decoding = f"{here.words.r2} {numbers.r2(row.r2_pre)} → {numbers.r2(row.r2_ft)}{beside(row)}"
    else:
        moved = f"I {numbers.importance(row.i_pre)} → {numbers.importance(row.i_ft)}"
        decoding = f"paper's R² {numbers.r2(row.paper_r2_pre)} → {numbers.r2(row.paper_r2_ft)}"
    repeats = f", ICC {numbers.r2(row.icc)}: repeats poorly" if grey else ""
    st.caption(f"{modality} {escape_markdown(moved)}  \n{escape_markdown(decoding + repeats)}")


def beside(row: s.RankingRow) -> str:
    """The effect given the label, and in how many runs, where these are known."""
    text = ""
    if row.effect_given_label is not None:
        text += f"; given the label {numbers.change(row.effect_given_label)}"
    if row.n_runs is not None and row.n_runs > 1:
        text += f"; in {row.n_runs_agree} of {row.n_runs} runs"
    return text
