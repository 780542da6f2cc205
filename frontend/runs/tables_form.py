"""The form for tables that exist already, with a look at them before anything starts."""

from functools import partial
from typing import Any

import streamlit as st
from pydantic import ValidationError

from frontend.api import cohorts
from frontend.runs import form_fields, job_forms
from frontend.runs.form_fields import cohort_name
from frontend.state import session_keys
from frontend.text import labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError
from shared.protocols.reader import prostate

OFFERED = prostate()
"""Tables come without a protocol: the words of the default one are offered, others can be typed."""
LESIONS = {"largest": "the largest", "mean": "their mean", "each": "each as a row of its own"}


def import_tables() -> s.JobParams:
    """Fields of an import of tables with embeddings and radiomics."""
    name = cohort_name("my-tables")
    pre = st.text_input("Embeddings before fine-tuning", placeholder="/data/embeddings_pre.csv").strip()
    ft = st.text_input("Embeddings after fine-tuning", placeholder="/data/embeddings_ft.csv").strip()
    radiomics = st.text_input(
        "Radiomics", placeholder="/data/radiomics.csv, or a file a modality: T2=/data/t2.csv; ADC=/data/adc.csv"
    ).strip()
    clinical = st.text_input("Clinical table (may stay empty)", placeholder="/data/clinical.csv").strip()
    st.caption(
        "CSV, Excel, Parquet, NPZ, NPY, PyTorch or HDF5, inside a folder this server may import from. Ids are read "
        "as text."
    )
    reading = how_to_read()
    of_modality = files_of_modalities(radiomics)
    measured = [{"path": path, "modality": modality} for modality, path in of_modality.items()]
    plain = [pre, ft, *([] if of_modality else [radiomics]), clinical]
    look([*({"path": path} for path in plain if path), *measured], reading)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task = st.selectbox(
            "Task the encoder was fine-tuned for",
            OFFERED.target_names,
            format_func=partial(labels.task, OFFERED),
            accept_new_options=True,
            help="Choose one, or type what it learned in your own words.",
            width=320,
        )
        roi = st.selectbox(
            "Radiomics measured in",
            OFFERED.rois,
            accept_new_options=True,
            help="Choose a region, or type the name of yours: letters, digits, hyphens or underscores.",
            width=240,
        )
        intersect = st.checkbox("Keep only studies that are in every table")
    ids = job_forms.ids_decision()
    return form_fields.make(
        s.ImportTablesParams,
        cohort=name,
        pre=pre,
        ft=ft,
        **({"radiomics_of": of_modality} if of_modality else {"radiomics": radiomics}),
        clinical=clinical or None,
        task=(task or "").strip(),
        roi=(roi or "").strip(),
        intersect=intersect,
        ids=ids,
        **reading,
    )


def how_to_read() -> dict[str, Any]:
    """What a reader may be told of tables; empty fields are left out, since an option without use is refused."""
    with st.expander("How to read these tables"):
        with st.container(horizontal=True):
            modality = st.text_input("Modality of features that name none", max_chars=24, placeholder="CT")
            column = st.text_input(
                "Or the column that tells it",
                max_chars=200,
                placeholder="Image, or Image=*_{modality}.nii.gz",
            )
        with st.container(horizontal=True):
            study = st.text_input("Column of study ids", max_chars=200, placeholder="found by its name")
            patient = st.text_input("Column of patient ids", max_chars=200, placeholder="found by its name")
        lesions = st.segmented_control(
            "Of several lesions a study, take", list(LESIONS), format_func=LESIONS.__getitem__
        )
        ids = st.text_input("Ids of arrays that hold none", max_chars=1000, placeholder="/data/ids.txt")
    fields = {"modality": modality, "modality_from": column, "study_id_column": study, "patient_id_column": patient}
    fields["id_file"] = ids
    return {name: text.strip() for name, text in fields.items() if text.strip()} | (
        {"lesions": lesions} if lesions else {}
    )


def files_of_modalities(text: str) -> dict[str, str]:
    """`T2=/data/t2.csv; ADC=/data/adc.csv` by modality; empty where the text is one path."""
    parts = [part.strip().partition("=") for part in text.split(";") if part.strip()]
    named = parts and all(name and mark and path and "/" not in name for name, mark, path in parts)
    return {name.strip(): path.strip() for name, _, path in parts} if named else {}


def look(files: list[dict[str, str]], reading: dict[str, Any]) -> None:
    """What the tables are, once the reader asked for it; cleared when a path or an option changes."""
    request = {"files": files, **reading}
    if not files:
        return
    st.button(
        "Look at the tables",
        icon=":material/search:",
        key=session_keys.TABLES_CHECK_BUTTON,
        on_click=_remember,
        args=(request,),
    )
    if st.session_state.get(session_keys.TABLES_CHECKED) != request:
        return
    try:
        params = s.TablesCheckParams.model_validate(request)
    except ValidationError as error:
        raise form_fields.Incomplete(f"The tables cannot be looked at: {error.errors()[0]['msg'].lower()}.") from error
    try:
        found = cohorts.tables_check.or_raise(params.model_dump_json())
    except ApiError as error:
        st.warning(escape_markdown(error.problem.detail), icon=":material/block:")
        return
    for one in found.files:
        _say(one)
    for pair in found.shared:
        if pair.first_missing is not None:
            st.markdown(
                f":material/join_inner: {escape_markdown(pair.first)} and {escape_markdown(pair.second)} share "
                f"{pair.n_shared} studies; {pair.only_first} and {pair.only_second} are in one of them alone, the "
                f"first is {escape_markdown(pair.first_missing)}."
            )
    for sentence in found.missing:
        st.warning(escape_markdown(sentence), icon=":material/help:")
    if not found.missing:
        st.success(
            f"{numbers.counted(found.n_common, 'study is', 'studies are')} in every table.", icon=":material/check:"
        )


def _say(one: s.CheckedTable) -> None:
    if one.problem is not None:
        st.warning(escape_markdown(one.problem), icon=":material/block:")
        return
    st.markdown(f":material/table: {escape_markdown(one.words)}")
    unused = [f"not used, {part.why}: {', '.join(part.names) or part.n}" for part in one.unused]
    for line in [*one.notes, *unused]:
        st.caption(escape_markdown(line))


def _remember(request: dict[str, Any]) -> None:
    st.session_state[session_keys.TABLES_CHECKED] = request
