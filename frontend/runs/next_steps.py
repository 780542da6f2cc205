"""What comes after a job: the page where its result is, the step that follows, or what to do where it failed."""

from dataclasses import dataclass

import streamlit as st

from frontend.api import analyses, connection
from frontend.state import query_parameters
from shared import schemas as s
from shared.client import ApiError

CURVES = ("pretrain", "finetune")


@dataclass(frozen=True, slots=True)
class Next:
    """A link to a page of the dashboard with its query; the first of a job is what most people want next."""

    label: str
    page: str
    query: dict[str, str]
    icon: str


def next_steps(job: s.Job, *, strongest: bool = False) -> list[Next]:
    """Where a job that is done goes on; `strongest` also finds the feature that an analysis ranks first."""
    if job.state != "done":
        return []
    cohort = str(job.result.get("cohort_id") or job.params.get("cohort_id") or "")
    if analysis := job.result.get("analysis_id") if job.kind == "analyze" else None:
        found = [
            Next("Open the result", "overview", {query_parameters.ANALYSIS: str(analysis)}, ":material/lens_blur:")
        ]
        return found + (_strongest(str(analysis)) if strongest else [])
    if query := compare_query(job):
        return [Next("Open the result", "compare", query, ":material/compare_arrows:")]
    if job.kind in ("import_tables", "synth_tables"):
        return [_step("Analyse", "analyze", cohort)]
    if job.kind in ("import_cases", "synth"):
        seen = Next("See the cases", "cases", {query_parameters.COHORT: cohort}, ":material/radiology:")
        checked = Next("See what was refused", "data", {query_parameters.COHORT: cohort}, ":material/fact_check:")
        return [_step("Analyse: all steps", "everything", cohort), seen, checked]
    if job.kind == "finetune":
        return [_step("Analyse", "analyze", cohort)]
    if job.kind in ("pretrain", "import_encoder") and not job.params.get("task"):
        return [_step("Fine-tune", "finetune", cohort)]
    if job.kind in ("extract", "import_encoder", "embed"):
        return [_step("Analyse", "analyze", cohort)]
    return []


def draw(steps: list[Next]) -> None:
    """The links, side by side."""
    for one in steps:
        st.page_link(f"pages/{one.page}.py", label=one.label, icon=one.icon, query_params=one.query)


def advice(job: s.Job) -> str:
    """What can be done where a job failed, beyond its own sentence."""
    if job.result.get("blocked_by"):
        return "Retry the job that failed before it: this one then follows by itself."
    if job.kind in ("import_tables", "import_cases", "import_encoder"):
        return "Correct the files or the settings, then edit and run again. Nothing was stored."
    return "Retry goes on from what is stored. Edit and run again opens its settings for a change."


def compare_query(job: s.Job) -> dict[str, str]:
    """Where the page Compare shows what a comparison or a trajectory found; empty for other jobs.

    A trajectory stands under an analysis of its task and region: without one there is nowhere to show it.
    """
    if job.kind == "compare":
        first, second = job.params["analysis_ids"][:2]
        return {query_parameters.ANALYSIS: first, query_parameters.COMPARED_WITH: second}
    if job.kind != "trajectory":
        return {}
    wanted = tuple(job.params[name] for name in ("cohort_id", "task", "roi"))
    found = next((one for one in analyses.analyses() if (one.cohort_id, one.task, one.roi) == wanted), None)
    return {} if found is None else {query_parameters.ANALYSIS: found.id, query_parameters.REGION: found.roi}


def _step(label: str, step: str, cohort: str) -> Next:
    query = {query_parameters.RUN_STEP: step, query_parameters.COHORT: cohort}
    return Next(label, "run", query, ":material/play_circle:")


def _strongest(analysis: str) -> list[Next]:
    try:
        (first,) = connection.client().ranking(analysis, limit=1).items
    except (ApiError, ValueError):
        return []
    query = {query_parameters.ANALYSIS: analysis, query_parameters.FEATURE: first.feature}
    return [Next("Open the strongest shift", "shifts", query, ":material/swap_vert:")]
