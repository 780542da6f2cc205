"""The door for tables: files, what they are, the few settings that matter, and one button that imports and analyses."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st
from pydantic import ValidationError

from frontend.api import cohorts
from frontend.runs import (
    decoding_settings,
    drafts,
    job_forms,
    launch,
    sources,
    table_reading,
    table_roles,
    tables_preview,
)
from frontend.runs.form_fields import Incomplete, make
from frontend.runs.sources import Source
from frontend.text import labels
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError
from shared.protocols.reader import prostate

OFFERED = prostate()
"""Tables come without a protocol: the words of the default one are offered, others can be typed."""
KINDS = "CSV, Excel, Parquet, NPZ, NPY, PyTorch or HDF5. Rows are joined by id, never by position."


def door() -> None:
    """Draws the door."""
    drafts.begin("tables")
    try:
        chain, refusal = _form()
    except Incomplete as error:
        chain, refusal = None, str(error)
    launch.offer("Import and analyse", chain, refusal)
    drafts.current().save()


def _form() -> tuple[s.JobChain | None, str | None]:
    files = _files()
    _anew_with_other_files([one.path for one in files])
    if not files:
        raise Incomplete("Add your tables first: embeddings before and after fine-tuning, and radiomics.")
    reading = table_reading.remembered()
    found = look(files, reading)
    st.subheader("What they are", anchor=False)
    roles = tables_preview.roles(files, found.files)
    used = [one.name for one, role in zip(files, roles, strict=True) if role != table_roles.UNUSED]
    partly = tables_preview.together(found, used)
    table_reading.fields()
    fields, tables = _by_role(files, found.files, roles)
    task, roi, name = _about(files, tables)
    kept, left_out = table_roles.kept_columns(tables, task)
    if left_out:
        st.caption(
            escape_markdown(
                f"Kept of the clinical table: {', '.join(map(decoding_settings.column_words, kept)) or 'nothing'}. "
                f"Left out, because free columns may name people: {', '.join(left_out)}."
            )
        )
    intersect = partly and st.checkbox(
        "Analyse the studies that are in every table, and list the others as refused",
        key=drafts.key("intersect", True),
    )
    ids, settings = _settings(kept, len(fields["further_ft"]) + len(fields["controls"]))
    _check(fields, found)
    imported = make(
        s.ImportTablesParams,
        cohort=name,
        task=task,
        roi=roi,
        intersect=bool(intersect),
        ids=ids,
        **fields,
        **reading,
    )
    analysis = make(s.AnalyseParams, cohort_id="step:import", task=task, roi=roi, **settings)
    steps = [
        s.ChainStep(name="import", params=imported),
        s.ChainStep(name="analysis", params=analysis, after=["import"]),
    ]
    return s.JobChain(steps=steps), None


def _anew_with_other_files(paths: list[str]) -> None:
    """Other files than those that were started with begin a new form: its button comes back."""
    form = drafts.current()
    if drafts.STARTED in form.kept and form.kept.get("started with", paths) != paths:
        form.kept = {name: value for name, value in form.kept.items() if name != drafts.STARTED}
    if drafts.STARTED not in form.kept:
        form.remember("started with", paths)


def _files() -> list[Source]:
    st.subheader("Your tables", anchor=False)
    st.caption(KINDS)
    return sources.tables()


def look(files: Sequence[Source], reading: dict[str, Any]) -> s.TablesCheck:
    """The check of the files; raises Incomplete with the server's sentence where it refuses them."""
    request = {"files": [{"path": one.path} for one in files], **reading}
    try:
        params = s.TablesCheckParams.model_validate(request)
        return cohorts.tables_check.or_raise(params.model_dump_json())
    except ValidationError as error:
        raise Incomplete(f"The tables cannot be looked at: {error.errors()[0]['msg'].lower()}.") from error
    except ApiError as error:
        raise Incomplete(error.problem.detail) from error


