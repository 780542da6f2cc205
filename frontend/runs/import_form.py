"""The import of images as a form: where they lie, a look at them, and what a person decides before they are read."""

from typing import Any

import streamlit as st

from frontend.api import cohorts
from frontend.runs import form_fields, import_masks, import_preview, import_series, job_forms, protocol_choice
from frontend.state import session_keys
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import ApiError

PROTOCOL = (
    "A protocol names the images and outlines of a case, what a fine-tuning may learn, and the grid. Files are found "
    "by these names and their aliases. It is kept with the cohort and does not change."
)
LAYOUTS = {
    "auto": "find out",
    "picai": "PI-CAI file names",
    "dicom": "DICOM study folders",
    "msd": "Medical Segmentation Decathlon (dataset.json)",
    "nnunet": "nnU-Net (dataset.json)",
    "bids": "BIDS (sub-*)",
    "manifest": "a table of files (manifest.csv)",
}


def import_cases() -> s.JobParams:
    """A folder of images."""
    protocol = protocol_choice.protocol_choice("What the cases have (their protocol)", explained=PROTOCOL)
    fields = where(protocol) | {"protocol": protocol_choice.as_asked(protocol)}
    ids, zones, checksums = decisions(protocol)
    found = look(protocol, fields | {"ids": ids, "zones": zones, "checksums": checksums})
    return form_fields.make(
        s.ImportCasesParams,
        **fields,
        ids=ids,
        zones=zones,
        checksums=checksums,
        series={} if found is None else import_series.override(found, protocol.modality_names),
    )


def where(protocol: s.Protocol) -> dict[str, Any]:
    """Name, folder, clinical table and layout."""
    example = f"/data/{protocol.name}"
    name = form_fields.cohort_name(protocol.name)
    folder = st.text_input("Folder on the server", placeholder=example).strip()
    st.caption("It must lie inside a folder this server may import from (setting `RADIOMICLENS_IMPORT_ROOTS`).")
    clinical = st.text_input("Clinical table (CSV, may stay empty)", placeholder=f"{example}/clinical.csv")
    layout = st.selectbox("How the files are laid out", list(LAYOUTS), format_func=LAYOUTS.__getitem__, width=420)
    return {"cohort": name, "path": folder, "clinical": clinical.strip() or None, "layout": layout}


def decisions(protocol: s.Protocol) -> tuple[str, str | None, str | None]:
    """Ids that look like names or dates, names of zone codes, the sender's list of sums."""
    with st.expander("Ids, zones and checksums" if has_codes(protocol) else "Ids and checksums"):
        ids = job_forms.ids_decision()
        zones = code_names(protocol)
        checksums = st.text_input(
            "The sender's SHA-256 list", max_chars=1000, placeholder=f"/data/{protocol.name}/SHA256SUMS"
        )
        st.caption(
            "A SHA256SUMS beside the studies is found by itself; without one, what cannot be checked is marked so."
        )
    return ids, zones.strip() or None, checksums.strip() or None


def has_codes(protocol: s.Protocol) -> s.ProtocolRegion | None:
    """The label map whose codes a sender may number in a way of their own."""
    return next((one for one in protocol.regions if one.name in protocol.quality and one.codes), None)


def code_names(protocol: s.Protocol) -> str:
    """Names of the codes of label maps, where the sender may number them otherwise than the protocol does."""
    of_zones = has_codes(protocol)
    if of_zones is None:
        return ""
    example = ",".join(f"{code}={name}" for code, name in sorted(of_zones.codes.items()))
    return st.text_input(f"Names of the codes in {of_zones.name} masks", max_chars=200, placeholder=example, width=320)


def look(protocol: s.Protocol, fields: dict[str, Any]) -> s.ImportPreview | None:
    """What lies in the folder, once the reader asked for it; forgotten when one of these fields changes."""
    request = {key: fields[key] for key in ("path", "clinical", "layout", "protocol", "ids", "zones", "checksums")}
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
    params = form_fields.make(s.ImportCasesParams, **request, cohort="look")
    try:
        found = cohorts.import_preview.or_raise(params.model_dump_json())
    except ApiError as error:
        st.warning(escape_markdown(error.problem.detail), icon=":material/block:")
        return None
    if not found.studies:
        st.info(import_preview.nothing(protocol), icon=":material/search_off:")
        return found
    st.markdown(f"**{numbers.counted(found.studies, 'study', 'studies')}**, read as {escape_markdown(found.why)}")
    import_preview.files(protocol, found)
    if found.not_used.sentence:
        st.markdown(escape_markdown(found.not_used.sentence))
    for codes in dict.fromkeys(import_masks.codes(study) for study in found.shown if study.zones):
        st.markdown(f"Codes of label maps: {escape_markdown(codes)}.")
    for sentence in found.identifiers:
        st.warning(f"Decide above: {escape_markdown(sentence)}.", icon=":material/badge:")
    problems = [study for study in found.shown if study.problem and not study.undecided]
    for study in problems[:8]:
        st.markdown(f":material/warning: {escape_markdown(study.study_id)}: {escape_markdown(study.problem)}")
    return found


def _remember(request: dict[str, Any]) -> None:
    st.session_state[session_keys.IMPORT_PREVIEWED] = request
