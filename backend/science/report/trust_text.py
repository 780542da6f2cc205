"""Sentences of the trust block: groups that changed, what goes with the label, runs, controls, counts of features."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from backend.science.analysis.report_trust import GroupEffect, TrustReport
from backend.science.report.causes_text import content_sentence, use_sentences
from backend.science.report.runs_text import control_sentence, run_sentences
from backend.science.tables.glossary import group_words
from backend.science.text_format import number, signed, signed_percent, words_only
from backend.science.trust.jackknife.flags import FLAGS
from backend.science.trust.thresholds import MARGIN, Z95

SHARED_CHANGE = 0.05
MOST_GROUPS = 2
DIRECTIONS = ((("stronger", "kept"), "more", "lost", 1), (("weaker",), "less", "gained", -1))
"""Flags of a direction, how it reads, what a group did less of than the typical feature, and the sign."""
UNFLAGGED = {
    "unchanged": "show no change of their own beyond their interval and the margin",
    "underpowered": "cannot be judged in a cohort of this size",
    "not_decodable": "cannot be decoded in either stage",
}

Line = Mapping[Hashable, Any]


def trust_sentences(
    groups: pd.DataFrame, trust: TrustReport, fine_tuning: str, most_moved: bool, small: bool
) -> list[str]:
    """Flagged groups with R², interval and runs; the label; runs and controls; causes; counts of features."""
    rows = groups[groups["grouping"] == "modality_class"]
    flags = {str(row["group"]): str(row["flag"]) for row in rows.to_dict("records")}
    return [
        *_flagged(rows, trust, fine_tuning, most_moved),
        *_label(rows, trust),
        *run_sentences(trust.runs, flags),
        *control_sentence(trust.controls, flags),
        *use_sentences(trust.use),
        *filter(None, [content_sentence(trust.new_content)]),
        *_shared(trust, small),
        *_counted(groups),
    ]


def _flagged(rows: pd.DataFrame, trust: TrustReport, fine_tuning: str, most_moved: bool) -> list[str]:
    """A sentence each for what is carried more, less, and what only moved less than the typical feature."""
    sentences = []
    for flags, more, verb, sign in DIRECTIONS:
        found = _by_effect(rows[rows["flag"].isin(flags)])
        beyond = (found["delta_r2_low"] if sign > 0 else -found["delta_r2_high"]) > 0
        moved = beyond if most_moved else found["delta_r2"] * sign > 0
        along, against = found[moved], found[~moved]
        if len(along):
            sentences.append(f"After {fine_tuning} the encoder carries {more} {_listed(along, trust)}.")
        if len(against):
            it = "it is" if len(against) == 1 else "they are"
            sentences.append(
                f"{_listed(against, trust)} {verb} less than the typical feature after {fine_tuning}; {it} not carried "
                f"{more}."
            )
    return sentences or [
        f"After {fine_tuning} no group of features (modality by class) is shown to have changed by itself, beyond "
        f"chance and a margin of {MARGIN} in R²."
    ]


def _label(rows: pd.DataFrame, trust: TrustReport) -> list[str]:
    """What goes with the label is said apart; so is that no label was given, where it could explain a gain."""
    gained = _by_effect(rows[rows["flag"] == "stronger"])
    if trust.label is None:
        if not len(gained) or trust.replicates is not None:
            return []
        if trust.use is not None:
            return [f"The label {words_only(trust.use.label)} could not be given, so a gain may only go with it."]
        return ["No label was given, so a gain may only go with what the task learned; give it to tell."]
    label, sentences = " and ".join(words_only(name) for name in trust.label.label), []
    borne = _by_effect(rows[rows["flag"] == "label_borne"])
    if len(borne):
        one = len(borne) == 1
        sentences.append(
            f"{_listed(borne, trust)} {'is' if one else 'are'} decoded better because "
            f"{'it goes' if one else 'they go'} with the label {label}; given the label no gain is shown."
        )
    given = gained["effect_given_label"].dropna().head(MOST_GROUPS)
    if len(given):
        effects = " and ".join(signed(value) for value in given)
        before = " and ".join(signed(value) for value in gained.loc[given.index, "effect"])
        sentences.append(
            f"Given the label {label}, the effect of what is carried more is {effects} (without: {before})."
        )
    return sentences


def _shared(trust: TrustReport, small: bool) -> list[str]:
    """The change of the typical feature, where it is beyond its error, and what is left of it given the label.

    Version 1 did not count R² above chance: there the shared change of a small cohort is below zero by chance.
    """
    change, error = trust.shared_change, trust.shared_change_se
    if change is None or error is None or abs(change) < SHARED_CHANGE or abs(change) < Z95 * error:
        return []
    if small and trust.replicates is not None:
        return []
    verb = "lost" if change < 0 else "gained"
    sentence = (
        f"The typical feature {verb} {100 * abs(change):.0f} % of its R² (shared change); flags compare with it, "
        "not with before."
    )
    given = None if trust.label is None else trust.label.shared_change_given_label
    if given is None or abs(given) > abs(change) / 2:
        return [sentence]
    label = " and ".join(words_only(name) for name in trust.label.label) if trust.label else ""
    return [sentence, f"Given the label {label} it is {signed_percent(given)}: this common change goes with the label."]


def _by_effect(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("effect", key=lambda effect: -effect.abs(), kind="stable")


def _listed(rows: pd.DataFrame, trust: TrustReport) -> str:
    """The first groups with their numbers, and how many there are beyond."""
    own = {} if trust.runs is None else {one.group: one for one in trust.runs.groups}
    named = [
        f"{group_words(str(row['group']))} ({_numbers(row, own.get(str(row['group'])), trust)})"
        for row in rows.head(MOST_GROUPS).to_dict("records")
    ]
    beyond = len(rows) - len(named)
    if beyond:
        named.append(f"{beyond} more group{'s' if beyond > 1 else ''}")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _numbers(row: Line, own: GroupEffect | None, trust: TrustReport) -> str:
    runs = "" if own is None or trust.runs is None else f"; in {own.n_runs_agree} of {trust.runs.n_runs} runs"
    return (
        f"R² {number(row['trust_r2_pre'])} → {number(row['trust_r2_ft'])}, {signed(row['delta_r2'])} "
        f"[{number(row['delta_r2_low'])}, {number(row['delta_r2_high'])}]{runs}"
    )


def _counted(groups: pd.DataFrame) -> list[str]:
    """How many features changed, did not, or cannot be judged; counts that an old table lacks are zero."""
    overall = groups[groups["grouping"] == "overall"]
    if overall.empty:
        return []
    line = overall.iloc[0]
    count = {flag: int(line.get(f"n_{flag}", 0) or 0) for flag in FLAGS}
    total = sum(count.values())
    if not total:
        return []
    clauses = [_changed(count, total)]
    if count["kept"]:
        clauses.append(f"{_share(count['kept'], total)} lost less than the typical feature")
    if count["label_borne"]:
        clauses.append(f"{_share(count['label_borne'], total)} are decoded better because they go with the label")
    clauses += [f"{_share(count[flag], total)} {words}" for flag, words in UNFLAGGED.items() if count[flag]]
    return [f"Of {total} features {'; '.join(clauses)}."]


def _changed(count: Mapping[str, int], total: int) -> str:
    """How many are carried more strongly and more weakly, the probable ones among them; where none is, said once."""
    up, down = (_with_probable(count, flag, total) for flag in ("stronger", "weaker"))
    if up is None and down is None:
        return "none is shown to be carried more strongly or more weakly"
    if down is None:
        return f"{up} are carried more strongly and none more weakly"
    if up is None:
        return f"none is carried more strongly and {down} more weakly"
    return f"{up} are carried more strongly and {down} more weakly"


def _with_probable(count: Mapping[str, int], flag: str, total: int) -> str | None:
    probable = count[f"probable_{flag}"]
    both = count[flag] + probable
    if not both:
        return None
    return _share(both, total) + (f" ({_share(probable, total)} read with their group)" if probable else "")


def _share(n: int, total: int) -> str:
    """`21 %`, `under 1 %`, `over 99 %`: what is rounded is never called none or all."""
    if 0 < 100 * n < total:
        return "under 1 %"
    return "over 99 %" if 99.5 * total <= 100 * n < 100 * total else f"{100 * n / total:.0f} %"
