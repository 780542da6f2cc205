"""How to read tables that do not say everything themselves: columns of ids, modality, lesions, ids of arrays."""

from typing import Any

import streamlit as st

from frontend.runs import drafts
from frontend.state import session_keys

LESIONS = {"": "nothing said", "largest": "the largest", "mean": "their mean", "each": "each as a row of its own"}
READING = ("modality", "modality_from", "study_id_column", "patient_id_column", "lesions", "id_file")


def remembered() -> dict[str, Any]:
    """What was told of the tables; empty fields are left out, since an option without use is refused."""
    form = drafts.current()
    typed = {
        name: st.session_state.get(session_keys.form_field(form.name, name), form.kept.get(name)) for name in READING
    }
    return {name: str(text).strip() for name, text in typed.items() if text and str(text).strip()}


def fields() -> None:
    """Fields for tables that do not say everything themselves; changing one looks at the tables anew."""
    with st.expander("Columns are found wrongly? Say how to read them", icon=":material/table_edit:"):
        with st.container(horizontal=True):
            study, patient = "Column of study ids", "Column of patient ids"
            st.text_input(study, max_chars=200, placeholder="found by its name", key=drafts.key("study_id_column", ""))
            st.text_input(
                patient, max_chars=200, placeholder="found by its name", key=drafts.key("patient_id_column", "")
            )
        with st.container(horizontal=True):
            st.text_input(
                "Modality of features that name none", max_chars=24, placeholder="CT", key=drafts.key("modality", "")
            )
            st.text_input(
                "Or the column that tells it",
                max_chars=200,
                placeholder="Image, or Image=*_{modality}.nii.gz",
                key=drafts.key("modality_from", ""),
            )
        st.segmented_control(
            "Of several lesions a study, take",
            list(LESIONS),
            format_func=LESIONS.__getitem__,
            required=True,
            key=drafts.key("lesions", "", LESIONS),
        )
        st.text_input(
            "Ids of arrays that hold none", max_chars=1000, placeholder="/data/ids.txt", key=drafts.key("id_file", "")
        )
