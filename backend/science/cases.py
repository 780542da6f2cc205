"""The patients that carry a feature's change: decoded against true, before and after fine-tuning."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def cases_for_feature(
    study_id: Sequence[str],
    z_pre: FloatArray,
    z_ft: FloatArray,
    theta_pre: FloatArray,
    theta_ft: FloatArray,
    r_minmax: FloatArray,
    intercept: tuple[float, float] = (0.0, 0.0),
) -> pd.DataFrame:
    """One row a study: true and decoded value of one feature in min-max units, and how its absolute error changed.

    Shapes: z (n, H), theta (H,) of the feature, r_minmax (n,). Sorted by |error_change|, largest first; a negative
    error_change means the fine-tuned embedding decodes this patient better.
    """
    decoded_pre = z_pre @ theta_pre + intercept[0]
    decoded_ft = z_ft @ theta_ft + intercept[1]
    change = np.abs(decoded_ft - r_minmax) - np.abs(decoded_pre - r_minmax)
    frame = pd.DataFrame(
        {
            "study_id": list(study_id),
            "true": r_minmax,
            "decoded_pre": decoded_pre,
            "decoded_ft": decoded_ft,
            "error_change": change,
        }
    )
    return frame.iloc[np.argsort(-np.abs(change), kind="stable")].reset_index(drop=True)
