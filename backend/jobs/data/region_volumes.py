"""Volumes of a case's regions in mL: gland and lesion have cells of their own, those of other protocols lie beside."""

from backend.models import Case


def region_ml(case: Case, roi: str) -> float:
    """The volume of a region as drawn; 0 where the case has no mask of it, or an empty one."""
    own = {"gland": case.gland_ml, "lesion": case.lesion_ml}
    found = own[roi] if roi in own else case.clinical.get(f"{roi}_ml")
    return float(found or 0)
