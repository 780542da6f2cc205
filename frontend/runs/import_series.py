"""The DICOM series of each study in the form of an import: all of them, which are taken and why, and another choice."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from frontend.runs import import_masks
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

AUTOMATIC = "automatic"
FEW = 3  # studies whose tables stand open


def override(found: s.ImportPreview, modalities: Sequence[str]) -> dict[str, dict[str, str]]:
    """For each DICOM study its series, those that would be taken with the reason, and the choice of others."""
    studies = [study for study in found.shown if study.candidates]
    if not studies:
        return {}
    st.markdown("**DICOM series.** What is taken by itself stands below each box; choose another where that is wrong.")
    chosen = {study.study_id: _series_of(study, modalities, is_open=len(studies) <= FEW) for study in studies}
    return {study_id: series for study_id, series in chosen.items() if series}


def series_list(study: s.PreviewStudy) -> str:
    """Every series of a study, taken or not, as a list: what it is, then what its header says; it wraps on a phone."""
    return "\n".join(f"- {_what(each)}  \n  {escape_markdown(_header(each))}" for each in study.candidates)


def _what(each: s.SeriesCandidate) -> str:
    """`**4, taken as T2:** named T2, axial`."""
    taken = f", taken as {each.taken_as}" if each.taken_as else ""
    return f"**{escape_markdown(each.series)}{taken}:** {escape_markdown(each.why)}"


def _header(each: s.SeriesCandidate) -> str:
    """`Axial, 2 x 2 mm, 84 x 128, 19 slices over 54 mm. ImageType DERIVED PRIMARY. Named ep2d diff.`"""
    known = [each.geometry[:1].upper() + each.geometry[1:]]
    known += [] if each.b_value is None or "b = " in each.why else [f"b = {each.b_value:g} s/mm²"]
    known += [f"ImageType {each.image_type}"] if each.image_type else []
    known += [f"Named {each.words}"] if each.words else []
    return "".join(f"{part}. " for part in known if part).strip()


def _series_of(study: s.PreviewStudy, modalities: Sequence[str], *, is_open: bool) -> dict[str, str]:
    chosen: dict[str, str] = {}
    with st.container(border=True):
        st.markdown(f"**{escape_markdown(study.study_id)}**")
        _say_undecided(study.undecided)
        by_modality = {choice.modality: choice for choice in study.series}
        candidates = {each.series: each for each in study.candidates}
        for column, modality in zip(st.columns(len(modalities)), modalities, strict=True):
            choice = by_modality.get(modality)
            named = column.selectbox(
                modality,
                [AUTOMATIC, *candidates],
                format_func=partial(_candidate_words, candidates=candidates, choice=choice),
                key=f"series-{study.study_id}-{modality}",
            )
            column.caption(escape_markdown(_first_up(choice.reason)) if choice else "None is taken by itself.")
            if named != AUTOMATIC:
                chosen[modality] = named
        with st.expander(f"All {numbers.counted(len(candidates), 'series', 'series')}", expanded=is_open):
            st.markdown(series_list(study))
            st.caption(
                "Words of a name or of ImageType that are not known ones are left out: they could be a person's."
            )
        masks = import_masks.mask_list(study)
        if masks:
            st.markdown(f"**Masks in DICOM**\n\n{masks}")
    return chosen


def _say_undecided(undecided: dict[s.Modality, str]) -> None:
    """Each sentence once, with the modalities it is about."""
    for sentence in dict.fromkeys(undecided.values()):
        names = " and ".join(name for name, why in undecided.items() if why == sentence)
        st.warning(f"**{names}**: {escape_markdown(sentence)}", icon=":material/block:")


def _first_up(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _candidate_words(key: str, candidates: dict[str, s.SeriesCandidate], choice: s.SeriesChoice | None) -> str:
    """`8: diffusion, b = 1400 s/mm2, 21 slices`."""
    if key == AUTOMATIC:
        return f"automatic: {choice.series}" if choice else "automatic: none"
    each = candidates[key]
    return f"{key}: {each.why}, {numbers.counted(each.slices, 'slice')}"
