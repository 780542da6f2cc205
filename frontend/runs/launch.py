"""The end of a form: what its chain of jobs will do, one button, and then the jobs themselves in its place."""

import hashlib
import time
import uuid
from collections.abc import Sequence

import streamlit as st

from frontend.api import connection
from frontend.api.cached_read import clear_all
from frontend.api.refusals import answer_or_stop
from frontend.components import project_choice
from frontend.runs import decoding_settings, drafts, job_board, job_steps, next_steps
from frontend.state import session_keys
from frontend.text import job_words
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

DOUBLE_CLICK_S = 5.0
WATCHING_S = 1.5


def offer(label: str, chain: s.JobChain | None, refusal: str | None) -> None:
    """The plan of the chain and its button, or the jobs that this form has started."""
    form = drafts.current()
    if ids := form.kept.get(drafts.STARTED):
        watch(form.name, list(ids))
        return
    chain = project_choice.for_chain(chain)
    plan = None if chain is None or refusal is not None else answer_or_stop(connection.client().plan_chain, chain)
    refusal = refusal or (plan.refusal if plan is not None else None)
    st.subheader("What will happen", anchor=False)
    if refusal is not None:
        st.warning(escape_markdown(refusal), icon=":material/block:")
    elif plan is not None:
        told = [f"**{escape_markdown(step.title)}.** {_sentences(step)}" for step in plan.steps]
        st.markdown("\n".join(f"{place}. {line}" for place, line in enumerate(told, 1)))
        if plan.seconds is not None and len(plan.steps) > 1:
            st.markdown(f"All steps together: **{job_words.about(plan.seconds)}**{job_words.until(plan.seconds)}.")
    st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        key=session_keys.RUN_START,
        disabled=chain is None or refusal is not None,
        on_click=_start,
        args=(form.name, chain),
    )
    if said := st.session_state.pop(session_keys.RUN_REFUSAL, None):
        st.error(escape_markdown(said), icon=":material/error:")


def _sentences(step: s.JobPlan) -> str:
    return " ".join(escape_markdown(decoding_settings.in_words(sentence)) for sentence in step.sentences)


def one(name: str, params: s.JobParams) -> s.JobChain:
    """A chain of a single request."""
    return s.JobChain(steps=[s.ChainStep(name=name, params=params)])


def _start(name: str, chain: s.JobChain | None) -> None:
    """Submits and remembers what was started; a double click makes the same jobs, not more of them."""
    if chain is None:
        return
    nonce, pressed = st.session_state.get(session_keys.RUN_NONCE, ("", 0.0))
    if time.monotonic() - pressed > DOUBLE_CLICK_S:
        nonce = uuid.uuid4().hex
    st.session_state[session_keys.RUN_NONCE] = (nonce, time.monotonic())
    text = hashlib.sha256(chain.wire().encode()).hexdigest()[:16]
    try:
        jobs = connection.client().submit_chain(chain, f"{nonce} {text}")
    except ApiError as error:
        st.session_state[session_keys.RUN_REFUSAL] = error.problem.detail
        return
    fields = st.session_state.get(session_keys.form_draft(name), {})
    drafts.keep(name, fields | {drafts.STARTED: [job.id for job in jobs]})


# --- what was started -------------------------------------------------------------------------------------------------


def watch(name: str, ids: list[str]) -> None:
    """The jobs of a form, watched where its button was; the rest of the page stays as it is."""
    try:
        jobs = [connection.client().job(job_id) for job_id in ids]
    except ApiError as error:
        st.error(escape_markdown(error.problem.detail), icon=":material/error:")
        _anew(name)
        return
    active = any(job.state in job_steps.ACTIVE for job in jobs)
    st.fragment(_board, run_every=WATCHING_S if active else None)(name, ids, active)


def _board(name: str, ids: list[str], active: bool) -> None:
    jobs = [answer_or_stop(connection.client().job, job_id) for job_id in ids]
    if active and not any(job.state in job_steps.ACTIVE for job in jobs):
        clear_all()
        st.rerun()
    with st.container(border=True, key="started"):
        st.markdown(job_board.row_of(jobs))
        for job in jobs:
            if job.state in ("running", "cancelling"):
                words = f"{job.title}. {job_steps.progress_words(job)}"
                st.progress(job_steps.share(job), text=escape_markdown(words))
        failed = next((job for job in jobs if job.state == "failed" and not job.result.get("blocked_by")), None)
        if failed is not None:
            st.error(escape_markdown(failed.error), icon=":material/error:")
            st.caption(next_steps.advice(failed))
        with st.container(horizontal=True, vertical_alignment="center"):
            _actions(name, jobs, failed, active)


def _actions(name: str, jobs: Sequence[s.Job], failed: s.Job | None, active: bool) -> None:
    if active:
        st.button("Cancel", icon=":material/stop:", on_click=_cancel, args=([job.id for job in jobs],))
        st.caption("You can leave this page: the jobs go on, and the bell tells when they end.")
        return
    if failed is not None:
        st.button("Try again as it is", icon=":material/replay:", on_click=_retry, args=(failed.id,))
    elif jobs[-1].state == "done":
        analysed = [job for job in jobs if job.kind == "analyze"]
        next_steps.draw(next_steps.next_steps((analysed or list(jobs))[-1], strongest=True))
    _anew(name)


def _anew(name: str) -> None:
    st.button("Change the settings and start again", icon=":material/edit:", on_click=_reset, args=(name,))


def _reset(name: str) -> None:
    fields = dict(st.session_state.get(session_keys.form_draft(name), {}))
    for field in (drafts.STARTED, drafts.COHORT_NAME):  # its name may be taken now: one is proposed anew
        fields.pop(field, None)
    st.session_state.pop(session_keys.form_field(name, drafts.COHORT_NAME), None)
    drafts.keep(name, fields)


def _cancel(ids: Sequence[str]) -> None:
    for job_id in reversed(ids):
        try:
            connection.client().cancel(job_id)
        except ApiError:
            continue  # it has ended already


def _retry(job_id: str) -> None:
    try:
        connection.client().retry(job_id)
    except ApiError as error:
        st.session_state[session_keys.RUN_REFUSAL] = error.problem.detail
