"""Compare: the same for another task, region or epoch? And when did it come about?"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from frontend import context, drawer, figure, notices, numbers, offer, session, words
from frontend.charts.agreement import agreement, frame_of
from frontend.charts.trajectory import trajectory
from frontend.context import Context
from frontend.plain import plain
from shared import schemas as s

MOST = 6
"""Analyses in one comparison at most."""
POINTS = {"Features": "features", "Modality × class": "modality_class", "Class": "class", "Modality": "modality"}
LINES = {"Class": "class", "Modality × class": "modality_class", "Modality": "modality", "Image type": "image_type"}
ALONG: dict[str, tuple[str, str]] = {
    "checkpoints": ("Over the epochs", "Follow it over the epochs"),
    "stages": ("Along the encoder's stages", "Compute it for each stage"),
}
_CHOSEN = "points chosen in the comparison"


def page() -> None:
    """Draws the page."""
    here = context.current()
    if here is None:
        notices.nothing_analysed()
        return
    st.title("The same for another task, region or epoch?")
    others = [a for a in session.analyses() if a.cohort_id == here.analysis.cohort_id and a.id != here.analysis.id]
    if others:
        compared(here, others)
    else:
        only_one(here)
    st.space("small")
    along(here)


def only_one(here: Context) -> None:
    """What to run, and the way there."""
    st.markdown(
        f"**{plain(here.analysis.cohort_name)} has one analysis only, {plain(label(here.analysis))}.** A second one of "
        "the same cohort, for another task, region or fine-tuned encoder, shows which changes belong to the task and "
        "which come with any fine-tuning."
    )
    if st.button("Run another analysis", type="primary", icon=":material/play_circle:"):
        st.switch_page("pages/run.py", query_params={"do": "analyze", "cohort": here.analysis.cohort_id})


def label(analysis: s.Analysis) -> str:
    """`PI-RADS · gland`, with the epoch where it is known."""
    epoch = "" if analysis.ft_encoder.epoch is None else f" · epoch {analysis.ft_encoder.epoch}"
    return f"{words.task(analysis.task)} · {analysis.roi}{epoch}"


# --- one against another ----------------------------------------------------------------------------------------------


def compared(here: Context, others: Sequence[s.Analysis]) -> None:
    """The comparison with a chosen other analysis, or the offer to make it."""
    other = other_analysis(here, others)
    found = next(
        (
            one
            for one in session.comparisons(here.analysis.cohort_id)
            if {here.analysis.id, other.id} <= {member.analysis_id for member in one.members}
        ),
        None,
    )
    if found is None:
        offered(here, other)
        return
    detail = session.comparison(found.id)
    place = {member.analysis_id: n for n, member in enumerate(detail.members)}
    ends = sorted((place[here.analysis.id], place[other.id]))
    pair = next(pair for pair in detail.pairs if [pair.first, pair.second] == ends)
    answer(detail, pair)
    st.space("small")
    points(detail, pair)
    with st.expander("What was compared", icon=":material/info:", type="compact"):
        st.markdown(plain(made_of(detail)))
        for note in detail.notes:
            st.markdown(f"* {plain(note)}")


def other_analysis(here: Context, others: Sequence[s.Analysis]) -> s.Analysis:
    """The analysis to compare with, from the address."""
    by_id = {analysis.id: analysis for analysis in others}
    wanted = st.query_params.get("with")
    st.session_state["with-box"] = wanted if wanted in by_id else others[0].id
    names = {analysis.id: label(analysis) for analysis in others}
    twice = {name for name in names.values() if list(names.values()).count(name) > 1}
    st.selectbox(
        f"Compare {plain(label(here.analysis))} with",
        list(by_id),
        format_func=lambda i: (
            names[i] + (f" · {numbers.day(by_id[i].created_at)}" if names[i] in twice | {label(here.analysis)} else "")
        ),
        key="with-box",
        on_change=lambda: st.query_params.update({"with": st.session_state["with-box"]}),
        width=420,
    )
    return by_id[st.session_state["with-box"]]


def offered(here: Context, other: s.Analysis) -> None:
    """What a comparison would tell, and its button."""
    st.markdown(
        "These two were not compared yet. A comparison draws the same patients again for both, so that the difference "
        "of each effect gets an interval of its own: two flags that differ are not yet a difference."
    )
    ids = [here.analysis.id, other.id]
    offer.offer(
        "Compare these two", s.CompareParams(analysis_ids=ids), "compare " + " ".join(ids), ":material/compare_arrows:"
    )
    everything = list(dict.fromkeys([*ids, *(analysis.id for analysis in here.of_cohort)]))
    if 2 < len(everything) <= MOST:
        offer.offer(
            f"Compare all {len(everything)} of this cohort",
            s.CompareParams(analysis_ids=everything),
            "compare " + " ".join(everything),
            ":material/compare_arrows:",
        )


def answer(detail: s.ComparisonDetail, pair: s.ComparedPair) -> None:
    """What is shared, what is one's own, and how alike the effects are."""
    names = names_of(detail, pair)
    with st.container(key="answer"):
        if len(detail.pairs) == 1:
            for sentence in detail.sentences:
                st.markdown(plain(sentence))
        else:
            st.markdown(plain(in_words(pair, names)))
        st.markdown(plain(alike(pair)))
    if len(detail.pairs) > 1:
        with st.expander(
            f"All {len(detail.members)} analyses of this comparison", icon=":material/summarize:", type="compact"
        ):
            for sentence in detail.sentences:
                st.markdown(plain(sentence))


