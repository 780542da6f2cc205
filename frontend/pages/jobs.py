"""The page Jobs: state, progress, logs and results of all jobs."""

from collections.abc import Callable, Sequence

import streamlit as st

from frontend.api import analyses, connection
from frontend.api.refusals import answer_or_stop
from frontend.components import notices
from frontend.runs import training_progress
from frontend.state import query_parameters, session_keys
from frontend.text import job_words, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

WATCHING_S = 2.0
RESTING_S = 10.0
ACTIVE = ("running", "cancelling", "queued")
STATES = {
    "running": (":material/play_circle:", "running"),
    "cancelling": (":material/stop_circle:", "stopping"),
    "queued": (":material/hourglass_empty:", "waiting"),
    "done": (":material/check_circle:", "done"),
    "failed": (":material/error:", "failed"),
    "cancelled": (":material/cancel:", "cancelled"),
}
ENDED_SHOWN = 20
LOG_LINES = 200
NO_BREAK = "\N{NO-BREAK SPACE}"


def page() -> None:
    """Draw the page; the list below the title refreshes itself."""
    st.title("Jobs")
    active = any(job.state in ACTIVE for job in answer_or_stop(connection.client().jobs))
    st.fragment(board, run_every=WATCHING_S if active else RESTING_S)(active)


def board(active: bool) -> None:
    """Counts, then what runs, what waits, what ended."""
    jobs = answer_or_stop(connection.client().jobs)
    if any(job.state in ACTIVE for job in jobs) != active:
        st.rerun()
    refusal = st.session_state.pop(session_keys.JOBS_REFUSAL, None)
    if refusal:
        st.error(escape_markdown(refusal), icon=":material/error:")
    notices.unreadable(("job", jobs))
    if not jobs:
        empty()
        return
    st.markdown(counts(jobs))
    titles = {job.id: job for job in jobs}
    named = st.query_params.get(query_parameters.JOB)
    order = ("running", "cancelling", "failed", "queued")
    open_ones = sorted((job for job in jobs if job.state in order), key=lambda job: order.index(job.state))
    for job in open_ones:
        card(job, titles, named)
    ended(jobs, titles, named)


def empty() -> None:
    """Shown where no job was ever started."""
    st.markdown("Nothing has been started yet.")
    st.page_link("pages/run.py", label="Start something", icon=":material/play_circle:")


def counts(jobs: Sequence[s.Job]) -> str:
    """`1 running, 3 waiting, 1 failed, 12 done`."""
    sentence = [
        f"{numbers.count(n)} {word}"
        for state, (_, word) in STATES.items()
        if (n := sum(job.state == state for job in jobs))
    ]
    return f"**{', '.join(sentence)}**"


def card(job: s.Job, titles: dict[str, s.Job], named: str | None) -> None:
    """One job that needs attention: what, how far, how long, why not."""
    with st.container(border=True, key=f"job-{job.id}"):
        heading, actions = st.columns([5, 2], vertical_alignment="center")
        heading.markdown(f"{state_words(job)} **{escape_markdown(job.title)}**")
        with actions, st.container(horizontal=True, horizontal_alignment="right"):
            buttons(job)
        if job.state in ("running", "cancelling"):
            st.progress(share(job), text=escape_markdown(progress_words(job)))
        waits = [titles[i].title for i in job.depends_on if i in titles and titles[i].state in ACTIVE]
        if job.state == "queued":
            st.caption(f"Waits for: {escape_markdown('; '.join(waits))}." if waits else "Waits for its turn.")
        if job.error:
            st.error(escape_markdown(job.error), icon=":material/error:")
        training_progress.look(job, open_now=job.id == named)
        log(job, open_now=job.id == named)


