"""Calls for maps of a feature in one case, and for the patients that show it."""

from shared import schemas as s
from shared.calls.transport import Transport


class MapCalls(Transport):
    """Calls for maps of a feature in one case, and for the patients that show it."""

    def case_maps(self, case_id: str, feature: str | None = None, settings: str | None = None) -> s.CaseMaps:
        """What there are maps of in a case, and the map of a `feature` of an analysis under its `settings` (a hash)."""
        return self._get(s.CaseMaps, f"/cases/{case_id}/maps", feature=feature, settings=settings)

    def feature_map(self, case_id: str, modality: str, roi: str, feature: str) -> s.FeatureMap:
        """One map's range, shape and scale; it is computed at the first call."""
        return self._get(s.FeatureMap, f"/cases/{case_id}/maps/{modality}/{roi}/{feature}")

    def feature_map_voxels(self, case_id: str, modality: str, roi: str, feature: str) -> bytes:
        """The voxels that `feature_map` describes."""
        return self._send("GET", f"/cases/{case_id}/maps/{modality}/{roi}/{feature}/voxels").content

    def feature_examples(
        self, analysis_id: str, feature: str, *, size: int = 320, maps: bool = True
    ) -> s.FeatureExamples:
        """Patients in whom a feature is low, in the middle and high, with addresses of pictures of `size` pixels.

        Without `maps` none is computed, which takes seconds at the first call, and no address of one is given.
        """
        path = f"/analyses/{analysis_id}/examples/{feature}"
        return self._get(s.FeatureExamples, path, size=size, maps=maps)

    def case_picture(self, case_id: str, **asked: str | float | bool | None) -> bytes:
        """A slice as PNG with outlines, scale bar and study; `asked` as the route takes it: modality, k, feature."""
        given = {name: str(value) for name, value in asked.items() if value is not None}
        return self._send("GET", f"/cases/{case_id}/picture.png", params=given).content
