"""Scores of a fine-tuning in words, with the unit and the region of what was learnt."""

from shared import schemas as s
from shared.score_words import SCORES

SHORT = {
    "auc": "AUC",
    "kappa": "weighted kappa",
    "balanced_accuracy": "mean recall",
    "concordance": "concordance",
    "dice": "Dice",
    "r2": "R²",
    "mae": "mean error",
}
"""Those that are followed by epoch, as the title of a chart has them."""


def score_words(protocol: s.Protocol, task: str | None) -> dict[str, str]:
    """Score -> what a table of a target's scores calls it."""
    target = None if task is None else protocol.target(task)
    found = {**SCORES, "mae": SCORES["mae"] + unit(protocol, task)}
    if target is not None and target.region is not None:
        found |= {
            "dice": f"Dice, mean over studies with {target.region}",
            "missed_cases": f"Studies whose {target.region} is missed whole",
            "clear_share": f"Studies without {target.region} left clear",
        }
    return found


def short_words(protocol: s.Protocol, task: str | None) -> dict[str, str]:
    """Score -> what a chart along the epochs calls it."""
    return {**SHORT, "mae": SHORT["mae"] + unit(protocol, task)}


def unit(protocol: s.Protocol, task: str | None) -> str:
    """What an error of a target is measured in, after a comma: mL of a region, or grades; else nothing."""
    target = None if task is None else protocol.target(task)
    if target is None or target.kind not in ("number", "ordinal"):
        return ""
    if target.kind == "ordinal":
        return ", grades"
    return ", mL" if any(one.volume_column == target.column for one in protocol.regions) else ""


def count_words(counts: dict[str, int]) -> str:
    """How often what occurs: `wildtype: 12, mutant: 3`, `studies: 20, events: 8`."""
    return ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items())
