"""The radiomics of one case among its cohort, and a chosen feature as decoded from the embedding."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from frontend.api import analyses, cohorts
from frontend.charts.carried import carried
from frontend.charts.percentile_families import families_of, percentile_families
from frontend.charts.percentiles import FEW_CASES, half_widths, most_out_of_line, percentile_strip
from frontend.components import chart_block, context_bar, not_here
from frontend.state import query_parameters, session_keys
from frontend.text import case_facts, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.protocol_words import spoken

SHOWN = 12
MIDDLE = (5.0, 95.0)


def show(case: s.CaseDetail, protocol: s.Protocol) -> None:
    """Where the case lies among its cohort, feature by feature."""
    here = context_bar.current()
    rois = case_facts.measured_regions(case, protocol)
    st.subheader("Radiomics among the cohort", anchor=False)
    feature = st.query_params.get(query_parameters.FEATURE)
    of_cohort = here is not None and here.analysis.cohort_id == case.cohort_id
    if feature and here and of_cohort and not not_here.feature_notice(here.analysis):
        came_for(case, here.analysis.id, feature)
    if not rois:
        st.info("The protocol has no region to measure: its masks hold codes of several.", icon=":material/info:")
        return
    start = here.analysis.roi if here and here.analysis.roi in rois else rois[0]
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    roi = controls.segmented_control(
        "Measured in", rois, format_func=spoken, default=start, required=True, key=f"measured-{'-'.join(rois)}"
    )
    values = cohorts.case_radiomics(case.id, roi)
    region_quality(values)
    ranked = most_out_of_line(values.features)
    if not ranked:
        st.info(no_radiomics(values), icon=":material/info:")
        if values.status == "not-extracted":
            query = {query_parameters.RUN_STEP: "extract", query_parameters.COHORT: case.cohort_id}
            st.page_link("pages/run.py", label="Extract radiomics", icon=":material/play_circle:", query_params=query)
        return
    text = controls.text_input(
        "Find a feature",
        key=query_parameters.CASE_FEATURE_TEXT,
        bind="query-params",
        placeholder=f"kurtosis, {protocol.reference or 'T2'}, wavelet",
        live=True,
        width=280,
        type="search",
    )
    st.markdown(out_of_line_sentence(ranked, values))
    families = families_of(values.features)
    if families and values.n_cases >= FEW_CASES:
        chart = percentile_families(families, values.n_cases, chart_block.dark(), protocol)
        chart_block.show(chart, "case-families")
    strip(ranked, text or "", feature, values.n_cases, protocol)


def region_quality(values: s.CaseRadiomics) -> None:
    """What the region allowed on each image: size, pieces, grey levels, and what to distrust."""
    if not values.quality:
        return
    lines = [f"**{modality}** {region_words(found)}" for modality, found in values.quality.items()]
    st.caption("  \n".join(lines))


def region_words(found: s.RegionQuality) -> str:
    """Facts such as `3 702 voxels as drawn (44 300 measured), 1 piece, 21 to 90 grey levels.`, as one text."""
    drawn = f"{numbers.count(found.voxels)} voxels measured"
    if found.native_voxels is not None:
        drawn = f"{numbers.count(found.native_voxels)} voxels as drawn ({numbers.count(found.voxels)} measured)"
    parts = [drawn, numbers.counted(found.components, "piece")]
    if found.grey_levels:
        low, high = min(found.grey_levels.values()), max(found.grey_levels.values())
        parts.append(f"{numbers.count(low)} to {numbers.count(high)} grey levels")
    return f"{', '.join(parts)}. {escape_markdown(' '.join(found.remarks))}".strip()


def no_radiomics(values: s.CaseRadiomics) -> str:
    """Why there is nothing to compare."""
    if values.status == "not-extracted":
        return f"The {spoken(values.roi)} radiomics of this cohort have not been extracted yet."
    if values.reason:
        region = spoken(values.roi)
        return (
            f"{region[:1].upper()}{region[1:]} radiomics of this case could not be computed. "
            f"{escape_markdown(values.reason)}"
        )
    return f"There are no {spoken(values.roi)} radiomics of this case to compare yet."


def out_of_line_sentence(ranked: Sequence[s.FeaturePercentile], values: s.CaseRadiomics) -> str:
    """How unusual the case is, in one sentence."""
    beyond = [f for f in ranked if f.percentile is not None and not MIDDLE[0] <= f.percentile <= MIDDLE[1]]
    if values.n_cases < FEW_CASES:
        measured = numbers.counted(values.n_cases, "case")
        return f"**Only {measured} of this cohort measured so far**: too few to call a value unusual."
    share = f"{numbers.count(len(beyond))} of {numbers.count(len(ranked))} {spoken(values.roi)} features"
    expected = round(len(ranked) * 0.1)
    drawn = f" drawn from {numbers.count(values.n_measured)}" if values.n_measured > values.n_cases else ""
    return (
        f"**{share} lie outside the middle 90 % of the {numbers.counted(values.n_cases, 'case')} measured{drawn}**; "
        f"about {numbers.count(expected)} would be usual."
    )


def strip(
    ranked: Sequence[s.FeaturePercentile], text: str, first: str | None, n_cases: int, protocol: s.Protocol
) -> None:
    """The strip chart of the features that match, a chosen one on top."""
    words = text.lower().split()
    found = [f for f in ranked if all(word in f"{f.feature} {f.label}".lower() for word in words)]
    found.sort(key=lambda f: f.feature != first)
    if not found:
        example = next((f.feature.partition("_")[0] for f in ranked), "T2")
        st.info(
            f"No feature matches. Try a class (GLCM), a modality ({example}) or a word (entropy).",
            icon=":material/search_off:",
        )
        return
    chart = percentile_strip(found[:SHOWN], len(found), n_cases, chart_block.dark(), protocol)
    chart_block.show(chart, "case-percentiles")
    title = f"All {numbers.count(len(found))} as a table"
    with st.expander(title, key=session_keys.CASE_FEATURES, on_change="rerun") as fold:
        if fold.open:  # thousands of rows, and the part of the page that can show them
            st.dataframe(feature_table(found), hide_index=True, height=320, placeholder="–")


def feature_table(features: Sequence[s.FeaturePercentile]) -> pd.DataFrame:
    """The numbers behind the strip."""
    return pd.DataFrame(
        {
            "feature": [f.feature for f in features],
            "in words": [f.label for f in features],
            "value": [f.value for f in features],
            "percentile": [f.percentile for f in features],
            "cohort median": [f.cohort_quantiles[2] for f in features],
            "half-widths": [half_widths(f) for f in features],
        }
    )


def came_for(case: s.CaseDetail, analysis_id: str, feature: str) -> None:
    """For a reader who came from a shift: what the embedding says about this feature in this case."""
    found = analyses.feature_cases(analysis_id, feature)
    mine = next((row for row in found.cases if row.case_id == case.id), None)
    if mine is None:
        st.info(f"{escape_markdown(found.definition.label)} was not used for this case.", icon=":material/info:")
        return
    with st.container(border=True):
        others = [row for row in found.cases if row.case_id != case.id]
        chart_block.show(carried(mine, others, found.definition.label, chart_block.dark()), "case-carried")
        st.code(found.definition.feature, language=None)
