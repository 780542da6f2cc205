"""Volumes of a case's regions in mL: those of the prostate have columns of their own, those of others one together."""

from collections.abc import Iterable

from backend.models import Case


def volumes_ml(case: Case, regions: Iterable[str]) -> dict[str, float]:
    """Region -> its volume as drawn; a region that the case has no mask of is left out."""
    return {region: float(ml) for region in regions if (ml := _volume(case, region)) is not None}


def _volume(case: Case, region: str) -> float | None:
    if case.volumes_ml is not None:
        return case.volumes_ml.get(region)
    own = {"gland": case.gland_ml, "lesion": case.lesion_ml}
    # before migration 0010 volumes of other protocols lay among the clinical columns
    return own[region] if region in own else case.clinical.get(f"{region}_ml")
