"""Edit and run again: the settings of a job, back in the form that started it."""

from typing import Any

import streamlit as st

from frontend.api import connection
from frontend.runs import decoding_settings, drafts, encoder_inputs, job_forms
from frontend.state import query_parameters, session_keys
from shared import schemas as s
from shared.client import ApiError

HIDDEN = "hidden: administrators see it"
DOOR_OF = {"import_tables": "tables", "import_cases": "images"}
"""Kind of a job -> the door that starts it; other kinds are steps of their own name."""
OF_UPLOAD = "upload:"
AS_THEY_ARE = (str, int, float, bool, list)


def step_of(job: s.Job) -> str | None:
    """The door or step of the page Run that starts such a job; None where no form does."""
    if job.kind in ("selfcheck", "synth_tables"):
        return None
    return DOOR_OF.get(job.kind, job.kind)


def open_asked() -> None:
    """Where the address names a job, fills the form with its settings and opens that."""
    wanted = st.query_params.get(query_parameters.RUN_AGAIN)
    if wanted is None:
        return
    del st.query_params[query_parameters.RUN_AGAIN]
    try:
        job = connection.client().job(wanted)
    except ApiError as error:
        st.session_state[session_keys.RUN_AGAIN_NOTE] = error.problem.detail
        return
    step = step_of(job)
    if step is None:
        return
    fields, lost = fields_of(job)
    drafts.fill(step, fields)
    st.query_params[query_parameters.RUN_STEP] = step
    if cohort := job.params.get("cohort_id"):
        st.query_params[query_parameters.COHORT] = str(cohort)
    told = f"These are the settings of “{job.title}”: change what should be different."
    if lost:
        told += " Files that were sent may be gone, and paths are for administrators: check them, or give them again."
    st.session_state[session_keys.RUN_AGAIN_NOTE] = told


def note() -> None:
    """What was filled in, said once above the form."""
    if said := st.session_state.pop(session_keys.RUN_AGAIN_NOTE, None):
        st.info(said, icon=":material/edit:")


def fields_of(job: s.Job) -> tuple[dict[str, Any], bool]:
    """The fields of the form, and whether a path had to stay empty because it is hidden from this user."""
    params = dict(job.params)
    lost = HIDDEN in str(params) or OF_UPLOAD in str(params)
    found = {name: value for name, value in params.items() if isinstance(value, AS_THEY_ARE) and not _is_lost(value)}
    if job.kind == "import_tables":
        found |= _of_tables(params)
    if job.kind == "analyze":
        found |= _of_analysis(params)
    if job.kind == "extract" and params.get("yaml"):
        found |= {"own_settings": job_forms.OWN_SETTINGS, job_forms.SETTINGS_TEXT: params["yaml"]}
        found |= {f"{job_forms.SETTINGS_TEXT} name": params["settings"]}
    if isinstance(seen := params.get("input"), dict):
        found |= _of_input(seen)
    if job.kind in ("import_tables", "import_cases", "synth"):
        found.pop(drafts.COHORT_NAME, None)  # taken, where the job has made it: one is proposed anew
        if job.state in ("failed", "cancelled"):
            found[drafts.COHORT_NAME] = params["cohort"]
    if isinstance(params.get("protocol"), str):
        found["protocol"] = params["protocol"]
    return found, lost


def _is_lost(value: object) -> bool:
    return isinstance(value, str) and (value == HIDDEN or value.startswith(OF_UPLOAD))


def _of_tables(params: dict[str, Any]) -> dict[str, Any]:
    """Files by their paths, and the role of each by its name."""
    roles = {"pre": "pre", "ft": "ft", "radiomics": "radiomics", "clinical": "clinical"}
    given = [(params[name], role) for name, role in roles.items() if params.get(name)]
    given += [(path, "ft") for path in params.get("further_ft", [])]
    given += [(path, "control") for path in params.get("controls", [])]
    given += [(path, "radiomics") for path in params.get("radiomics_of", {}).values()]
    shown = [(path, role) for path, role in given if path != HIDDEN and not path.startswith(OF_UPLOAD)]
    fields: dict[str, Any] = {"files": "\n".join(path for path, _ in shown)}
    return fields | {f"role of {path.rsplit('/', 1)[-1]}": role for path, role in shown}


def _of_analysis(params: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"paper_only": not params.get("trust", True), "kernel": "kernel" in params["decoders"]}
    for name in ("label", "covariates"):
        chosen = params.get(name)
        kind = decoding_settings.OWN if chosen is None else decoding_settings.NO
        found[name] = decoding_settings.COLUMNS if chosen else kind
        found[f"{name}_columns"] = chosen or []
    kinds = {decoding_settings.AUTO_HIDDEN: "auto", decoding_settings.PAPER_HIDDEN: "paper"}
    found["hidden_kind"] = kinds.get(params["hidden"], "own")
    return found | {"extraction": params.get("extraction") or ""}


def _of_input(seen: dict[str, Any]) -> dict[str, Any]:
    wanted = {name: seen[name] for name in ("coverage", "orientation", "zero_below", "slice_pool", "modality_pool")
              if name in seen}  # fmt: skip
    size = encoder_inputs.size_words(seen["size_zyx"], seen["spacing_zyx_mm"])
    return wanted | {"size_words": size, "modalities": list(seen.get("modalities") or [])}
