"""The import of images as a form: where they lie, a look at them, and what a person decides before they are read."""

from typing import Any

import streamlit as st

from frontend.api import cohorts
from frontend.runs import (
    drafts,
    form_fields,
    import_masks,
    import_preview,
    import_series,
    job_forms,
    protocol_choice,
    sources,
    table_roles,
)
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


def protocol_field() -> s.Protocol:
    """What the cases have."""
    return protocol_choice.protocol_choice("What the cases have (their protocol)", explained=PROTOCOL)


def where(protocol: s.Protocol) -> dict[str, Any]:
    """Folder, clinical table and layout."""
    example = f"/data/{protocol.name}"
    folder = sources.images(example)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        clinical = st.text_input(
            "Clinical table (CSV, may stay empty)",
            placeholder=f"{example}/clinical.csv",
            width=520,
            key=drafts.key("clinical", ""),
        )
        layout = st.selectbox(
            "How the files are laid out",
            list(LAYOUTS),
            format_func=LAYOUTS.__getitem__,
            width=360,
            key=drafts.key("layout", "auto", LAYOUTS),
        )
    return {"path": folder, "clinical": clinical.strip() or None, "layout": layout}


def params(protocol: s.Protocol, fields: dict[str, Any]) -> tuple[s.ImportCasesParams, s.ImportPreview | None]:
    """The import as it is filled in, and what a look into the folder found. Raises Incomplete."""
    ids, zones, checksums = decisions(protocol)
    decided = {"ids": ids, "zones": zones, "checksums": checksums, "protocol": protocol_choice.as_asked(protocol)}
    found = look(protocol, fields | decided)
    default = proposed_name(fields["path"])
    cohort = st.text_input(
        "Name of the new cohort", max_chars=80, width=420, key=drafts.current().proposed(drafts.COHORT_NAME, default)
    ).strip()
    series = {} if found is None else import_series.override(found, protocol.modality_names)
    made = form_fields.make(s.ImportCasesParams, cohort=cohort, series=series, **fields, **decided)
    assert isinstance(made, s.ImportCasesParams)
    return made, found


def proposed_name(path: str) -> str:
    """The folder's own name, with a number where it is taken."""
    taken = {one.name for one in cohorts.cohorts() if one.n_cases}
    name = "" if path.startswith("upload:") else path.rstrip("/").rsplit("/", 1)[-1].split(".", 1)[0]
    return table_roles.free_name(name[:70] or "my-images", taken)


def decisions(protocol: s.Protocol) -> tuple[str, str | None, str | None]:
    """Ids that look like names or dates, names of zone codes, the sender's list of sums."""
    with st.expander("Ids, zones and checksums" if has_codes(protocol) else "Ids and checksums"):
        ids = job_forms.ids_decision()
        zones = code_names(protocol)
        checksums = st.text_input(
            "The sender's SHA-256 list",
            max_chars=1000,
            placeholder=f"/data/{protocol.name}/SHA256SUMS",
            key=drafts.key("checksums", ""),
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
    return st.text_input(
        f"Names of the codes in {of_zones.name} masks",
        max_chars=200,
        placeholder=example,
        width=320,
        key=drafts.key("zones", ""),
    )


def look(protocol: s.Protocol, fields: dict[str, Any]) -> s.ImportPreview | None:
    """What lies in the folder; raises Incomplete with the server's sentence where it refuses."""
    if not fields["path"]:
        raise form_fields.Incomplete("Add your images first: a zip, or a folder that this server may import from.")
    params = form_fields.make(s.ImportCasesParams, **fields, cohort="look")
    try:
        found = cohorts.import_preview.or_raise(params.model_dump_json())
    except ApiError as error:
        raise form_fields.Incomplete(error.problem.detail) from error
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
