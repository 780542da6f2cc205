"""The page Run: forms that start jobs, each with its plan and expected duration."""

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from frontend.api import cohorts, connection
from frontend.api.refusals import answer_or_stop
from frontend.components import notices
from frontend.runs import analysis_forms, analyze_form, form_fields, import_form, job_forms, pipeline, tables_form
from frontend.state import query_parameters, session_keys
from frontend.text import labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

MAKERS: dict[str, tuple[str, Callable[[], s.JobParams]]] = {
    "import_cases": ("Import images", import_form.import_cases),
    "import_tables": ("Import tables", tables_form.import_tables),
    "synth": ("Synthetic cohort", job_forms.synth),
}
STEPS: dict[str, tuple[str, Callable[[s.Cohort], s.JobParams]]] = {
    "extract": ("Extract radiomics", job_forms.extract),
    "import_encoder": ("Bring an encoder", job_forms.import_encoder),
    "pretrain": ("Pre-train", job_forms.pretrain),
    "finetune": ("Fine-tune", job_forms.finetune),
    "embed": ("Embed", analysis_forms.embed),
    "analyze": ("Analyse", analyze_form.analyze),
    "compare": ("Compare analyses", analysis_forms.compare),
    "trajectory": ("Follow epochs or stages", analysis_forms.trajectory),
}
OF_TABLES_TOO = ("analyze", "compare")  # steps that need no images
EVERYTHING = "everything"
LABELS = (
    {name: label for name, (label, _) in MAKERS.items()}
    | {name: label for name, (label, _) in STEPS.items()}
    | {EVERYTHING: "Everything on a cohort"}
)
MEANING = {
    "import_cases": "Reads images and masks from a folder, checks each study, and says which it refused and why.",
    "import_tables": "For embeddings and radiomics you have already: no images, no training.",
    "synth": "Makes images of an organ with known findings, to try things out.",
    "extract": "Measures radiomics in the regions of every accepted case.",
    "import_encoder": "Takes over weights from a file, ProFound's for example, and embeds every case with them.",
    "pretrain": "Teaches an encoder to fill in masked parts of the images, and embeds every case: the state before.",
    "finetune": "Trains that encoder for a task, and embeds every case again: the state after.",
    "analyze": "Compares before and after through the radiomics: what does the embedding carry now?",
    "embed": "Embeds every case with an encoder that is there, stage by stage, and with the epochs its training kept.",
    "compare": "Which changes do analyses of the same patients share, and which belong to one task or region?",
    "trajectory": "When during a fine-tuning, or how deep in the encoder, did a change come about?",
    EVERYTHING: "Extracts, pre-trains, fine-tunes for each task and analyses, one job after the other.",
}
CHAIN_EPOCHS = 20
DOUBLE_CLICK_S = 5.0


@dataclass(frozen=True)
class Request:
    """What the button starts: its text tells requests apart, `submit` sends it under an idempotency key."""

    text: str
    submit: Callable[[str], list[s.Job]]


def page() -> None:
    """Draws the page."""
    st.title("Run")
    started()
    known = cohorts.cohorts()
    notices.unreadable(("cohort", known))
    st.subheader("1. What", anchor=False)
    chosen = what(known)
    st.caption(MEANING[chosen])
    if chosen in MAKERS:
        st.subheader("2. From where", anchor=False)
        one_job(MAKERS[chosen][1])
        return
    usable = [cohort for cohort in known if cohort.kind == "images" or chosen in OF_TABLES_TOO]
    if not usable:
        nothing_to_work_on(chosen)
        return
    st.subheader("2. On which cohort, and how", anchor=False)
    cohort = which(usable)
    if chosen == EVERYTHING:
        everything(cohort)
    else:
        one_job(lambda: STEPS[chosen][1](cohort))


def what(known: list[s.Cohort]) -> str:
    """The kind of work, from the address; what a newcomer needs first stands first."""
    default = EVERYTHING if any(cohort.kind == "images" for cohort in known) else "import_cases"
    wanted = st.query_params.get(query_parameters.RUN_STEP)
    st.session_state[session_keys.RUN_STEP] = wanted if wanted in LABELS else default
    st.pills(
        "What",
        list(LABELS),
        format_func=LABELS.__getitem__,
        required=True,
        key=session_keys.RUN_STEP,
        label_visibility="collapsed",
        on_change=lambda: st.query_params.update({query_parameters.RUN_STEP: st.session_state[session_keys.RUN_STEP]}),
    )
    return str(st.session_state[session_keys.RUN_STEP])


def which(usable: list[s.Cohort]) -> s.Cohort:
    """The cohort, from the address."""
    by_id = {cohort.id: cohort for cohort in usable}
    wanted = st.query_params.get(query_parameters.COHORT)
    filled = next((cohort.id for cohort in usable if cohort.n_cases), usable[0].id)
    st.session_state[session_keys.RUN_COHORT] = wanted if wanted in by_id else filled
    st.selectbox(
        "Cohort",
        list(by_id),
        format_func=lambda i: cohort_words(by_id[i]),
        key=session_keys.RUN_COHORT,
        on_change=lambda: st.query_params.update({query_parameters.COHORT: st.session_state[session_keys.RUN_COHORT]}),
        width=560,
    )
    return by_id[st.session_state[session_keys.RUN_COHORT]]


