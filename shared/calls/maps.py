"""Calls for maps of a feature in one case."""

from shared import schemas as s
from shared.calls.transport import Transport


class MapCalls(Transport):
    """Calls for maps of a feature in one case."""

    def case_maps(self, case_id: str) -> s.CaseMaps:
        """What there are maps of in a case."""
        return self._get(s.CaseMaps, f"/cases/{case_id}/maps")

    def feature_map(self, case_id: str, modality: str, roi: str, feature: str) -> s.FeatureMap:
        """One map's range, shape and scale; it is computed at the first call."""
        return self._get(s.FeatureMap, f"/cases/{case_id}/maps/{modality}/{roi}/{feature}")

    def feature_map_voxels(self, case_id: str, modality: str, roi: str, feature: str) -> bytes:
        """The voxels that `feature_map` describes."""
        return self._send("GET", f"/cases/{case_id}/maps/{modality}/{roi}/{feature}/voxels").content
