"""Agreement of the fast engine's features with PyRadiomics."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from backend.science.imaging.prepare import PreparedCase
from backend.science.radiomics import CaseFeatures

CLOSE = 1e-6
"""Relative."""
ROUNDING = 1e-11
"""Of a feature's scale: the largest value in the region for first order (and 100 after normalisation), else 1."""


@dataclass
class Agreement:
    """Features within 1e-6; those only within rounding of their scale, by family; the others by name."""

    features: int = 0
    close: int = 0
    rounding: Counter[str] = field(default_factory=Counter)
    beyond: list[str] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)

    def cells(self) -> list[str]:
        """For a table."""
        families = ", ".join(f"{name} {count}" for name, count in sorted(self.rounding.items()))
        beyond = [*self.beyond, *(f"{name} (NaN)" for name in self.undefined)]
        return [
            f"{self.close} of {self.features}",
            f"{self.rounding.total()} ({families})" if families else "0",
            f"{len(beyond)}: {', '.join(beyond[:3])}" if beyond else "0",
        ]


def agreement(
    case: PreparedCase, fast: dict[str, CaseFeatures], theirs: dict[str, CaseFeatures], normalised: bool
) -> Agreement:
    """Compare every feature of every region that PyRadiomics computed."""
    result = Agreement()
    for roi, stock in theirs.items():
        ours = dict(zip(fast[roi].names, fast[roi].values.tolist(), strict=True))
        inside = case.masks[roi] > 0
        largest = {m: float(np.abs(image[inside]).max()) + 100 * normalised for m, image in case.images.items()}
        for name, b in zip(stock.names, stock.values.tolist(), strict=True):
            modality, _, family, _ = name.split("_")
            _judge(result, f"{roi} {name}", family, ours[name], b, largest[modality] if family == "firstorder" else 1.0)
    return result


def _judge(result: Agreement, name: str, family: str, a: float, b: float, scale: float) -> None:
    result.features += 1
    if np.isnan(a) or np.isnan(b):
        if np.isnan(a) and np.isnan(b):
            result.close += 1
        else:
            result.undefined.append(name)
    elif abs(a - b) <= CLOSE * abs(b):
        result.close += 1
    elif abs(a - b) <= ROUNDING * scale:
        result.rounding[family] += 1
    else:
        result.beyond.append(f"{name} {a:.4e} for {b:.4e}")
