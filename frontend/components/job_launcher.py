"""Start a job in place on a page: its plan, one button, and its progress until it is done."""

import uuid

import streamlit as st

from frontend.api import connection
from frontend.api.cached_read import clear_all
from frontend.api.refusals import answer_or_stop
from frontend.state import query_parameters, session_keys
from frontend.text import job_words
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

WATCHING_S = 2.0
ACTIVE = ("queued", "running", "cancelling")


def show(
    label: str, params: s.JobParams, key: str, icon: str = ":material/play_arrow:", *, joined: bool = False
) -> None:
    """The plan of a job and its button, or how the job that was started here is going; `joined` as one paragraph.

    When the job is done, what the session has read is forgotten and the page runs again.
    """
    job_id = st.session_state.get(session_keys.launched_job(key))
    if job_id is not None:
        st.fragment(_watch, run_every=WATCHING_S)(job_id, key)
        return
    plan = _plan(params, key)
    if plan is None:
        return
    if plan.refusal is not None:
        st.markdown(f":gray[{escape_markdown(plan.refusal)}]")
        return
    for sentence in [" ".join(plan.sentences)] if joined else plan.sentences:
        st.caption(escape_markdown(sentence))
    st.button(label, key=session_keys.launch_button(key), icon=icon, on_click=_start, args=(params, key))
    refusal = st.session_state.pop(session_keys.launch_refusal(key), None)
    if refusal:
        st.error(escape_markdown(refusal), icon=":material/error:")


def _plan(params: s.JobParams, key: str) -> s.JobPlan | None:
    """The plan of the job; read once for each request of this session."""
    remembered = st.session_state.setdefault(session_keys.JOB_PLANS, {})
    request = f"{key} {params.model_dump_json()}"
    if request not in remembered:
        try:
            remembered[request] = connection.client().plan(s.JobSubmit(params=params))
        except ApiError as error:
            st.caption(escape_markdown(error.problem.detail))
            return None
    found: s.JobPlan = remembered[request]
    return found


def _start(params: s.JobParams, key: str) -> None:
    try:
        job = connection.client().submit(s.JobSubmit(params=params), key=uuid.uuid4().hex)
    except ApiError as error:
        st.session_state[session_keys.launch_refusal(key)] = error.problem.detail
        return
    st.session_state[session_keys.launched_job(key)] = job.id


def _watch(job_id: str, key: str) -> None:
    job = answer_or_stop(connection.client().job, job_id)
    if job.state in ACTIVE:
        share = min(job.done / job.total, 1.0) if job.total else 0.0
        step = f": {job.step}" if job.step else ""
        st.progress(share, text=escape_markdown(f"{job.title} – {job.state}{step}{job_words.left(job)}"))
        st.page_link(
            "pages/jobs.py",
            label="Jobs",
            icon=":material/pending_actions:",
            query_params={query_parameters.JOB: job.id},
        )
        return
    st.session_state.pop(session_keys.launched_job(key), None)
    st.session_state.pop(session_keys.JOB_PLANS, None)
    if job.state == "failed":
        st.session_state[session_keys.launch_refusal(key)] = job.error or "The job failed; its log is on the Jobs page."
    clear_all()
    st.rerun()
