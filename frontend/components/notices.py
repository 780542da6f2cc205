"""Notices that several pages share: sample sizes, alerts, and the page without data."""

from collections.abc import Sequence

import streamlit as st

from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s


def made_of(analysis: s.Analysis) -> str:
    """N, K and seed, for captions."""
    return (
        f"{numbers.counted(analysis.n_studies, 'study', 'studies')} of "
        f"{numbers.counted(analysis.n_patients, 'patient')}, {numbers.count(analysis.n_features)} features, "
        f"seed {analysis.seed}."
    )


def alerts(found: Sequence[s.Alert]) -> None:
    """A compact list: each sentence folds open to why it matters."""
    for alert in found:
        icon = ":material/info:" if alert.level == "info" else ":material/warning:"
        with st.expander(escape_markdown(alert.sentence), icon=icon, type="compact"):
            st.markdown(f"**Why it matters.** {escape_markdown(alert.why)}")


def nothing_analysed() -> None:
    """Shown before the first analysis: running jobs, and a button to the page Run."""
    st.title("Nothing has been analysed yet")
    st.markdown(
        "An analysis needs a cohort with radiomics, and the embeddings of its cases before and after fine-tuning. "
        "*Run* does each step for you, or imports tables you already have."
    )
    jobs = answer_or_stop(connection.client().jobs)
    active = [job for job in jobs if job.state in ("running", "queued", "cancelling")]
    if active:
        st.markdown(f"**{numbers.counted(len(active), 'job')} on the way**")
        for job in active[:5]:
            _job_line(job)
        st.page_link("pages/jobs.py", label="Follow them in Jobs", icon=":material/pending_actions:")
    if st.button("Start something", type="primary", icon=":material/play_circle:"):
        st.switch_page("pages/run.py")


def _job_line(job: s.Job) -> None:
    left = f", {numbers.duration(job.seconds_left)} left" if job.seconds_left is not None else ""
    step = f": {job.step}" if job.step else ""
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    st.progress(share, text=escape_markdown(f"{job.title} – {job.state}{step}{left}"))
