"""Where in the encoder fine-tuning changed the weights, beside what each stage decodes."""

import streamlit as st

from frontend.api import trajectories as stored
from frontend.causes import number_table
from frontend.charts.causes.stage_weights import frame, percent, stage_weights, title
from frontend.components import chart_block, job_launcher, notices, trajectories
from frontend.components.context_bar import IMPORTED, Context
from frontend.text import causes_words as words
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

HELP = (
    "The encoder works in stages. Early ones see fine structure such as edges and texture, late ones whole shapes. The "
    "change of a stage is how far its weights moved, as a share of their size. Small numbers are common: a change of "
    "2 % can matter. A stage that was kept frozen is called *not trained*."
)
OF_TABLES = (
    "These embeddings came as tables, so the encoder's weights are not here. To see where it changed, import the "
    "images and both encoder files, and analyse that cohort."
)
NOT_COMPARED = (
    "The weights of the two encoders were not compared in this analysis. They may be of different kinds, or the "
    "analysis is older; its job's log on the Jobs page says which."
)


def show(here: Context, trust: s.TrustSummary) -> None:
    """Draws the part."""
    st.subheader("Where: which part of the encoder changed?", help=HELP)
    stages = trust.weights_by_stage
    if not stages:
        st.info(OF_TABLES if of_tables(here.analysis) else NOT_COMPARED, icon=":material/info:")
        if missing := trajectories.without_stages(here):
            st.caption(escape_markdown(missing))
        return
    along = stage_trajectory(here)
    with st.container(key="answer-where"):
        st.markdown(escape_markdown(answer(stages)))
    chart_block.show(stage_weights(stages, along, notices.made_of(here.analysis), chart_block.dark()), "causes-where")
    missing = trajectories.without_stages(here)
    if missing:
        st.caption(escape_markdown(missing))
    elif along is None:
        job_launcher.show(
            "Compute what each stage decodes",
            trajectories.wanted(here, "stages"),
            f"causes stages {here.analysis.id}",
            ":material/timeline:",
        )
    rows = frame(stages, along)
    number_table.show(
        "All stages as a table",
        rows.assign(stage=rows["stage"].map(words.stage)),
        {
            "relative_change": percent,
            "effective_rank": words.rank,
            "rank_share": words.share,
            "delta_r2": numbers.change,
        },
        "Change of the encoder's weights by stage.",
    )


def of_tables(analysis: s.Analysis) -> bool:
    """Whether the embeddings were imported as tables."""
    return IMPORTED in (analysis.pre_encoder.arch, analysis.ft_encoder.arch)


def answer(stages: list[s.StageWeights]) -> str:
    """The stage that changed most, the one that changed least, and what was frozen."""
    trained = sorted((one for one in stages if one.relative_change), key=lambda one: one.relative_change or 0.0)
    if len(trained) < 2:
        return words.as_sentence(title(stages))
    least, most = trained[0], trained[-1]
    ratio = (most.relative_change or 0.0) / (least.relative_change or 1.0)
    spread = (
        "all stages changed about as much"
        if ratio < 1.5
        else f"{words.stage(least.stage)} least, {ratio:.1f} times less"
    )
    return f"{words.as_sentence(title(stages))} Of those trained, {spread}."


def stage_trajectory(here: Context) -> s.TrajectoryDetail | None:
    """The newest trajectory along the stages of this very fine-tuned encoder."""
    analysis = here.analysis
    known = stored.trajectories(analysis.cohort_id, analysis.task, analysis.roi)
    found = next((one for one in known if of_encoder(one, analysis.ft_encoder.id)), None)
    return None if found is None else stored.trajectory(found.id)


def of_encoder(one: s.Trajectory, encoder_id: str) -> bool:
    """Whether a trajectory runs along the stages of this encoder."""
    return one.along == "stages" and all(point.encoder_id == encoder_id for point in one.points)