def names_of(detail: s.ComparisonDetail, pair: s.ComparedPair) -> tuple[str, str]:
    """Names of both analyses; the same task and region twice are told apart by letters."""
    first, second = (detail.members[place].label for place in (pair.first, pair.second))
    return (first, second) if first != second else (f"{first} (a)", f"{second} (b)")


def in_words(pair: s.ComparedPair, names: tuple[str, str]) -> str:
    """Counts by verdict, those that say something first."""
    told = [
        f"{numbers.count(n)} {words.verdict(verdict, names)}"
        for verdict in words.VERDICTS
        if (n := pair.verdicts.get(verdict, 0))
    ]
    return f"Of {numbers.counted(sum(pair.verdicts.values()), 'feature')}: {', '.join(told)}."


def alike(pair: s.ComparedPair) -> str:
    """The correlation of effects, as measured and with errors taken out."""
    if pair.correlation is None:
        return "Too few features can be decoded in either to say how alike the effects are."
    told = (
        f"Effects of the {numbers.counted(pair.n_correlated, 'feature')} decodable in either correlate by "
        f"{interval(pair.correlation, pair.correlation_low, pair.correlation_high)}"
    )
    if pair.true_correlation is None:
        return f"{told}; effects do not spread beyond their errors, so their true correlation cannot be told."
    return f"{told}; with errors taken out {interval(pair.true_correlation, pair.true_low, pair.true_high)}."


def interval(value: float, low: float | None, high: float | None) -> str:
    """`0.61 [0.50, 0.71]`."""
    return numbers.r2(value) if low is None or high is None else f"{numbers.r2(value)} {numbers.interval(low, high)}"


def made_of(detail: s.ComparisonDetail) -> str:
    """Who and what was compared."""
    again = " Both were decoded anew on the patients they share." if detail.recomputed else ""
    return (
        f"{numbers.counted(detail.n_studies, 'study', 'studies')} of {numbers.counted(detail.n_patients, 'patient')} "
        f"in common, {numbers.counted(detail.n_features, 'feature')}, {detail.replicates} replicates, seed "
        f"{detail.seed}.{again}"
    )


def points(detail: s.ComparisonDetail, pair: s.ComparedPair) -> None:
    """The scatter, and the table of what was chosen in it."""
    names = names_of(detail, pair)
    shown = st.segmented_control(
        "Points", list(POINTS), default="Features", required=True, key="points", bind="query-params"
    )
    grouping = POINTS[shown or "Features"]
    if grouping == "features":
        rows = frame_of(session.compared(detail.id, pair.first, pair.second))
    else:
        rows = frame_of([group for group in pair.groups if group.grouping == grouping])
    if rows.empty:
        st.info("Nothing of this kind was compared.")
        return
    table_rows = filtered(rows, names) if grouping == "features" else rows
    chosen = selected(detail.id, rows)
    what = "features" if grouping == "features" else "groups"
    chart = agreement(table_rows, names, chosen, what, made_of(detail), figure.dark())
    figure.show(chart, f"agreement-{cleared()}", on_points=partial(choose, detail.id))
    table(detail, pair, table_rows[table_rows["key"].isin(chosen)] if chosen else table_rows, names, bool(chosen))


