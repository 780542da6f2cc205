"""Work offered in place: what it would do, one button, and its progress until the answer is there."""

import uuid

import streamlit as st

from frontend.api import session
from frontend.text import numbers
from frontend.text.escape import plain
from shared import schemas as s
from shared.client import ApiError

WATCHING_S = 2.0
ACTIVE = ("queued", "running", "cancelling")


def offer(label: str, params: s.JobParams, key: str, icon: str = ":material/play_arrow:") -> None:
    """The plan of a job and its button, or how the job that was started here is going.

    When the job is done, what the session has read is forgotten and the page runs again.
    """
    job_id = st.session_state.get(f"offer-{key}")
    if job_id is not None:
        st.fragment(_watch, run_every=WATCHING_S)(job_id, key)
        return
    plan = _plan(params, key)
    if plan is None:
        return
    if plan.refusal is not None:
        st.markdown(f":gray[{plain(plan.refusal)}]")
        return
    for sentence in plan.sentences:
        st.caption(plain(sentence))
    st.button(label, key=f"offer-button-{key}", icon=icon, on_click=_start, args=(params, key))
    refusal = st.session_state.pop(f"offer-refused-{key}", None)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")


def _plan(params: s.JobParams, key: str) -> s.JobPlan | None:
    """What the job would do; asked once for the same request, as nothing of it changes while one reads."""
    remembered = st.session_state.setdefault("offer plans", {})
    asked = f"{key} {params.model_dump_json()}"
    if asked not in remembered:
        try:
            remembered[asked] = session.client().plan(s.JobSubmit(params=params))
        except ApiError as error:
            st.caption(plain(error.problem.detail))
            return None
    found: s.JobPlan = remembered[asked]
    return found


def _start(params: s.JobParams, key: str) -> None:
    try:
        job = session.client().submit(s.JobSubmit(params=params), key=uuid.uuid4().hex)
    except ApiError as error:
        st.session_state[f"offer-refused-{key}"] = error.problem.detail
        return
    st.session_state[f"offer-{key}"] = job.id


def _watch(job_id: str, key: str) -> None:
    job = session.asked(session.client().job, job_id)
    if job.state in ACTIVE:
        share = min(job.done / job.total, 1.0) if job.total else 0.0
        left = f", {numbers.duration(job.seconds_left)} left" if job.seconds_left is not None else ""
        step = f": {job.step}" if job.step else ""
        st.progress(share, text=plain(f"{job.title} – {job.state}{step}{left}"))
        st.page_link("pages/jobs.py", label="Jobs", icon=":material/pending_actions:", query_params={"job": job.id})
        return
    st.session_state.pop(f"offer-{key}", None)
    st.session_state.pop("offer plans", None)
    if job.state == "failed":
        st.session_state[f"offer-refused-{key}"] = job.error or "The job failed; its log is on the Jobs page."
    session.forget()
    st.rerun()