def cohort_words(cohort: s.Cohort) -> str:
    """`anatomy-120: 120 cases of 118 patients, radiomics of 120, encoders 4`."""
    done = [f"{roi} radiomics of {numbers.count(n)}" for roi, n in cohort.extracted.items() if n]
    made = [numbers.counted(len(cohort.encoders), "encoder")] if cohort.encoders else []
    has = f"{numbers.counted(cohort.n_cases, 'case')} of {numbers.counted(cohort.n_patients, 'patient')}"
    return f"{cohort.name}: {', '.join([has, *done, *made])}"


def nothing_to_work_on(chosen: str) -> None:
    """Shown where a step needs a cohort and there is none."""
    st.info(f"“{LABELS[chosen]}” needs a cohort, and there is none yet.", icon=":material/info:")
    with st.container(horizontal=True):
        for name in MAKERS:
            st.button(LABELS[name], on_click=partial(st.query_params.update, {query_parameters.RUN_STEP: name}))


# --- one job ----------------------------------------------------------------------------------------------------------


def one_job(form: Callable[[], s.JobParams]) -> None:
    """Fields, plan and button of a single job."""
    try:
        params = form()
    except form_fields.Incomplete as error:
        plan_and_start([], str(error), None)
        return
    wish = s.JobSubmit(params=params)
    plan = answer_or_stop(connection.client().plan, wish)
    request = Request(wish.model_dump_json(), lambda key: [connection.client().submit(wish, key)])
    plan_and_start(plan.sentences, plan.refusal, request)


def plan_and_start(sentences: list[str], refusal: str | None, request: Request | None) -> None:
    """What will happen, and the button; where it cannot be done, the reason and a button that cannot be pressed."""
    st.subheader("3. What will happen", anchor=False)
    if refusal is None:
        st.markdown("\n".join(f"* {escape_markdown(sentence)}" for sentence in sentences))
    else:
        st.warning(escape_markdown(refusal), icon=":material/block:")
    st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        key=session_keys.RUN_START,
        disabled=request is None or refusal is not None,
        on_click=start,
        args=(request,),
    )


def start(request: Request | None) -> None:
    """Submits and remembers what was started; a double click makes the same jobs, not more of them."""
    if request is None:
        return
    nonce, pressed = st.session_state.get(session_keys.RUN_NONCE, ("", 0.0))
    if time.monotonic() - pressed > DOUBLE_CLICK_S:
        nonce = uuid.uuid4().hex
    st.session_state[session_keys.RUN_NONCE] = (nonce, time.monotonic())
    try:
        jobs = request.submit(f"{nonce} {hashlib.sha256(request.text.encode()).hexdigest()[:16]}")
    except ApiError as error:
        st.session_state[session_keys.RUN_REFUSAL] = error.problem.detail
        return
    st.session_state[session_keys.RUN_STARTED] = [(job.id, job.title) for job in jobs]


def started() -> None:
    """Result of the last press of the button: the jobs started, or the refusal."""
    if refusal := st.session_state.pop(session_keys.RUN_REFUSAL, None):
        st.error(escape_markdown(refusal), icon=":material/error:")
    jobs: list[tuple[str, str]] = st.session_state.pop(session_keys.RUN_STARTED, [])
    if not jobs:
        return
    rest = "" if len(jobs) == 1 else f" and {numbers.counted(len(jobs) - 1, 'job')} after it"
    with st.container(border=True):
        st.markdown(f":material/check_circle: **Started:** {escape_markdown(jobs[0][1])}{rest}.")
        st.page_link(
            "pages/jobs.py",
            label="See how it is going",
            icon=":material/pending_actions:",
            query_params={query_parameters.JOB: jobs[0][0]},
        )


# --- everything -------------------------------------------------------------------------------------------------------


def everything(cohort: s.Cohort) -> None:
    """The chain: encoder and epochs to choose, tasks to tick, the plan of its first steps."""
    cases = cohorts.cases(cohort.id)
    possible = pipeline.possible_tasks(cohort.protocol, cases)
    tasks = st.pills(
        "Tasks", possible, default=possible, selection_mode="multi", format_func=partial(labels.task, cohort.protocol)
    )
    for sentence in pipeline.left_out(cohort.protocol, cases):
        st.caption(escape_markdown(sentence))
    pretrain = job_forms.pretrain(cohort)
    epochs = st.number_input("Epochs of each fine-tuning", 1, 5000, CHAIN_EPOCHS, width=220)
    assert isinstance(pretrain, s.PretrainParams)
    refusal = pipeline.impossible(cohort, cases) or (None if tasks else "Choose at least one task.")
    if refusal is not None:
        plan_and_start([], refusal, None)
        return
    whole = pipeline.Chain(cohort, tuple(tasks), pretrain, int(epochs))
    plans = [answer_or_stop(connection.client().plan, s.JobSubmit(params=step)) for step in (whole.extract, pretrain)]
    refusal = next((plan.refusal for plan in plans if plan.refusal is not None), None)
    sentences = [" ".join(plan.sentences) for plan in plans] + [whole.sentence]
    request = Request(
        f"{pretrain.model_dump_json()} {tasks} {epochs}", lambda key: pipeline.submit(connection.client(), whole, key)
    )
    plan_and_start(sentences, refusal, request)


page()
