"""Cox's partial likelihood with Efron's treatment of ties, and Harrell's concordance index."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def partial_likelihood_loss(risk: Tensor, time: Tensor, event: Tensor) -> Tensor:
    """Negative log partial likelihood an event (Efron 1977); log risks, times and events (n,), one event at least.

    At a time with d events, the l-th of them (l from 0) is weighed against everybody who is followed as long, less
    l / d of those who have their event then. Who is censored at that time still counts as followed.
    """
    order = torch.argsort(time, descending=True, stable=True)
    risk, time, event = risk[order], time[order], event[order].bool()
    top = risk.max().detach()
    weight = torch.exp(risk - top)
    _, group, sizes = torch.unique_consecutive(time, return_inverse=True, return_counts=True)
    followed = weight.cumsum(0)[sizes.cumsum(0) - 1]
    nothing = torch.zeros_like(followed)
    tied = nothing.index_add(0, group, weight * event)
    events = nothing.index_add(0, group, event.to(weight.dtype))
    of = group[event]
    earlier = event.to(weight.dtype).cumsum(0)[event] - 1  # how many events stand before, in all groups
    place = earlier - (events.cumsum(0) - events)[of]
    denominator = followed[of] - place / events[of] * tied[of]
    return (denominator.log() + top - risk[event]).sum() / event.sum()


def concordance(risk: NDArray[np.float64], time: NDArray[np.float64], event: NDArray[np.bool_]) -> float | None:
    """Harrell's C: the share of comparable pairs in which the patient at higher risk has the event first.

    A pair is comparable where one has the event, and the other is followed longer, or is censored at that very time.
    Equal risks count half. None where no pair is comparable.
    """
    has, others = np.flatnonzero(event), slice(None)
    longer = time[others] > time[has, None]
    censored_then = (time[others] == time[has, None]) & ~event[others]
    comparable = longer | censored_then
    count = int(comparable.sum())
    if not count:
        return None
    gap = risk[has, None] - risk[others]
    return float(((gap > 0) & comparable).sum() + 0.5 * ((gap == 0) & comparable).sum()) / count
