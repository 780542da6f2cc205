"""The page Jobs: what runs and waits as a pipeline, what failed and what to do, what ended and where it goes on."""

from collections.abc import Callable, Sequence

import streamlit as st

from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.components import notices
from frontend.runs import again, job_board, job_steps, next_steps, training_progress
from frontend.runs.job_steps import ACTIVE, STATES
from frontend.state import query_parameters, session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

WATCHING_S = 2.0
RESTING_S = 10.0
ENDED_SHOWN = 20
LOG_LINES = 200
FILTERS = {"all": "all", "open": "running and waiting", "failed": "failed", "done": "done"}
OF_FILTER = {"open": ACTIVE, "failed": ("failed",), "done": ("done", "cancelled")}


def page() -> None:
    """Draw the page; the list below the filter refreshes itself."""
    st.title("Jobs")
    jobs = answer_or_stop(connection.client().jobs)
    notices.unreadable(("job", jobs))
    if not jobs:
        empty()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Show", list(FILTERS), format_func=FILTERS.__getitem__, default="all", required=True,
            label_visibility="collapsed", key=session_keys.JOBS_FILTER,
        )  # fmt: skip
        text = st.text_input(
            "Find a job", key=session_keys.JOBS_TEXT, placeholder="Find a job", label_visibility="collapsed", width=260
        )
    active = any(job.state in ACTIVE for job in jobs)
    st.fragment(board, run_every=WATCHING_S if active else RESTING_S)(active, str(chosen), text.strip().lower())


def board(active: bool, chosen: str, text: str) -> None:
    """Counts, then what runs and waits, what failed, what ended."""
    jobs = answer_or_stop(connection.client().jobs)
    if any(job.state in ACTIVE for job in jobs) != active:
        st.rerun()
    refusal = st.session_state.pop(session_keys.JOBS_REFUSAL, None)
    if refusal:
        st.error(escape_markdown(refusal), icon=":material/error:")
    st.markdown(counts(jobs))
    by_id = {job.id: job for job in jobs}
    named = st.query_params.get(query_parameters.JOB)
    wanted = OF_FILTER.get(chosen)
    shown = [job for job in jobs if (wanted is None or job.state in wanted) and text in job.title.lower()]
    if not shown:
        st.caption("No job is like this. Choose “all”, or clear the search.")
    for group in job_board.pipelines([job for job in jobs if job.state in ACTIVE]):
        if len(group) > 1 and any(job in shown for job in group):
            st.markdown(job_board.row_of(group))
    order = ("running", "cancelling", "failed", "queued")
    open_ones = sorted((job for job in shown if job.state in order), key=lambda job: order.index(job.state))
    for job in open_ones:
        card(job, by_id, named)
    ended(shown, by_id, named)


def empty() -> None:
    """Shown where no job was ever started."""
    st.markdown("Nothing has been started yet.")
    st.page_link("pages/run.py", label="Bring tables or images", icon=":material/play_circle:")


def counts(jobs: Sequence[s.Job]) -> str:
    """`1 running, 3 waiting, 1 failed, 12 done`."""
    sentence = [
        f"{numbers.count(n)} {word}"
        for state, (_, word) in STATES.items()
        if (n := sum(job.state == state for job in jobs))
    ]
    return f"**{', '.join(sentence)}**"


def card(job: s.Job, by_id: dict[str, s.Job], named: str | None) -> None:
    """One job that needs attention: what, how far, until when, why not, and what to do."""
    with st.container(border=True, key=f"job-{job.id}"):
        heading, actions = st.columns([5, 3], vertical_alignment="center")
        heading.markdown(f"{job_steps.state_words(job)} **{escape_markdown(job.title)}**")
        with actions, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            buttons(job)
        if job.state in ("running", "cancelling"):
            st.progress(job_steps.share(job), text=escape_markdown(job_steps.progress_words(job)))
        if job.state == "queued":
            waits = [by_id[i].title for i in job.depends_on if i in by_id and by_id[i].state in ACTIVE]
            st.caption(f"Waits for: {escape_markdown('; '.join(waits))}." if waits else "Waits for its turn.")
        if job.error:
            st.error(escape_markdown(job.error), icon=":material/error:")
        if job.state == "failed":
            st.caption(next_steps.advice(job))
        training_progress.look(job, open_now=job.id == named)
        log(job, open_now=job.id == named)


