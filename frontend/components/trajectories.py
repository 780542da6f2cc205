"""What is carried along the epochs of a fine-tuning run and along the stages of the encoder, on the page Compare."""

import streamlit as st

from frontend.api.session import MINUTE, asked, client, key
from frontend.charts.trajectory import trajectory
from frontend.components import chart_block, job_launcher
from frontend.components.context_bar import Context
from frontend.text import numbers
from frontend.text.escape import plain
from shared import schemas as s
from shared.client import Client

LINES = {"Class": "class", "Modality × class": "modality_class", "Modality": "modality", "Image type": "image_type"}
ALONG: dict[str, tuple[str, str]] = {
    "checkpoints": ("Over the epochs", "Follow it over the epochs"),
    "stages": ("Along the encoder's stages", "Compute it for each stage"),
}


def along(here: Context) -> None:
    """When it came about, and where in the encoder."""
    st.subheader("When and where did it come about?")
    known = trajectories(here.analysis.cohort_id, here.analysis.task, here.analysis.roi)
    newest = {kind: next((one for one in known if one.along == kind), None) for kind in ALONG}
    lines = LINES["Class"]
    if any(newest.values()):
        chosen = st.segmented_control(
            "Lines", list(LINES), default="Class", required=True, key="lines", bind="query-params"
        )
        lines = LINES[chosen or "Class"]
    for column, (kind, (title, button)) in zip(st.columns(2, gap="large"), ALONG.items(), strict=True):
        with column:
            st.markdown(f"##### {title}", anchors=False)
            found = newest[kind]
            if found is None:
                job_launcher.offer(
                    button, wanted(here, kind), f"trajectory {kind} {here.analysis.id}", ":material/timeline:"
                )
            else:
                drawn(one(found.id), lines)


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
    chart_block.show(trajectory(found, lines, of, chart_block.dark()), f"trajectory-{found.along}")


def trajectories(cohort_id: str, task: str, roi: str) -> list[s.Trajectory]:
    """Trajectories of a task and region, newest first."""
    return asked(_trajectories, key(), cohort_id, task, roi, client())


def one(trajectory_id: str) -> s.TrajectoryDetail:
    """One trajectory with the lines of all groups; immutable, so kept long."""
    return asked(_trajectory, key(), trajectory_id, client())


@st.cache_data(ttl=10, max_entries=200, show_spinner=False)
def _trajectories(key: str, cohort_id: str, task: str, roi: str, _client: Client) -> list[s.Trajectory]:  # noqa: ARG001 (the cache key)
    return _client.trajectories(cohort_id, task, roi)


@st.cache_data(ttl=30 * MINUTE, max_entries=40, show_spinner=False)
def _trajectory(key: str, trajectory_id: str, _client: Client) -> s.TrajectoryDetail:  # noqa: ARG001 (the cache key)
    return _client.trajectory(trajectory_id)
