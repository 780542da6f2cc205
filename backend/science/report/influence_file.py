"""influence.npz: how much each patient carries the effect of each feature."""

import io
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.analysis.result import Analysis
from backend.science.trust.block import Trust

FILE = "influence.npz"
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def influence_bytes(analysis: Analysis, trust: Trust) -> bytes:
    """The file: influence (D, K) float32 by `patient_id` (P,) and `feature` (K,); `study_id` and its patient (N,).

    The influence of a patient is the effect without this patient minus the mean of these: negative where the patient
    carries a gain. D is P, or in large cohorts the number of groups of patients that were deleted together; then
    `deleted_group` (P,) names the row of each patient. Equal analyses give equal bytes.
    """
    arrays = {
        "study_id": np.array(analysis.studies.study_id, dtype=str),
        "study_patient_id": np.array(analysis.studies.patient_id, dtype=str),
        "patient_id": np.array(trust.change.patients, dtype=str),
        "feature": np.array(analysis.decoders.feature, dtype=str),
        "influence": trust.change.influence,
    }
    if trust.change.deletions.grouped:
        arrays["deleted_group"] = trust.change.deletions.of_patient
    return npz_bytes(arrays)


def npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Arrays as .npz without the time of writing, which `numpy.savez` stores."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            single = io.BytesIO()
            np.lib.format.write_array(single, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", LONG_AGO), single.getvalue(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
