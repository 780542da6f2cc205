"""The page Run: a door for tables, one for images, and a quiet one for single steps."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from frontend.api import cohorts
from frontend.components import notices
from frontend.runs import (
    again,
    analysis_forms,
    analyze_form,
    drafts,
    everything_form,
    form_fields,
    images_door,
    job_forms,
    launch,
    tables_door,
)
from frontend.state import query_parameters, session_keys
from frontend.text import numbers
from shared import schemas as s

TABLES, IMAGES, STEPS = "tables", "images", "steps"
DOORS = {
    TABLES: ("I have tables", ":material/table_view:"),
    IMAGES: ("I have images", ":material/radiology:"),
    STEPS: ("Single steps", ":material/list:"),
}
OPENS = {TABLES: "Bring tables", IMAGES: "Bring images"}
BEHIND = {
    TABLES: "Embeddings before and after fine-tuning, and radiomics, as files. No images, no training: the answer "
    "takes about a minute.",
    IMAGES: "A folder or zip of studies. Radiomics are measured, an encoder is trained or brought, fine-tuned and "
    "analysed, one job after the other.",
    STEPS: "One step on a cohort that is here: measure, train, embed, analyse, compare, follow.",
}
OLD_ADDRESSES = {"import_tables": TABLES, "import_cases": IMAGES}  # steps of earlier addresses that are doors now
STEP_FORMS: dict[str, tuple[str, Callable[[s.Cohort], s.JobParams]]] = {
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
EVERYTHING, SYNTH = "everything", "synth"
LABELS = (
    {EVERYTHING: "Everything on a cohort"}
    | {name: label for name, (label, _) in STEP_FORMS.items()}
    | {SYNTH: "Synthetic cohort"}
)
MEANING = {
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


def page() -> None:
    """Draws the page."""
    st.title("Run")
    again.open_asked()
    known = cohorts.cohorts()
    notices.unreadable(("cohort", known))
    wanted = st.query_params.get(query_parameters.RUN_STEP)
    wanted = OLD_ADDRESSES.get(wanted or "", wanted)
    if wanted not in (*DOORS, *LABELS):
        doors()
        return
    chosen = wanted if wanted in DOORS else STEPS
    switch(chosen)
    again.note()
    if chosen == TABLES:
        tables_door.door()
    elif chosen == IMAGES:
        images_door.door()
    else:
        steps(wanted if wanted in LABELS else None, known)


def go(step: str) -> None:
    """Opens a door or a step."""
    st.query_params.update({query_parameters.RUN_STEP: step})


def doors() -> None:
    """The two doors, and the quiet one below them."""
    for column, name in zip(st.columns(2, gap="medium"), (TABLES, IMAGES), strict=True):
        label, icon = DOORS[name]
        with column, st.container(border=True, key=f"door-{name}", height="stretch"):
            st.subheader(f"{icon} {label}", anchor=False)
            st.markdown(BEHIND[name])
            st.button(OPENS[name], type="primary", key=session_keys.door(name), on_click=go, args=(name,))
    with st.container(horizontal=True, vertical_alignment="center", key="door-steps"):
        st.caption(BEHIND[STEPS])
        label, icon = DOORS[STEPS]
        st.button(label, type="tertiary", icon=icon, key=session_keys.door(STEPS), on_click=go, args=(STEPS,))


def switch(chosen: str) -> None:
    """From one door to another."""
    st.session_state[session_keys.RUN_DOOR] = chosen
    st.segmented_control(
        "What do you have?",
        list(DOORS),
        format_func=lambda name: f"{DOORS[name][1]} {DOORS[name][0]}",
        required=True,
        label_visibility="collapsed",
        key=session_keys.RUN_DOOR,
        on_change=lambda: go(st.session_state[session_keys.RUN_DOOR]),
    )


# --- single steps -----------------------------------------------------------------------------------------------------


def steps(step: str | None, known: list[s.Cohort]) -> None:
    """One step on one cohort."""
    st.subheader("What", anchor=False)
    chosen = what(step or (EVERYTHING if any(cohort.kind == "images" for cohort in known) else SYNTH))
    st.caption(MEANING[chosen])
    drafts.begin(chosen)
    if chosen == SYNTH:
        one_job(job_forms.synth)
    elif usable := [cohort for cohort in known if cohort.kind == "images" or chosen in OF_TABLES_TOO]:
        st.subheader("On which cohort, and how", anchor=False)
        cohort = which(usable)
        if chosen == EVERYTHING:
            everything_form.everything(cohort)
        else:
            one_job(lambda: STEP_FORMS[chosen][1](cohort))
    else:
        nothing_to_work_on(chosen)
    drafts.current().save()


def what(step: str) -> str:
    """The kind of work, from the address."""
    st.session_state[session_keys.RUN_STEP] = step
    st.pills(
        "What",
        list(LABELS),
        format_func=LABELS.__getitem__,
        required=True,
        key=session_keys.RUN_STEP,
        label_visibility="collapsed",
        on_change=lambda: go(st.session_state[session_keys.RUN_STEP]),
    )
    return str(st.session_state[session_keys.RUN_STEP])


def which(usable: list[s.Cohort]) -> s.Cohort:
    """The cohort, from the address, else the one of the form as it was left."""
    by_id = {cohort.id: cohort for cohort in usable}
    form = drafts.current()
    wanted = st.query_params.get(query_parameters.COHORT) or form.kept.get("cohort_id")
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
    chosen = by_id[st.session_state[session_keys.RUN_COHORT]]
    form.remember("cohort_id", chosen.id)
    return chosen


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
        for name in (TABLES, IMAGES):
            st.button(DOORS[name][0], icon=DOORS[name][1], on_click=partial(go, name))
        st.button(LABELS[SYNTH], on_click=partial(go, SYNTH))


def one_job(form: Callable[[], s.JobParams]) -> None:
    """Fields, plan and button of a single job."""
    try:
        params = form()
    except form_fields.Incomplete as error:
        launch.offer("Start", None, str(error))
        return
    launch.offer("Start", launch.one("job", params), None)


page()