def _by_role(
    files: Sequence[Source], tables: Sequence[s.CheckedTable], roles: Sequence[str]
) -> tuple[dict[str, Any], list[s.CheckedTable]]:
    """Fields of the import by what each file is used as, and the tables that are used. Raises Incomplete."""
    by_role: dict[str, list[str]] = {role: [] for role in table_roles.ROLES}
    for file, role in zip(files, roles, strict=True):
        by_role[role].append(file.path)
    if by_role[table_roles.UNSAID]:
        raise Incomplete("Say above what each table is, or choose “not used” for it.")
    for role in (table_roles.BEFORE, table_roles.AFTER, table_roles.RADIOMICS):
        if not by_role[role]:
            raise Incomplete(f"A table of {table_roles.ROLES[role]} is missing: add one, or choose above which it is.")
    for role in (table_roles.BEFORE, table_roles.RADIOMICS, table_roles.CLINICAL):
        if len(by_role[role]) > 1 and role != table_roles.RADIOMICS:
            raise Incomplete(f"Two tables are used as {table_roles.ROLES[role]}: choose “not used” for one of them.")
    first, *further = by_role[table_roles.AFTER]
    fields: dict[str, Any] = {
        "pre": by_role[table_roles.BEFORE][0],
        "ft": first,
        "further_ft": further,
        "controls": by_role[table_roles.CONTROL],
        "clinical": next(iter(by_role[table_roles.CLINICAL]), None),
    }
    used = [table for table, role in zip(tables, roles, strict=True) if role != table_roles.UNUSED]
    return fields | _radiomics(files, tables, roles), used


def _radiomics(files: Sequence[Source], tables: Sequence[s.CheckedTable], roles: Sequence[str]) -> dict[str, Any]:
    """One table of radiomics, or one a modality by what each holds."""
    found = [(file, table) for file, table, role in zip(files, tables, roles, strict=True)
             if role == table_roles.RADIOMICS]  # fmt: skip
    if len(found) == 1:
        return {"radiomics": found[0][0].path}
    of: dict[str, str] = {}
    for file, table in found:
        if len(table.modalities) != 1 or table.modalities[0] in of:
            raise Incomplete(f"{file.name}: of several tables of radiomics each must hold one modality of its own.")
        of[table.modalities[0]] = file.path
    return {"radiomics_of": of}


def _about(files: Sequence[Source], tables: Sequence[s.CheckedTable]) -> tuple[str, str, str]:
    """Task, region and name of the cohort: proposed, and to be changed."""
    taken = {one.name for one in cohorts.cohorts() if one.n_cases}
    columns = table_roles.label_columns(tables)
    tasks = list(dict.fromkeys([table_roles.proposed_task(tables, OFFERED), *columns, *OFFERED.target_names]))
    regions = list(dict.fromkeys([table_roles.proposed_region(tables), *OFFERED.rois]))
    form = drafts.current()
    for field, options in (("task", tasks), ("roi", regions)):  # what was typed stays a choice
        if (typed := form.kept.get(field)) and typed not in options:
            options.append(typed)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task = st.selectbox(
            "What the encoder was fine-tuned for",
            tasks,
            format_func=partial(_task_words, columns),
            accept_new_options=True,
            help="A column of your clinical table is then the label that decoding is given. Or type it.",
            width=330,
            key=form.proposed("task", tasks[0]),
        )
        roi = st.selectbox(
            "Radiomics measured in",
            regions,
            accept_new_options=True,
            help="Choose a region, or type the name of yours: letters, digits, hyphens or underscores.",
            width=230,
            key=form.proposed("roi", regions[0]),
        )
        proposed = table_roles.proposed_name([one.name for one in files], taken)
        name = st.text_input(
            "Name of the new cohort", max_chars=80, width=300, key=form.proposed(drafts.COHORT_NAME, proposed)
        )
    return str(task or "").strip(), str(roi or "").strip(), str(name).strip()


def _task_words(columns: Sequence[str], name: str) -> str:
    if name in OFFERED.target_names:
        return labels.task(OFFERED, name)
    return f"{decoding_settings.column_words(name)} (your column)" if name in columns else name


def _settings(columns: Sequence[str], n_others: int) -> tuple[str, dict[str, Any]]:
    """What to do with ids, and the settings of the analysis."""
    with st.expander("Settings: label, covariates, folds, seed", icon=":material/tune:"):
        label, covariates = decoding_settings.given(decoding_settings.as_words(columns), "your tables")
        chosen = {"label": label, "covariates": covariates} | decoding_settings.folds_and_seed()
        if n_others:
            chosen["runs"] = st.checkbox(
                "All runs and controls together",
                help="One run is one draw: another seed can name other features. All runs together say what the "
                "recipe does, and controls on shuffled labels say what training alone does.",
                key=drafts.key("runs", True),
            )
        chosen |= decoding_settings.paper_settings()
        ids = job_forms.ids_decision()
    return ids, chosen


def _check(fields: dict[str, Any], found: s.TablesCheck) -> None:
    """Raises Incomplete with what stands between the used tables and an analysis."""
    not_used = {one.file for one in found.files if one.problem}
    for sentence in found.missing:
        if not any(sentence.startswith(f"{name} cannot be used") for name in not_used):
            raise Incomplete(sentence)
    if fields["pre"] == fields["ft"]:
        raise Incomplete(
            "The same file is used before and after fine-tuning, so nothing would be compared; choose another."
        )
