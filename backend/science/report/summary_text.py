"""The plain sentences at the top of an analysis: modest words, no ids, no markup."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.science.analysis.report import Report
from backend.science.lens.alerts import SINGLE_FEATURE_STUDIES
from backend.science.tables.glossary import group_words
from backend.science.text_format import number, signed
from backend.science.training.task_names import task_words
from backend.science.trust.jackknife.effects import DECODABLE
from backend.science.trust.jackknife.flags import FLAGS
from backend.science.trust.thresholds import MARGIN

SHARED_CHANGE = 0.1
MOST_GROUPS = 2
GROUP_PATIENTS = 40
UNFLAGGED = {
    "unchanged": "did not change beyond their interval and the margin",
    "underpowered": "cannot be judged in a cohort of this size",
    "not_decodable": "cannot be decoded in either stage",
}
COMPARED = {"stronger": ("more", "lost", 1), "weaker": ("less", "gained", -1)}
"""How a flag reads, what a group did less of where all others moved the other way, and the sign of its change."""


def overview(report: Report, groups: pd.DataFrame) -> list[str]:
    """What changed, what did not, and what cannot be said, from the report and the groups table of one analysis."""
    trusted = report.trust is not None
    return sentences_of(groups, report.n_studies, report.n_patients, report.task, trusted, report.shared_change)


def sentences_of(
    groups: pd.DataFrame,
    n_studies: int,
    n_patients: int,
    task: str | None,
    trust: bool,
    shared_change: float | None = None,
) -> list[str]:
    """The sentences of `overview` from the numbers they need.

    With the trust block (`trust`, and its columns in `groups`): flagged groups first, with cross-validated R2 and the
    interval of its change. Then the change that all features share, then the share of features that did not change.
    Without it: held-out R2 of modality x class groups, and that the paper's numbers can have the wrong sign. Text from
    outside (task and modality names) is stripped of everything that could be markup.
    """
    rows = groups[groups["grouping"] == "modality_class"]
    fine_tuning = f"fine-tuning for {task_words(task)}" if task else "fine-tuning"
    small = n_studies < SINGLE_FEATURE_STUDIES
    if trust:
        # In a small cohort the shared change is below zero by chance.
        sentences = _flagged(rows, fine_tuning, None if small else shared_change) + _counted(groups)
    else:
        sentences = _changes(rows, fine_tuning)
    if small:
        sentences.append(_underpowered(n_studies, n_patients))
    if not trust:
        sentences.append(
            "These are the paper's numbers alone, without intervals; ΔI in particular can have the wrong sign, because "
            "weights shrink when a signal grows. Decodable does not mean used."
        )
    return sentences


def _flagged(rows: pd.DataFrame, fine_tuning: str, shared_change: float | None) -> list[str]:
    """One sentence for what is carried more and one for less, largest effect first, with R2 and interval.

    Where all features moved further in the other direction, a flagged group is said to have moved less than they did.
    """
    sentences = []
    for flag, (more, verb, sign) in COMPARED.items():
        found = rows[rows["flag"] == flag].sort_values("effect", key=lambda effect: -effect.abs(), kind="stable")
        along, against = found[found["delta_r2"] * sign > 0], found[found["delta_r2"] * sign <= 0]
        if len(along):
            sentences.append(f"After {fine_tuning} the encoder carries {more} {_listed(along)}.")
        if len(against):
            sentences.append(f"{_listed(against)} {verb} less than the other features after {fine_tuning}.")
    if not sentences:
        sentences.append(
            f"After {fine_tuning} no group of features (modality by class) changed beyond chance and a margin of "
            f"{MARGIN} in R²."
        )
    if shared_change is not None and abs(shared_change) >= SHARED_CHANGE:
        verb = "lost" if shared_change < 0 else "gained"
        sentences.append(
            f"All features together {verb} about {abs(shared_change):.0%} of their R²; flags are for what went beyond."
        )
    return sentences


def _listed(rows: pd.DataFrame) -> str:
    """The first groups with their numbers, and how many there are beyond."""
    named = [f"{group_words(str(row['group']))} ({_numbers(row)})" for row in rows.head(MOST_GROUPS).to_dict("records")]
    beyond = len(rows) - len(named)
    if beyond:
        named.append(f"{beyond} more group{'s' if beyond > 1 else ''}")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _numbers(row: Mapping[Hashable, Any]) -> str:
    return (
        f"R² {number(row['trust_r2_pre'])} → {number(row['trust_r2_ft'])}, {signed(row['delta_r2'])} "
        f"[{number(row['delta_r2_low'])}, {number(row['delta_r2_high'])}]"
    )


def _counted(groups: pd.DataFrame) -> list[str]:
    """How many features changed, did not, or cannot be judged."""
    overall = groups[groups["grouping"] == "overall"]
    if overall.empty:
        return []
    count = {flag: int(overall[f"n_{flag}"].iloc[0]) for flag in FLAGS}
    total = sum(count.values())
    rest = [f"{_share(count[flag], total)} {words}" for flag, words in UNFLAGGED.items() if count[flag]]
    return ["; ".join([f"Of {total} features {_changed(count, total)}", *rest]) + "."]


def _changed(count: Mapping[str, int], total: int) -> str:
    """How many are carried more strongly and more weakly; where none is, said once."""
    up, down = (_share(count[flag], total) for flag in ("stronger", "weaker"))
    if not count["stronger"] and not count["weaker"]:
        return "none is carried more strongly or more weakly"
    if not count["weaker"]:
        return f"{up} are carried more strongly and none more weakly"
    if not count["stronger"]:
        return f"none is carried more strongly and {down} more weakly"
    return f"{up} are carried more strongly and {down} more weakly"


def _share(n: int, total: int) -> str:
    """`21 %`, `under 1 %`, `over 99 %`: what is rounded is never called none or all."""
    if 0 < 100 * n < total:
        return "under 1 %"
    return "over 99 %" if 99.5 * total <= 100 * n < 100 * total else f"{100 * n / total:.0f} %"


def _underpowered(n_studies: int, n_patients: int) -> str:
    studies = "" if n_studies == n_patients else f" with {n_studies} studies"
    groups = "groups can" if n_patients >= GROUP_PATIENTS else "and groups only with great care"
    return f"{n_patients} patients{studies}: single features cannot be read, {groups}."


def _changes(rows: pd.DataFrame, fine_tuning: str) -> list[str]:
    """The group that gained most on held-out studies, the one that lost most, and how many did neither."""
    names = [group_words(str(group)) for group in rows["group"]]
    pre, ft = (rows[f"r2_{stage}"].to_numpy(float) for stage in ("pre", "ft"))
    decodable: NDArray[np.intp] = np.flatnonzero(np.fmax(pre, ft) > DECODABLE)
    if not len(decodable):
        return [
            "No group of features can be decoded in held-out patients, neither before nor after fine-tuning: "
            "nothing can be said about change."
        ]
    change = (ft - pre)[decodable]
    sentences = []
    for at, word, moved in (
        (int(np.argmax(change)), "better", change.max() > MARGIN),
        (int(np.argmin(change)), "less well", change.min() < -MARGIN),
    ):
        k = decodable[at]
        if moved:
            numbers = f"held-out R² {number(pre[k])} to {number(ft[k])}, {signed(ft[k] - pre[k])}"
            sentences.append(f"After {fine_tuning} {names[k]} is decoded {word} ({numbers}).")
    still = int((np.abs(change) <= MARGIN).sum())
    sentences.append(
        f"{still} of {len(decodable)} decodable groups (modality by class) moved by {MARGIN} or less; "
        f"{len(names) - len(decodable)} groups cannot be decoded in either stage."
    )
    return sentences