def ended(jobs: Sequence[s.Job], titles: dict[str, s.Job], named: str | None) -> None:
    """What is done or was cancelled, newest first; one line each, the named one in full."""
    over = [job for job in jobs if job.state in ("done", "cancelled")]
    if not over:
        return
    st.subheader("Ended", anchor=False)
    listed = len(over) if st.session_state.get(session_keys.JOBS_SHOW_ALL) else ENDED_SHOWN
    shown = [job for place, job in enumerate(over) if place < listed or job.id == named]
    for job in shown:
        if job.id == named:
            card(job, titles, named)
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
        heading, actions = st.columns([5, 1], vertical_alignment="center")
        heading.markdown(f"{state_words(job)} {escape_markdown(job.title)}{took(job)}")
        with actions, st.container(horizontal=True, horizontal_alignment="right"):
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


def state_words(job: s.Job) -> str:
    """Symbol and word: never the colour alone."""
    icon, word = STATES[job.state]
    return f"{icon} {word} ·"


def took(job: s.Job) -> str:
    """` · 3 min · 24 Nov 2026, 09:15 UTC`."""
    if job.finished_at is None or job.started_at is None:
        return ""
    seconds = (job.finished_at - job.started_at).total_seconds()
    answered = " · from the cache" if job.result.get("cached") else ""
    return f" · {numbers.duration(seconds)}{answered} · {numbers.day(job.finished_at).replace(' ', NO_BREAK)}"


def share(job: s.Job) -> float:
    """How much of the step is done, 0..1."""
    return min(1.0, job.done / job.total) if job.total else 0.0


def progress_words(job: s.Job) -> str:
    """`embedding images: 12 of 46, 3 min left`."""
    if job.state == "cancelling":
        return "stopping"
    step = job.step or "starting"
    far = f": {numbers.count(job.done)} of {numbers.count(job.total)}" if job.total else ""
    again = f" (attempt {job.attempts})" if job.attempts > 1 else ""
    return f"{step}{far}{job_words.left(job)}{again}"


def buttons(job: s.Job) -> None:
    """What can be done with a job in its state."""
    api = connection.client()
    if job.state in ("running", "queued"):
        st.button("Cancel", key=f"cancel-{job.id}", icon=":material/stop:", on_click=ask, args=(api.cancel, job.id))
    if job.state in ("failed", "cancelled"):
        st.button("Retry", key=f"retry-{job.id}", icon=":material/replay:", on_click=ask, args=(api.retry, job.id))
    if job.state != "done":
        return
    if analysis := job.result.get("analysis_id"):
        query = {query_parameters.ANALYSIS: str(analysis)}
        st.page_link("pages/overview.py", label="Open the result", icon=":material/lens_blur:", query_params=query)
    elif query := compare_query(job):
        st.page_link("pages/compare.py", label="Open the result", icon=":material/compare_arrows:", query_params=query)
    elif job.kind in training_progress.KINDS and job.id != st.query_params.get(query_parameters.JOB):
        st.button(
            "See the curves",
            key=f"see-{job.id}",
            icon=":material/show_chart:",
            type="tertiary",
            on_click=st.query_params.update,
            args=({"job": job.id},),
        )
    elif job.kind in ("import_cases", "synth") and (cohort := job.result.get("cohort_id")):
        query = {query_parameters.COHORT: str(cohort)}
        st.page_link("pages/cases.py", label="See the cases", icon=":material/radiology:", query_params=query)


def compare_query(job: s.Job) -> dict[str, str]:
    """Where the page Compare shows what a comparison or a trajectory found; empty for other jobs.

    A trajectory stands under an analysis of its task and region: without one there is nowhere to show it.
    """
    if job.kind == "compare":
        first, second = job.params["analysis_ids"][:2]
        return {"analysis": first, "with": second}
    if job.kind != "trajectory":
        return {}
    wanted = tuple(job.params[name] for name in ("cohort_id", "task", "roi"))
    found = next((one for one in analyses.analyses() if (one.cohort_id, one.task, one.roi) == wanted), None)
    return {} if found is None else {"analysis": found.id, "roi": found.roi}


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
