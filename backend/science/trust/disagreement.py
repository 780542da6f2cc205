"""Why the paper's delta I and the trust effect say different things about one feature, in words."""

from collections.abc import Mapping
from typing import Any

from backend.science.trust.effects import MARGIN
from backend.science.wording import number, signed

COMMON_SCALE = 1.25


def explain(row: Mapping[str, Any], scale: float, b: float | None) -> list[str]:
    """One sentence a reason, most telling first; empty where paper and trust agree.

    row: a line of ranking.csv (missing numbers None or NaN). scale: median of I_ft / I_pre over all features.
    """
    paper = "gained" if row["delta_i"] > 0 else "lost"
    trust = {"stronger": "gained", "weaker": "lost"}.get(row["flag"])
    if paper == trust:
        return []
    return [
        *_about_flag(row, paper, trust),
        *_about_importance(row, paper, trust, scale),
        *_about_shared(row, trust, b),
    ]


def _about_flag(row: Mapping[str, Any], paper: str, trust: str | None) -> list[str]:
    """What the trust block says, and how sure it is."""
    r2 = f"R² {number(row['r2_pre'])} → {number(row['r2_ft'])}"
    between = f"effect {signed(row['effect'])}, interval {number(row['ci_low'])} to {number(row['ci_high'])}"
    if row["flag"] == "not_decodable":
        return [
            f"ΔI says {paper}, but the feature cannot be read from the embedding in either stage ({r2}; wrong "
            f"patients reach {number(row['control_floor'])}): its weights fit noise, and so does their change."
        ]
    if trust is not None:
        return [f"ΔI says {paper}; held-out decoding says {trust} ({r2}; {between})."]
    if row["ci_low"] <= 0 <= row["ci_high"]:
        why = f"the interval includes zero ({between})"
    elif abs(row["effect"]) <= MARGIN:
        why = f"the change is smaller than the margin of {MARGIN} ({between})"
    else:
        why = f"among so many features it is not beyond chance (q = {number(row['q'])}; {between})"
    tail = "; this cohort is too small to see a change of 0.15." if row["flag"] == "underpowered" else "."
    return [f"ΔI says {paper}, but no change of what can be decoded is shown: {why}{tail}"]


def _about_importance(row: Mapping[str, Any], paper: str, trust: str | None, scale: float) -> list[str]:
    """Why the weights moved although, or against, what can be decoded."""
    reasons = []
    if not 1 / COMMON_SCALE <= scale <= COMMON_SCALE:
        reasons.append(
            f"The importances of all features moved together (the middle one to {scale:.2f} of its size): a change of "
            "the embedding's scale or axes, not of this feature."
        )
    if trust == "gained" and paper == "lost":
        reasons.append("A signal that is written more strongly needs smaller weights to be read: ΔI falls as it grows.")
    if trust == "lost" and paper == "gained":
        reasons.append("A signal that is written more weakly needs larger weights to be read: ΔI rises as it fades.")
    swap = row.get("swap_delta_i")
    if swap is not None and swap == swap and swap * row["delta_i"] < 0:
        reasons.append(
            "With the shared projection fitted on the fine-tuned stage ΔI changes its sign: it says which stage the "
            "projection was fitted on."
        )
    return reasons


def _about_shared(row: Mapping[str, Any], trust: str | None, b: float | None) -> list[str]:
    """Where the flag is about more or less than the others, not than before."""
    if trust is None or b is None or b != b or (row["delta_r2"] > 0) == (trust == "gained"):
        return []
    verb = "lost" if b < 0 else "gained"
    return [
        f"Its own R² changed by {signed(row['delta_r2'])}; all features {verb} about {abs(b):.0%} of theirs, and this "
        f"one {verb} less."
    ]