def ended(jobs: Sequence[s.Job], by_id: dict[str, s.Job], named: str | None) -> None:
    """What is done or was cancelled, newest first; one line each, the named one in full."""
    over = [job for job in jobs if job.state in ("done", "cancelled")]
    if not over:
        return
    st.subheader("Ended", anchor=False)
    listed = len(over) if st.session_state.get(session_keys.JOBS_SHOW_ALL) else ENDED_SHOWN
    shown = [job for place, job in enumerate(over) if place < listed or job.id == named]
    for job in shown:
        if job.id == named:
            card(job, by_id, named)
        else:
            line(job)
    if len(over) > len(shown):
        st.button(f"Show all {numbers.count(len(over))}", key=session_keys.JOBS_SHOW_ALL_BUTTON, on_click=show_all)


def show_all() -> None:
    """Lists every ended job."""
    st.session_state[session_keys.JOBS_SHOW_ALL] = True


def line(job: s.Job) -> None:
    """One line for a job that has ended."""
    with st.container(key=f"job-{job.id}"):
        heading, actions = st.columns([5, 3], vertical_alignment="center")
        when = f"  \n:gray[{job_steps.took(job)}]" if job_steps.took(job) else ""
        heading.markdown(f"{job_steps.state_words(job)} {escape_markdown(job.title)}{when}")
        with actions, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            buttons(job)
        if job.kind == "extract" and job.state == "done":
            extracted(job)


def extracted(job: s.Job) -> None:
    """How many regions an extraction measured, and why it could not measure some."""
    counts = {name: int(job.result.get(name, 0)) for name in ("units", "reused", "failed")}
    sentence = f"{numbers.counted(counts['units'] - counts['failed'], 'region')} measured"
    sentence += f", {numbers.count(counts['reused'])} found again" if counts["reused"] else ""
    if not counts["failed"]:
        st.caption(f"{sentence}.")
        return
    st.caption(f"{sentence}, {numbers.count(counts['failed'])} could not be measured.")
    label = "Why they could not be measured"
    with st.expander(label, key=f"failed-{job.id}", on_change="rerun", type="compact") as fold:
        if fold.open:
            lines = answer_or_stop(connection.client().job_log, job.id)
            st.code(
                "\n".join(entry.line for entry in lines if entry.level == "warning"), language=None, wrap_lines=True
            )


def buttons(job: s.Job) -> None:
    """What comes next, and what else can be done with a job in its state."""
    api = connection.client()
    next_steps.draw(next_steps.next_steps(job)[:1])
    if job.state == "done" and job.kind in next_steps.CURVES and job.id != st.query_params.get(query_parameters.JOB):
        st.button(
            "See the curves",
            key=f"see-{job.id}",
            icon=":material/show_chart:",
            type="tertiary",
            on_click=st.query_params.update,
            args=({"job": job.id},),
        )
    if job.state in ("running", "queued"):
        st.button("Cancel", key=f"cancel-{job.id}", icon=":material/stop:", on_click=ask, args=(api.cancel, job.id))
    if job.state in ("failed", "cancelled"):
        st.button("Retry", key=f"retry-{job.id}", icon=":material/replay:", on_click=ask, args=(api.retry, job.id))
    if job.state not in ACTIVE and again.step_of(job) is not None:
        query = {query_parameters.RUN_AGAIN: job.id}
        st.page_link("pages/run.py", label="Edit and run again", icon=":material/edit:", query_params=query)


def ask(call: Callable[[str], s.Job], job_id: str) -> None:
    """Cancels or retries; a refusal is shown on the next run."""
    try:
        call(job_id)
    except ApiError as error:
        st.session_state[session_keys.JOBS_REFUSAL] = error.problem.detail


def log(job: s.Job, open_now: bool) -> None:
    """The job's log, read only while it stands open."""
    with st.expander("Log", expanded=open_now, key=f"log-{job.id}", on_change="rerun", type="compact") as fold:
        if not fold.open:
            return
        lines = answer_or_stop(connection.client().job_log, job.id)[-LOG_LINES:]
        if not lines:
            st.caption("Nothing written yet.")
            return
        text = "\n".join(f"{numbers.clock(entry.at)}  {entry.level:<7}  {entry.line}" for entry in lines)
        st.code(text, language=None, wrap_lines=True, height=min(60 + 24 * len(lines), 320))


page()
