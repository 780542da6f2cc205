"""The drawer of one feature: what it is, how well it is decoded, and the patients that carry its change.

The chosen feature stands in the address (`?feature=..`); lists, charts and the table all set it there.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from frontend.api import analyses, connection
from frontend.charts.decoded import decoded_scatter
from frontend.components import chart_block, evidence_panel, flag_badge, marks, notices, version_one
from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

CARRIERS = 6


def chosen() -> str | None:
    """The feature of the address."""
    return st.query_params.get(query_parameters.FEATURE)


def choose(feature: str) -> None:
    """Opens a feature."""
    st.query_params[query_parameters.FEATURE] = feature


def close() -> None:
    """Clear the chosen feature and the table's marked row."""
    st.query_params.pop(query_parameters.FEATURE, None)
    st.session_state[session_keys.DRAWER_CLOSED] = st.session_state.get(session_keys.DRAWER_CLOSED, 0) + 1


def table_key() -> str:
    """A new key after each closing, so that the same row can be chosen again."""
    return f"ranking-table-{st.session_state.get(session_keys.DRAWER_CLOSED, 0)}"


def choose_row(features: Sequence[str]) -> None:
    """Opens the feature of the marked row; `features` are in the table's order."""
    rows = st.session_state[table_key()]["selection"]["rows"]
    if rows:
        choose(features[rows[0]])
    else:
        close()


def show(here: Context) -> None:
    """Opens the drawer when the address names a feature of this analysis."""
    feature = chosen()
    if feature is None:
        return
    if not (analyses.ranking(here.analysis.id)["feature"] == feature).any():
        return  # the page has said so at its top
    found = evidence_panel.of(here, feature)
    content = partial(_trusted, here, found) if found else partial(_paper, here, feature)
    definition = found.definition if found else analyses.feature_cases(here.analysis.id, feature).definition
    st.dialog(escape_markdown(definition.label), width="medium", position="right", on_dismiss=close)(content)()


def _trusted(here: Context, found: s.FeatureEvidence) -> None:
    """What the feature is, and the evidence; the paper's numbers beside it."""
    _definition(found.definition)
    _marks(here, found.definition.feature)
    if not here.trusted:
        _paper_numbers(here, found.row)
    evidence_panel.panel(here, found)
    if here.trusted:
        st.markdown("##### The paper's numbers for it", anchors=False)
        _paper_numbers(here, found.row)
    _csv(here, "evidence", found.definition.feature)


def _paper(here: Context, feature: str) -> None:
    """The paper's decoders, where an analysis kept no evidence."""
    found = analyses.feature_cases(here.analysis.id, feature)
    _definition(found.definition)
    _marks(here, feature)
    if found.row.flag is not None:
        _flagged(here, found.row)
        _disagreement(found)
        st.caption(
            "This analysis was made before evidence was kept: run it again to see who carries it, and held-out values."
        )
    _paper_numbers(here, found.row)
    if found.row.flag is None:
        st.markdown(escape_markdown(reading(found.row)))
    chart_block.show(decoded_scatter(found, notices.made_of(here.analysis), chart_block.dark()), "drawer-decoded")
    _carriers(here, found)
    _csv(here, "cases-for-feature", feature)


def _definition(definition: s.FeatureDefinition) -> None:
    """The clinician's sentence, the name for copying, and the formula in a fold."""
    st.markdown(f"{escape_markdown(definition.sentence)} {escape_markdown(definition.image_type_words)}")
    st.code(definition.feature, language=None)
    with st.expander("Formula", icon=":material/function:", type="compact"):
        st.code(definition.formula or "No formula is recorded for this feature.", language=None, wrap_lines=True)
        if definition.ibsi:
            st.caption(f"IBSI: {escape_markdown(definition.ibsi)}")


def _marks(here: Context, feature: str) -> None:
    marks.show("drawer", s.StarCreate(analysis_id=here.analysis.id, feature=feature))


