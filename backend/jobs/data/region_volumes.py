"""Whether and how much of a region a case has."""

from backend.models import Case
from backend.storage.region_volumes import volumes_ml


def region_ml(case: Case, roi: str) -> float:
    """The volume of a region as drawn; 0 where the case has no mask of it, or an empty one."""
    return volumes_ml(case, (roi,)).get(roi, 0.0)
