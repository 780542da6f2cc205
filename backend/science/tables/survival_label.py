"""What a survival is as one number: the martingale residual, events that were seen less events expected by then.

Under a model without any feature, a fitted risk is moved first along this residual: it is the slope of the Cox
likelihood. So it is what a fine-tuning on survival learned, as a class is what a classification did.
"""

from collections.abc import Sequence

import numpy as np

from backend.science.types import FloatArray


def martingale_residuals(time: Sequence[float], event: Sequence[bool]) -> FloatArray:
    """Event (0 or 1) less the cumulative hazard (Nelson and Aalen) at the end of the follow-up, (n,) -> (n,).

    Between minus infinity and 1; the sum is 0. Events of one time share its patients at risk.
    """
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=np.float64)
    distinct, at = np.unique(times, return_inverse=True)
    deaths = np.bincount(at, weights=events)
    at_risk = len(times) - np.searchsorted(np.sort(times), distinct, side="left")
    return events - np.cumsum(deaths / at_risk)[at]