def _paper_numbers(here: Context, row: s.RankingRow) -> None:
    """Importance, held-out R² of the paper's decoders, and rank."""
    importance, decoding, rank = st.columns(3)
    importance.metric(
        "Importance I",
        f"{numbers.importance(row.i_ft)}",
        escape_markdown(f"{numbers.importance_change(row.i_pre, row.i_ft)} from {numbers.importance(row.i_pre)}"),
        delta_color="off",
        delta_arrow="off",
    )
    decoding.metric(
        "Paper's held-out R²",
        numbers.r2(row.paper_r2_ft),
        escape_markdown(f"from {numbers.r2(row.paper_r2_pre)}"),
        delta_color="off",
        delta_arrow="off",
    )
    rank.metric(
        "Rank by ΔI",
        numbers.count(row.rank_paper),
        escape_markdown(f"of {numbers.count(here.analysis.n_features)}"),
        delta_color="off",
        delta_arrow="off",
    )


def _csv(here: Context, table: str, feature: str) -> None:
    """The values of every study."""
    st.download_button(
        "Values CSV",
        partial(connection.client().csv, f"/analyses/{here.analysis.id}/{table}/{feature}"),
        file_name=f"{feature}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _flagged(here: Context, row: s.RankingRow) -> None:
    """The flag in words, then the effect with interval and floor."""
    flag_badge.flagged(row.flag, here.words)
    version_one.notice(here)
    st.markdown(escape_markdown(effect_sentence(row, here)))


def effect_sentence(row: s.RankingRow, here: Context) -> str:
    """The effect with its interval, the R² behind it, and what the wrong patients reach."""
    text = (
        f"Effect {numbers.effect(row.effect, row.ci_low, row.ci_high)}, q {numbers.q(row.q)}. "
        f"{here.words.r2_first} {numbers.r2(row.r2_pre)} → {numbers.r2(row.r2_ft)}"
    )
    trust = here.detail.trust
    if trust is None:
        return f"{text}."
    shared = "" if trust.shared_change is None else f"; shared change {numbers.change(trust.shared_change)}"
    return f"{text}; control floor {numbers.r2(trust.control_floor)}{shared}."


def _disagreement(found: s.FeatureCases) -> None:
    if found.disagreement:
        with st.container(border=True, gap="xsmall", key="disagreement"):
            st.markdown("##### Why these disagree", anchors=False)
            for sentence in found.disagreement:
                st.markdown(escape_markdown(sentence))


def reading(row: s.RankingRow) -> str:
    """What the two numbers say together, in plain words."""
    shift = f"Importance {'rose' if row.delta_i > 0 else 'fell'} ({numbers.importance_change(row.i_pre, row.i_ft)})"
    if row.paper_r2_pre is None or row.paper_r2_ft is None:
        return f"{shift}; held-out decoding could not be scored."
    if max(row.paper_r2_pre, row.paper_r2_ft) <= 0:
        return (
            f"{shift}, but on held-out studies the embedding does not tell this feature in either stage: "
            "do not read the shift."
        )
    gain = row.paper_r2_ft - row.paper_r2_pre
    way = f"{'gained' if gain > 0 else 'lost'} ({numbers.change(gain)})"
    if gain * row.delta_i < 0:
        why = (
            "The weights can shrink because the signal grew." if gain > 0 else "Larger weights do not mean more signal."
        )
        return f"{shift}, while held-out decoding {way}. {why}"
    return f"{shift}, and held-out decoding {way} too. This analysis has no intervals."


def _carriers(here: Context, found: s.FeatureCases) -> None:
    st.markdown("##### Patients that carry the change", anchors=False)
    st.caption(
        "Studies whose decoded value moved most, towards the true value or away from it. 0 to 1 is the training range."
    )
    for case in found.cases[:CARRIERS]:
        text, numbers_of = st.columns([2, 3], vertical_alignment="center")
        text.page_link(
            "pages/cases.py",
            label=f"Study {escape_markdown(case.study_id)}",
            icon=":material/radiology:" if case.has_images else ":material/table_rows:",
            query_params=here.query
            | {query_parameters.CASE: case.case_id, query_parameters.FEATURE: found.definition.feature},
        )
        numbers_of.markdown(escape_markdown(carrier(case)))


def carrier(case: s.FeatureCase) -> str:
    """How one study's decoded value moved."""
    way = "closer" if case.error_change < 0 else "further away"
    side = "held out" if case.held_out else "training"
    return (
        f"true {numbers.r2(case.true)}, decoded {numbers.r2(case.decoded_pre)} → {numbers.r2(case.decoded_ft)}, "
        f"{way} by {numbers.r2(abs(case.error_change))} ({side})"
    )
