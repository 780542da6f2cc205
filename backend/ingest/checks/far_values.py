"""Finds values far beyond all others of an image: one of them moves every mean, range and histogram."""

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from backend.ingest.checks.finding_codes import Finding

SHARE = 0.999
FAR = 10.0  # times the value below which this share of the voxels lies
SAMPLE = 200_000  # voxels


def far_values(images: Mapping[str, sitk.Image]) -> list[Finding]:
    """A finding for each image with such values."""
    found = []
    for name, image in images.items():
        values = sitk.GetArrayViewFromImage(image).reshape(-1)
        if not np.isfinite([values.max(), values.min()]).all():
            values = values[np.isfinite(values)]
        sample = np.abs(values[:: max(1, values.size // SAMPLE)].astype(np.float64))
        sample = sample[sample > 0]
        usual = float(np.quantile(sample, SHARE)) if sample.size else 0.0
        if not usual or max(abs(float(values.max())), abs(float(values.min()))) <= FAR * usual:
            continue
        sizes = np.abs(values.astype(np.float64))
        count = int(np.count_nonzero(sizes > FAR * usual))
        what = "voxel" if count == 1 else "voxels"
        sentence = (
            f"{name} holds {count} {what} far beyond all others: up to {sizes.max():.3g}, where {SHARE:.1%} are "
            f"at most {usual:.4g}."
        )
        found.append(Finding("far_value", sentence))
    return found
