"""The import of images as a form: where they lie, a look at them, and what a person decides before they are read."""

from typing import Any

import streamlit as st

from frontend.api import cohorts
from frontend.runs import form_fields, job_forms
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

LAYOUTS = {
    "auto": "find out",
    "picai": "PI-CAI file names",
    "dicom": "DICOM study folders",
    "msd": "Medical Segmentation Decathlon (dataset.json)",
    "nnunet": "nnU-Net (dataset.json)",
    "bids": "BIDS (sub-*)",
    "manifest": "a table of files (manifest.csv)",
}
AUTOMATIC = "automatic"


def import_cases() -> s.JobParams:
    """A folder of images."""
    fields = where()
    ids, zones, checksums = decisions()
    found = look(fields)
    return job_forms.make(
        s.ImportCasesParams,
        **fields,
        ids=ids,
        zones=zones,
        checksums=checksums,
        series={} if found is None else override(found),
    )


def where() -> dict[str, Any]:
    """Name, folder, clinical table and layout."""
    name = form_fields.cohort_name("prostate-mri")
    folder = st.text_input("Folder on the server", placeholder="/data/prostate-mri").strip()
    st.caption("It must lie inside a folder this server may import from (setting `RADIOMICLENS_IMPORT_ROOTS`).")
    clinical = st.text_input("Clinical table (CSV, may stay empty)", placeholder="/data/prostate-mri/marksheet.csv")
    layout = st.selectbox("How the files are laid out", list(LAYOUTS), format_func=LAYOUTS.__getitem__, width=420)
    return {"cohort": name, "path": folder, "clinical": clinical.strip() or None, "layout": layout}


def decisions() -> tuple[str, str | None, str | None]:
    """Ids that look like names or dates, names of zone codes, the sender's list of sums."""
    with st.expander("Ids, zones and checksums"):
        ids = job_forms.ids_decision()
        zones = st.text_input("Names of the codes in zones masks", max_chars=200, placeholder="1=PZ,2=TZ", width=320)
        checksums = st.text_input(
            "The sender's SHA-256 list", max_chars=1000, placeholder="/data/prostate-mri/SHA256SUMS"
        )
        st.caption(
            "A SHA256SUMS beside the studies is found by itself; without one, what cannot be checked is marked so."
        )
    return ids, zones.strip() or None, checksums.strip() or None


def look(fields: dict[str, Any]) -> s.ImportPreview | None:
    """What lies in the folder, once the reader asked for it; forgotten when folder, table or layout change."""
    request = {key: fields[key] for key in ("path", "clinical", "layout")}
    if not fields["path"]:
        return None
    st.button(
        "Look into the folder",
        icon=":material/search:",
        key=session_keys.IMPORT_PREVIEW_BUTTON,
        on_click=_remember,
        args=(request,),
    )
    if st.session_state.get(session_keys.IMPORT_PREVIEWED) != request:
        return None
    params = job_forms.make(s.ImportCasesParams, **request, cohort="look", ids="keep")
    try:
        found = cohorts.import_preview.or_raise(params.model_dump_json())
    except ApiError as error:
        st.warning(escape_markdown(error.problem.detail), icon=":material/block:")
        return None
    st.markdown(f"**{numbers.counted(found.studies, 'study', 'studies')}**, read as {escape_markdown(found.why)}")
    for sentence in found.identifiers:
        st.warning(f"Decide above: {escape_markdown(sentence)}.", icon=":material/badge:")
    problems = [study for study in found.shown if study.problem]
    for study in problems[:8]:
        st.markdown(f":material/warning: {escape_markdown(study.study_id)}: {escape_markdown(study.problem)}")
    return found


def _remember(request: dict[str, Any]) -> None:
    st.session_state[session_keys.IMPORT_PREVIEWED] = request


def override(found: s.ImportPreview) -> dict[str, dict[str, str]]:
    """For each DICOM study the series that would be taken, with the reason, and the choice of another."""
    studies = [study for study in found.shown if study.series]
    if not studies:
        return {}
    st.markdown("**DICOM series.** What is taken by itself stands below each box; choose another where that is wrong.")
    chosen = {study.study_id: _series_of(study) for study in studies}
    return {study_id: series for study_id, series in chosen.items() if series}


def _series_of(study: s.PreviewStudy) -> dict[str, str]:
    chosen: dict[str, str] = {}
    with st.container(border=True):
        st.markdown(f"**{escape_markdown(study.study_id)}**")
        by_modality = {choice.modality: choice for choice in study.series}
        candidates = {each.series: each for each in study.series[0].candidates}
        for column, modality in zip(st.columns(len(s.MODALITIES)), s.MODALITIES, strict=True):
            choice = by_modality.get(modality)
            named = column.selectbox(
                modality,
                [AUTOMATIC, *candidates],
                format_func=lambda key, choice=choice: _candidate_words(key, candidates, choice),
                key=f"series-{study.study_id}-{modality}",
            )
            column.caption(escape_markdown(choice.reason) if choice else f"No series looks like {modality}.")
            if named != AUTOMATIC:
                chosen[modality] = named
    return chosen


def _candidate_words(key: str, candidates: dict[str, s.SeriesCandidate], choice: s.SeriesChoice | None) -> str:
    """`8: diffusion, b = 1400 s/mm2, 21 slices`."""
    if key == AUTOMATIC:
        return f"automatic: {choice.series}" if choice else "automatic: none"
    each = candidates[key]
    return f"{key}: {each.why}, {numbers.counted(each.slices, 'slice')}"
