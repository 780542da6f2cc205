"""Sentences on several runs of one recipe, and on control runs that learned shuffled labels."""

from collections.abc import Mapping

from backend.science.analysis.report_trust import GroupEffect, RunsReport
from backend.science.tables.glossary import group_words
from backend.science.text_format import named
from backend.science.trust.thresholds import MARGIN

CHANGED = ("stronger", "weaker", "kept")
FLAGGED = (*CHANGED, "label_borne")


def run_sentences(runs: RunsReport | None, flags: Mapping[str, str]) -> list[str]:
    """Groups that a run alone would have named although the mean over runs does not; `flags` by group."""
    if runs is None:
        return []
    seen = {one.group: alone(one) for one in runs.groups if flags.get(one.group) not in FLAGGED}
    passing = {group: count for group, count in seen.items() if 0 < count <= runs.n_runs / 2}
    if not passing:
        return [f"No group stands out in single runs only, among {runs.n_runs} runs."]
    words = [f"{group_words(group)} ({count} of {runs.n_runs} runs)" for group, count in passing.items()]
    return [f"Seen in single runs only, not in their mean: {named(words)}. One run is one draw."]


def alone(group: GroupEffect) -> int:
    """In how many runs the effect alone is beyond the margin and beyond the error of the mean over runs."""
    if group.ci_low is None or group.ci_high is None:
        return 0
    error = (group.ci_high - group.ci_low) / 2
    return sum(abs(effect) > max(MARGIN, error) for effect in group.by_run)


def control_sentence(controls: RunsReport | None, flags: Mapping[str, str]) -> list[str]:
    """Whether the groups that changed also change in runs that learned shuffled labels; `flags` by group."""
    if controls is None:
        return []
    runs = f"{controls.n_runs} control run{'s' if controls.n_runs > 1 else ''} on shuffled labels"
    moved = {one.group for one in controls.groups if one.flag in CHANGED}
    changed = [group for group, flag in flags.items() if flag in FLAGGED]
    same = [group_words(group) for group in changed if group in moved]
    if same:
        groups = "group changes" if len(same) == 1 else "groups change"
        return [
            f"The same {groups} when labels are shuffled ({runs}): {named(same)}. There training itself may be the "
            "cause."
        ]
    if changed:
        return [f"None of these groups is shown to change when labels are shuffled ({runs})."]
    if moved:
        groups = "group changes" if len(moved) == 1 else "groups change"
        return [f"{len(moved)} {groups} when labels are shuffled ({runs}); with the task's labels none is shown to."]
    return [f"No change is shown when labels are shuffled either ({runs})."]
