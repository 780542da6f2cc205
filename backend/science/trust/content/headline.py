"""What is new, or lost, in one sentence."""

import numpy as np

from backend.science.trust.content.new_content import Content

BEYOND_ROUNDING = 0.02
"""Shares that do not add up by less than this differ by rounding alone."""


def headline(content: Content) -> str:
    """The sentence, as in: radiomics explain 34 % [28, 40] of what is new; 20 % goes with the label; ..."""
    if not content.axes:
        return (
            f"nothing {content.kind} beyond chance: {_percent(content.unpredicted)} of the embedding cannot be "
            "predicted, and it has no axis in common among patients"
        )
    own = content.radiomics
    parts = [
        f"radiomics explain {_percent(own.value)} [{_digits(own.low)}, {_digits(own.high)}] of what is {content.kind}"
    ]
    if content.label is not None:
        both = f" ({_percent(content.overlap)} is both)" if round(100 * content.overlap) else ""
        parts.append(f"{_percent(content.label.value)} goes with the label{both}")
        more = content.only_together
        parts += [f"both together explain {_percent(more)} more"] if more >= BEYOND_ROUNDING else []
    parts.append(f"the rest, {_percent(unnamed(content))}, has no name here")
    return "; ".join(parts)


def unnamed(content: Content) -> float:
    """The share without a name; what one of them explains alone has a name, whatever both are estimated to explain."""
    alone = [content.radiomics, *([content.label] if content.label is not None else [])]
    return min(content.rest, *(1.0 - float(np.clip(one.value, 0.0, 1.0)) for one in alone))


def _percent(share: float) -> str:
    return f"{_digits(share)} %"


def _digits(share: float) -> str:
    return f"{100 * float(np.clip(share, 0.0, 1.0)):.0f}"