def filtered(rows: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """Rows by verdict, modality, class and words; an empty answer keeps all and says so."""
    verdicts = {words.verdict(name, names): name for name in words.VERDICTS if (rows["verdict"] == name).any()}
    classes = {words.feature_class(name): name for name in sorted(rows["feature_class"].unique())}
    keep = pd.Series(True, index=rows.index)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        verdict = st.selectbox("Agreement", list(verdicts), index=None, placeholder="All", key="verdict", width=230)
        modality = st.selectbox(
            "Modality",
            sorted(rows["modality"].unique()),
            index=None,
            placeholder="All",
            key="compared-modality",
            width=140,
        )
        of_class = st.selectbox("Class", list(classes), index=None, placeholder="All", key="compared-class", width=170)
        text = st.text_input("Search", placeholder="words or a PyRadiomics name", key="compared-text", width=260)
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
    return int(st.session_state.get("agreement-cleared", 0))


def selected(comparison_id: str, rows: pd.DataFrame) -> list[str]:
    """Keys chosen in the scatter that are among the rows."""
    of, keys = st.session_state.get(_CHOSEN, ("", []))
    return [key for key in keys if of == comparison_id and (rows["key"] == key).any()]


def choose(comparison_id: str, keys: list[str]) -> None:
    """Remembers what was drawn around."""
    st.session_state[_CHOSEN] = (comparison_id, keys)


def clear() -> None:
    """Forgets it, in the chart too."""
    st.session_state.pop(_CHOSEN, None)
    st.session_state["agreement-cleared"] = cleared() + 1


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
            "agreement": [words.verdict(verdict, names) for verdict in order["verdict"]],
            "first": order["effect_first"],
            "second": order["effect_second"],
            "difference": order["difference"],
            "interval": [
                numbers.interval(low, high) for low, high in zip(order["ci_low"], order["ci_high"], strict=True)
            ],
            "q": order["q"],
            "flag first": order["flag_first"].map(words.flag),
            "flag second": order["flag_second"].map(words.flag),
            "name": order["key"],
        }
    )
    of_features = "feature" in order
    marked = np.flatnonzero(frame["name"] == drawer.chosen()).tolist()
    st.dataframe(
        frame if of_features else frame.drop(columns="name"),
        hide_index=True,
        height=min(440, 40 + 35 * max(1, len(frame))),
        key=f"compared-table-{cleared()}-{drawer.table_key()}",
        on_select=partial(open_row, list(frame["name"]) if of_features else []),
        selection_mode="single-row",
        selection_default={"selection": {"rows": marked if of_features else []}},
        column_config=table_columns(names),
        alt=f"{len(frame)} rows with both effects, their difference with interval, and how the two agree.",
    )
    told = "Largest difference first; the interval is that of the difference, second less first."
    st.caption(f"{told} Choose a row to see the evidence for it." if of_features else told)
    st.download_button(
        "Comparison CSV",
        partial(session.client().csv, f"/comparisons/{detail.id}/features", first=pair.first, second=pair.second),
        file_name=f"comparison-{detail.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    here = context.current()
    if here is not None and of_features:
        drawer.show(here)


def open_row(features: list[str]) -> None:
    """Opens the feature of the marked row."""
    rows = st.session_state[f"compared-table-{cleared()}-{drawer.table_key()}"]["selection"]["rows"]
    if rows and features:
        drawer.choose(features[rows[0]])
    elif features:
        drawer.close()


def table_columns(names: tuple[str, str]) -> dict[str, Any]:
    """Names, digits and explanations."""
    number = st.column_config.NumberColumn
    return {
        "what": st.column_config.TextColumn("In words", width="large"),
        "agreement": st.column_config.TextColumn("Agreement", width="medium"),
        "first": number(f"effect, {names[0]}", format="%+.2f"),
        "second": number(f"effect, {names[1]}", format="%+.2f"),
        "difference": number("difference", format="%+.2f"),
        "interval": st.column_config.TextColumn("95 % interval"),
        "q": number("q", format="%.3f"),
        "flag first": f"flag, {names[0]}",
        "flag second": f"flag, {names[1]}",
        "name": st.column_config.TextColumn("PyRadiomics name", width="large"),
    }


# --- along epochs and stages ------------------------------------------------------------------------------------------


def along(here: Context) -> None:
    """When it came about, and where in the encoder."""
    st.subheader("When and where did it come about?")
    known = session.trajectories(here.analysis.cohort_id, here.analysis.task, here.analysis.roi)
    newest = {kind: next((one for one in known if one.along == kind), None) for kind in ALONG}
    lines = LINES["Class"]
    if any(newest.values()):
        chosen = st.segmented_control(
            "Lines", list(LINES), default="Class", required=True, key="lines", bind="query-params"
        )
        lines = LINES[chosen or "Class"]
    for column, (kind, (title, button)) in zip(st.columns(2, gap="large"), ALONG.items(), strict=True):
        with column:
            found = newest[kind]
            if found is None:
                st.markdown(f"##### {title}", anchors=False)
                offer.offer(button, wanted(here, kind), f"trajectory {kind} {here.analysis.id}", ":material/timeline:")
            else:
                drawn(session.trajectory(found.id), lines)


def wanted(here: Context, kind: str) -> s.TrajectoryParams:
    """The same encoders as the analysis that is shown."""
    return s.TrajectoryParams.model_validate(
        {
            "cohort_id": here.analysis.cohort_id,
            "task": here.analysis.task,
            "roi": here.analysis.roi,
            "along": kind,
            "pre_encoder_id": here.analysis.pre_encoder.id,
            "ft_encoder_id": here.analysis.ft_encoder.id,
        }
    )


def drawn(found: s.TrajectoryDetail, grouping: str) -> None:
    """The lines of one grouping, with the answer in words above."""
    for sentence in found.sentences:
        st.markdown(plain(sentence))
    lines = [line for line in found.lines if line.grouping == grouping]
    of = (
        f"{numbers.counted(found.n_studies, 'study', 'studies')} of "
        f"{numbers.counted(found.n_patients, 'patient')}, seed {found.seed}."
    )
    figure.show(trajectory(found, lines, of, figure.dark()), f"trajectory-{found.along}")


page()
