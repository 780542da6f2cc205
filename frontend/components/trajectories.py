"""Effects along the epochs of a fine-tuning and along the stages of the encoder, on the page Compare."""

import streamlit as st

from frontend.api import trajectories
from frontend.charts.trajectory import trajectory as trajectory_chart
from frontend.components import chart_block, job_launcher
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.encoder_facts import no_stages, stages_of

LINES = {"Class": "class", "Modality × class": "modality_class", "Modality": "modality", "Image type": "image_type"}
ALONG: dict[str, tuple[str, str]] = {
    "checkpoints": ("Over the epochs", "Follow it over the epochs"),
    "stages": ("Along the encoder's stages", "Compute it for each stage"),
}


def along(here: Context) -> None:
    """Both trajectories side by side, or the buttons that compute them."""
    st.subheader("When and where did it come about?")
    known = trajectories.trajectories(here.analysis.cohort_id, here.analysis.task, here.analysis.roi)
    newest = {kind: next((one for one in known if one.along == kind), None) for kind in ALONG}
    lines = LINES["Class"]
    if any(newest.values()):
        chosen = st.segmented_control(
            "Lines",
            list(LINES),
            default="Class",
            required=True,
            key=query_parameters.TRAJECTORY_LINES,
            bind="query-params",
        )
        lines = LINES[chosen or "Class"]
    for column, (kind, (title, button)) in zip(st.columns(2, gap="large"), ALONG.items(), strict=True):
        with column:
            st.markdown(f"##### {title}", anchors=False)
            found = newest[kind]
            if found is None and kind == "stages" and (missing := without_stages(here)):
                st.caption(escape_markdown(missing))
            elif found is None:
                job_launcher.show(
                    button, wanted(here, kind), f"trajectory {kind} {here.analysis.id}", ":material/timeline:"
                )
            else:
                drawn(trajectories.trajectory(found.id), lines)


def without_stages(here: Context) -> str:
    """Why nothing can be computed along the stages of these encoders; empty where it can."""
    lacking = [one for one in (here.analysis.pre_encoder, here.analysis.ft_encoder) if not stages_of(one.settings)]
    return no_stages(lacking[0].name) if lacking else ""


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
        st.markdown(escape_markdown(sentence))
    lines = [line for line in found.lines if line.grouping == grouping]
    of = (
        f"{numbers.counted(found.n_studies, 'study', 'studies')} of "
        f"{numbers.counted(found.n_patients, 'patient')}, seed {found.seed}."
    )
    chart_block.show(trajectory_chart(found, lines, of, chart_block.dark()), f"trajectory-{found.along}")
