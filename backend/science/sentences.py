"""The plain sentences at the top of an analysis: modest words, no ids, no markup."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.science.alerts import SINGLE_FEATURE_STUDIES
from backend.science.feature_words import CLASS_LABELS
from backend.science.wording import number, plain, signed

NOTICEABLE = 0.03
DECODABLE = 0.02


def overview(groups: pd.DataFrame, n_studies: int, n_patients: int, task: str | None, trust: bool) -> list[str]:
    """What changed, what did not, and what cannot be said, from held-out R2 of modality x class groups.

    `trust` tells whether a trust block exists; without it the sentences say that the paper's numbers can have the
    wrong sign. Text from outside (task and modality names) is stripped of everything that could be markup.
    """
    rows = groups[groups["grouping"] == "modality_class"]
    names = [_group_words(str(group)) for group in rows["group"]]
    pre, ft = rows["r2_pre"].to_numpy(float), rows["r2_ft"].to_numpy(float)
    sentences = _changes(names, pre, ft, f"fine-tuning for {plain(task)}" if task else "fine-tuning")
    if n_studies < SINGLE_FEATURE_STUDIES:
        sentences.append(
            f"{n_patients} patients, {n_studies} studies: underpowered for single features; groups can be read."
        )
    if not trust:
        sentences.append(
            "These are the paper's numbers alone, without intervals; ΔI in particular can have the wrong sign, because "
            "weights shrink when a signal grows. Decodable does not mean used."
        )
    return sentences


def _changes(names: list[str], pre: NDArray[np.float64], ft: NDArray[np.float64], fine_tuning: str) -> list[str]:
    """The group that gained most, the one that lost most, and how many did neither."""
    decodable = np.flatnonzero(np.fmax(pre, ft) > DECODABLE)
    if not len(decodable):
        return [
            "No group of features can be decoded in held-out patients, neither before nor after fine-tuning: "
            "nothing can be said about change."
        ]
    change = (ft - pre)[decodable]
    sentences = []
    for at, word, moved in (
        (int(np.argmax(change)), "better", change.max() > NOTICEABLE),
        (int(np.argmin(change)), "less well", change.min() < -NOTICEABLE),
    ):
        k = decodable[at]
        if moved:
            numbers = f"held-out R² {number(pre[k])} to {number(ft[k])}, {signed(ft[k] - pre[k])}"
            sentences.append(f"After {fine_tuning} {names[k]} is decoded {word} ({numbers}).")
    still = int((np.abs(change) <= NOTICEABLE).sum())
    sentences.append(
        f"{still} of {len(decodable)} decodable groups (modality by class) moved by {NOTICEABLE} or less; "
        f"{len(names) - len(decodable)} groups cannot be decoded in either stage."
    )
    return sentences


def _group_words(group: str) -> str:
    modality, _, feature_class = group.rpartition("_")
    return f"{plain(modality)} {CLASS_LABELS.get(feature_class, plain(feature_class))}"
