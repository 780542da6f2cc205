"""Notices that several pages share: sample sizes, alerts, and the page without data."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from frontend.api import cohorts, connection
from frontend.api.refusals import answer_or_stop
from frontend.state import query_parameters
from frontend.text import alert_words, job_words, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.calls.listed import Listed

PLURALS = {"analysis": "analyses", "study": "studies", "trajectory": "trajectories"}
MOST_UNREADABLE = 5
"""Damaged rows that a warning names."""


def made_of(analysis: s.Analysis, n_features: int | None = None) -> str:
    """N, K and seed, for captions; `n_features` where a filter leaves only these."""
    features = numbers.counted(analysis.n_features, "feature")
    if n_features is not None and n_features != analysis.n_features:
        features = f"{numbers.count(n_features)} of {features}"
    part = analysis.subgroup
    patients = numbers.counted(analysis.n_patients, "patient")
    patients += f" (of {numbers.count(part.n_patients_all)}: {part.words})" if part else ""
    return f"{numbers.counted(analysis.n_studies, 'study', 'studies')} of {patients}, {features}, seed {analysis.seed}."


def alerts(found: Sequence[s.Alert]) -> None:
    """A compact list, what stops first and notes last: each sentence folds open to why it matters."""
    for alert in alert_words.ranked(found):
        with st.expander(f"{alert_words.badge(alert)} {escape_markdown(alert.sentence)}", type="compact"):
            st.markdown(f"**Why it matters.** {escape_markdown(alert.why)}")


def plain(alert: s.Alert) -> None:
    """One alert without a fold: its sentence and why it matters."""
    why = escape_markdown(alert.why)
    st.markdown(f"{alert_words.badge(alert)} {escape_markdown(alert.sentence)} :gray[{why}]")


def unreadable(*lists: tuple[str, Listed[Any]]) -> None:
    """One warning for all rows of these lists that could not be read: what they are, and what to do.

    A list comes with the word for one of its rows, such as `case`.
    """
    rows = [(what, row) for what, found in lists for row in found.unreadable]
    if not rows:
        return
    counts = [
        numbers.counted(len(found.unreadable), what, PLURALS.get(what)) for what, found in lists if found.unreadable
    ]
    told = [f"* {escape_markdown(f'{what} {row.id}: {row.sentence}')}" for what, row in rows[:MOST_UNREADABLE]]
    more = len(rows) - len(told)
    told += [f"* {numbers.count(more)} more; `radiomiclens db check` names them all."] if more > 0 else []
    st.warning(
        f"**{' and '.join(counts)} cannot be read and {'is' if len(rows) == 1 else 'are'} left out of what stands "
        "below.** Everything else is complete.\n\n" + "\n".join(told),
        icon=":material/broken_image:",
    )


def nothing_analysed() -> None:
    """Shown before the first analysis, of all or of the chosen cohort: running jobs, and a button to the page Run."""
    chosen = st.query_params.get(query_parameters.COHORT)
    cohort = next((one for one in cohorts.cohorts() if one.id == chosen), None)
    if cohort is None:
        st.title("Nothing has been analysed yet")
    else:
        st.title(f"Nothing of {escape_markdown(cohort.name)} has been analysed yet")
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
    if cohort is None and not active:
        st.caption(
            "Nothing at hand? `radiomiclens demo`, typed where the server runs, draws a cohort by chance and analyses "
            "it: the first answer is there within a minute."
        )
    with st.container(horizontal=True):
        if st.button("Bring tables or images", type="primary", icon=":material/play_circle:"):
            query = {} if cohort is None else {query_parameters.COHORT: cohort.id}
            st.switch_page("pages/run.py", query_params=query)
        if cohort is not None:
            st.button("Show another cohort", icon=":material/swap_horiz:", on_click=_forget_cohort)


def _forget_cohort() -> None:
    st.query_params.pop(query_parameters.COHORT, None)


def _job_line(job: s.Job) -> None:
    step = f": {job.step}" if job.step else ""
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    st.progress(share, text=escape_markdown(f"{job.title} – {job.state}{step}{job_words.left(job)}"))
