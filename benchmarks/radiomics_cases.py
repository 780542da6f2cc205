"""Input of the radiomics benchmarks: both real patients, whole and cropped, settings, and PyRadiomics."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from backend.ingest.cohort import ingest
from backend.ingest.study import Accepted
from backend.science.imaging.prepare import PreparedCase, prepare
from backend.science.imaging.sliding_window import cut, window_start
from backend.science.radiomics import CaseFeatures, RadiomicsSettings, feature_names, settings_of
from backend.science.radiomics.parameters.schema import extractor_of
from backend.science.radiomics.reference import one_quiet_thread

CASES = Path(__file__).parents[2] / "shared" / "data" / "cases"
CLASSES = ("firstorder", "glcm", "glszm", "glrlm", "ngtdm", "gldm")
ROIS = ("gland", "lesion")
FIELD = (64, 224, 224)
"""The encoder's window (z, y, x): a crop that makes PyRadiomics faster."""
RAW = "raw, binWidth 5"
SETTINGS: dict[str, dict[str, object]] = {
    "binCount 32": {"binCount": 32},
    "binWidth 25": {"binWidth": 25},
    "normalised, binWidth 5": {"normalize": True, "normalizeScale": 100, "binWidth": 5},
    RAW: {"binWidth": 5},
}


@cache
def settings(name: str) -> RadiomicsSettings:
    """Settings with six classes on the original image and its eight subbands."""
    types: dict[str, object] = {"Original": {}, "Wavelet": {}}
    parts = {"imageType": types, "featureClass": {c: [] for c in CLASSES}, "setting": SETTINGS[name]}
    return settings_of(parts, "benchmark")


def patients() -> dict[str, PreparedCase]:
    """Both real cases; one has no lesion, so a ball of 8 mm around the middle of its gland stands for it."""
    if not CASES.is_dir():
        raise SystemExit("The real cases are not here (../shared/data/cases); nothing is measured.")
    return {
        study.patient_id: _with_lesion(prepare(study.acquired.images, study.acquired.masks))
        for study in ingest(CASES)
        if isinstance(study, Accepted)
    }


def field(case: PreparedCase) -> PreparedCase:
    """The middle 64 x 224 x 224 voxels (z, y, x) of a case, zeros where it ends before; both regions lie inside."""
    starts = [window_start(n, length, n // 2) for n, length in zip(case.grid.size[::-1], FIELD, strict=True)]
    images = {name: cut(image, starts, FIELD).astype(np.float32) for name, image in case.images.items()}
    masks = {name: cut(mask, starts, FIELD).astype(np.uint8) for name, mask in case.masks.items()}  # type: ignore[arg-type]
    assert all(np.count_nonzero(masks[roi]) == np.count_nonzero(case.masks[roi]) for roi in ROIS)
    return replace(case, images=images, masks=masks)


def stock(case: PreparedCase, chosen: RadiomicsSettings, rois: tuple[str, ...] = ROIS) -> dict[str, CaseFeatures]:
    """Run PyRadiomics as its users do: `execute` on the float64 image as it is, one SimpleITK thread."""
    extractor = extractor_of(chosen.parameters)
    names = feature_names(chosen)
    found = {}
    with one_quiet_thread():
        for roi in rois:
            values: list[float] = []
            for image in case.images.values():
                pair = [sitk.GetImageFromArray(v) for v in (image.astype(np.float64), case.masks[roi])]
                for volume in pair:
                    volume.SetSpacing(case.grid.spacing)
                result = extractor.execute(*pair)
                values += [float(result[name]) for name in names]
            keys = tuple(f"{modality}_{name}" for modality in case.images for name in names)
            found[roi] = CaseFeatures(keys, np.array(values), "ok", "")
    return found


def _with_lesion(case: PreparedCase) -> PreparedCase:
    gland, lesion = case.masks["gland"] > 0, case.masks.get("lesion")
    if lesion is not None and lesion.any():
        return case
    spacing = np.array(case.grid.spacing)[::-1]
    offsets = (np.indices(gland.shape).T - np.argwhere(gland).mean(axis=0)).T * spacing[:, None, None, None]
    ball = (offsets**2).sum(axis=0) <= 8**2
    return replace(case, masks={**case.masks, "lesion": (ball & gland).astype(np.uint8)})
