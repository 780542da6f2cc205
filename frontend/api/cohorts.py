"""Cached reads of cohorts, cases and their radiomics, for the signed-in user."""

from frontend.api import held_cases
from frontend.api.cached_read import MINUTE, SECOND, cached_read
from shared import schemas as s
from shared.calls.listed import Listed
from shared.client import ApiError, Client
from shared.protocols.reader import built_in


@cached_read(ttl=3 * SECOND, max_entries=200, shared=True)
def cohorts(client: Client) -> Listed[s.Cohort]:
    """Every cohort, newest first."""
    return client.cohorts()


@cached_read(ttl=30 * MINUTE, max_entries=500, shared=True)
def stored_protocol(client: Client, cohort_id: str) -> s.Protocol:
    """The protocol of a cohort, which never changes."""
    return client.cohort(cohort_id).protocol


def protocol(cohort_id: str) -> s.Protocol:
    """The protocol of a cohort, for its words; where it cannot be read, one without names: words stay as given."""
    try:
        return stored_protocol.or_raise(cohort_id) if cohort_id else built_in("generic")
    except ApiError:
        return built_in("generic")


def cases(cohort_id: str) -> Listed[s.Case]:
    """Every case of a cohort, refused and excluded ones too, by study id; the same objects for all who look."""
    return held_cases.of_cohort(cohort_id).cases


@cached_read(ttl=MINUTE, max_entries=200, shared=True)
def columns(client: Client, cohort_id: str) -> list[s.CohortColumn]:
    """The clinical columns of a cohort's cases."""
    return client.columns(cohort_id)


@cached_read(ttl=10 * SECOND, max_entries=200, shared=True)
def subgroup(client: Client, cohort_id: str, where: str | None = None) -> s.Subgroup:
    """The cases of a cohort that hold conditions such as `psa>10,center=A|B`, and what can be asked; None for all."""
    return client.subgroup(cohort_id, where)


@cached_read(ttl=MINUTE, max_entries=500, show_spinner="Preparing the images …")
def case(client: Client, case_id: str) -> s.CaseDetail:
    """One case with geometry, volumes and masks."""
    return client.case(case_id)


@cached_read(ttl=10 * MINUTE, max_entries=500)
def case_maps(client: Client, case_id: str, feature: str | None = None, settings: str | None = None) -> s.CaseMaps:
    """What there are maps of in a case, and the map of a `feature` of an analysis under its settings (a hash)."""
    return client.case_maps(case_id, feature, settings)


def cohort_of_case(case_id: str) -> str | None:
    """The cohort a case belongs to; None where there is no such case."""
    try:
        return case.or_raise(case_id).cohort_id
    except ApiError:
        return None


@cached_read(ttl=MINUTE, max_entries=100, show_spinner="Comparing with the cohort …", shared=True)
def case_radiomics(client: Client, case_id: str, roi: str) -> s.CaseRadiomics:
    """A case's features as percentiles of its cohort."""
    return client.case_radiomics(case_id, roi)


@cached_read(ttl=10 * MINUTE, max_entries=300)
def slice_png(client: Client, case_id: str, modality: str, k: int, rois: str) -> bytes:
    """One slice as a picture with outlines of `rois` (comma list)."""
    return client.slice_png(case_id, modality, k, rois=rois)


@cached_read(ttl=10 * SECOND, max_entries=100)
def quality(client: Client, cohort_id: str) -> s.QualityReport:
    """What was accepted, refused and warned about."""
    return client.quality(cohort_id)


@cached_read(ttl=10 * SECOND, max_entries=100)
def decisions(client: Client, cohort_id: str) -> Listed[s.Decision]:
    """Who decided what about which study, newest first."""
    return client.decisions(cohort_id)


@cached_read(ttl=MINUTE, max_entries=20, show_spinner="Looking into the folder …")
def import_preview(client: Client, params_json: str) -> s.ImportPreview:
    """What an import would read; `params_json` is `ImportCasesParams` as JSON, which the cache can hash."""
    return client.preview_import(s.ImportCasesParams.model_validate_json(params_json))


@cached_read(ttl=MINUTE, max_entries=20, show_spinner="Looking at the tables …")
def tables_check(client: Client, params_json: str) -> s.TablesCheck:
    """What tables are; `params_json` is `TablesCheckParams` as JSON, which the cache can hash."""
    return client.check_tables(s.TablesCheckParams.model_validate_json(params_json))


def clear_cases() -> None:
    """Drops what was read of cohorts, cases and reports; called after a decision about a study."""
    for read in (cohorts, held_cases.version, subgroup, columns, case, quality, decisions):
        read.clear()
