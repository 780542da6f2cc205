"""Finds images with many values next to zero: another tool's resampling left them where nothing was measured.

The encoder's z-score is over non-zero voxels, so such values count as tissue. Below 1e-5 of the usual maximum, both
real studies hold no voxel as acquired, at most 0.0001 % after this project's resampling, and 0.5 to 4.7 % after ITK's
linear one (2.5 to 7.4 % after its B-spline). Below 1e-3 of it the three overlap: 0.2 %, 1.0 % and 0.8 %.
"""

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from backend.ingest.checks.finding_codes import Finding
from backend.science.imaging.near_zero import NEAR_ZERO, usual_maximum

MANY = 0.001
"""Share of the voxels: a hundred times less than resampling leaves in DWI and ADC, far above what is acquired."""
SAMPLE = 200_000  # voxels


def near_zeros(images: Mapping[str, sitk.Image]) -> list[Finding]:
    """A finding for each image with such values."""
    found = []
    for name, image in images.items():
        values = sitk.GetArrayViewFromImage(image).reshape(-1)
        if values.dtype.kind in "iu":
            continue  # rounding took them away
        limit = NEAR_ZERO * usual_maximum(values[:: max(1, values.size // SAMPLE)])
        near = int(np.count_nonzero((values < limit) & (values > -limit))) - int(np.count_nonzero(values == 0))
        if limit and near > MANY * values.size:
            sentence = (
                f"{name} holds values next to zero, but not zero, in {near / values.size:.1%} of its voxels (below "
                f"{limit:.2g}), as a resampling leaves; an encoder takes them for tissue."
            )
            found.append(Finding("near_zeros", sentence))
    return found
