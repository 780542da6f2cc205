"""Cached reads of cohorts, cases and their radiomics, for the signed-in user."""

import streamlit as st

from frontend.api.session import asked, client, key
from shared import schemas as s
from shared.client import ApiError, Client


def cohorts() -> list[s.Cohort]:
    """Every cohort, newest first."""
    return asked(_cohorts, key(), client())


def cases(cohort_id: str) -> list[s.Case]:
    """Every case of a cohort, refused and excluded ones too, by study id."""
    return asked(_cases, key(), cohort_id, client())


def case(case_id: str) -> s.CaseDetail:
    """One case with geometry, volumes and masks."""
    return asked(_case, key(), case_id, client())


def cohort_of_case(case_id: str) -> str | None:
    """The cohort a case belongs to; None where there is no such case."""
    try:
        return _case(key(), case_id, client()).cohort_id
    except ApiError:
        return None


def case_radiomics(case_id: str, roi: str) -> s.CaseRadiomics:
    """A case's features as percentiles of its cohort."""
    return asked(_case_radiomics, key(), case_id, roi, client())


def slice_png(case_id: str, modality: str, k: int, rois: str) -> bytes:
    """One slice as a picture with outlines of `rois` (comma list)."""
    return asked(_slice_png, key(), case_id, modality, k, rois, client())


def quality(cohort_id: str) -> s.QualityReport:
    """What was accepted, refused and warned about."""
    return asked(_quality, key(), cohort_id, client())


def quality_rows(cohort_id: str, code: str | None = None) -> list[s.QualityRow]:
    """Every study (with the finding `code`) as the quality report lists it, those that need a look first."""
    return asked(_quality_rows, key(), cohort_id, code, client())


def decisions(cohort_id: str) -> list[s.Decision]:
    """Who decided what about which study, newest first."""
    return asked(_decisions, key(), cohort_id, client())


def forget() -> None:
    """After a decision: what was read of cases and reports is read anew."""
    for read in (_cohorts, _cases, _case, _quality, _quality_rows, _decisions):
        read.clear()


@st.cache_data(ttl=3, max_entries=200, show_spinner=False)
def _cohorts(key: str, _client: Client) -> list[s.Cohort]:  # noqa: ARG001 (the cache key)
    return _client.cohorts()


@st.cache_data(ttl=10, max_entries=200, show_spinner=False)
def _cases(key: str, cohort_id: str, _client: Client) -> list[s.Case]:  # noqa: ARG001 (the cache key)
    return _client.cases(cohort_id)


@st.cache_data(ttl=60, max_entries=500, show_spinner="Preparing the images …")
def _case(key: str, case_id: str, _client: Client) -> s.CaseDetail:  # noqa: ARG001 (the cache key)
    return _client.case(case_id)


@st.cache_data(ttl=60, max_entries=100, show_spinner="Comparing with the cohort …")
def _case_radiomics(key: str, case_id: str, roi: str, _client: Client) -> s.CaseRadiomics:  # noqa: ARG001 (the cache key)
    return _client.case_radiomics(case_id, roi)


@st.cache_data(ttl=600, max_entries=300, show_spinner=False)
def _slice_png(key: str, case_id: str, modality: str, k: int, rois: str, _client: Client) -> bytes:  # noqa: ARG001 (the cache key)
    return _client.slice_png(case_id, modality, k, rois=rois)


@st.cache_data(ttl=10, max_entries=100, show_spinner=False)
def _quality(key: str, cohort_id: str, _client: Client) -> s.QualityReport:  # noqa: ARG001 (the cache key)
    return _client.quality(cohort_id)


@st.cache_data(ttl=10, max_entries=100, show_spinner=False)
def _quality_rows(key: str, cohort_id: str, code: str | None, _client: Client) -> list[s.QualityRow]:  # noqa: ARG001 (the cache key)
    return _client.quality_cases(cohort_id, code=code)


@st.cache_data(ttl=10, max_entries=100, show_spinner=False)
def _decisions(key: str, cohort_id: str, _client: Client) -> list[s.Decision]:  # noqa: ARG001 (the cache key)
    return _client.decisions(cohort_id)
