"""Sentences that describe a comparison of two analyses."""

import numpy as np

from backend.science.tables.glossary import group_words
from backend.science.text_format import number, signed, words_only
from backend.science.trust.change_evidence import Verdict
from backend.science.trust.comparison.compare import AnalysisComparison

MOST = 3
QUALIFIED = {"kept": ", where it lost less than the typical feature", "label_borne": ", where it goes with the label"}
GROUP_VERDICTS = ("shared_stronger", "shared_weaker", "opposite", "specific_first", "specific_second")


def comparison_sentences(found: AnalysisComparison, first: str, second: str) -> list[str]:
    """Sentences on groups (modality by class) that changed in both or in one, on features, and on the correlation."""
    first, second = plain_label(first), plain_label(second)
    return [*_groups(found, first, second), _features(found, first, second), _correlated(found, first, second)]


def plain_label(label: str) -> str:
    """Label of an analysis, such as `PI-RADS · gland`, without markup characters."""
    return " · ".join(words_only(part) for part in label.split("·"))


def _groups(found: AnalysisComparison, first: str, second: str) -> list[str]:
    words = {
        "shared_stronger": f"Carried more after both {first} and {second}",
        "shared_weaker": f"Carried less after both {first} and {second}",
        "opposite": f"Changed in opposite directions after {first} and {second}",
        "specific_first": f"Changed after {first} and differently after {second}",
        "specific_second": f"Changed after {second} and differently after {first}",
    }
    sentences = []
    for grouping, groups, _, compared in found.groups:
        if grouping != "modality_class":
            continue
        own, its = compared.each
        one, other = own.effect, its.effect
        for verdict in GROUP_VERDICTS:
            at = np.flatnonzero(compared.verdict == verdict)
            if not len(at):
                continue
            at = at[np.argsort(-np.maximum(np.abs(one), np.abs(other))[at], kind="stable")]
            named = [f"{group_words(groups[k])} ({_effect(own, k)} and {_effect(its, k)})" for k in at[:MOST]]
            more = f" and {len(at) - MOST} more" if len(at) > MOST else ""
            sentences.append(f"{words[verdict]}: {', '.join(named)}{more}.")
    return sentences or [
        f"No group of features (modality by class) is shown to have changed after {first} or {second}."
    ]


def _effect(verdict: Verdict, k: int) -> str:
    """The effect of a group, with what its flag takes back."""
    return signed(verdict.effect[k]) + QUALIFIED.get(str(verdict.flag[k]), "")


def _features(found: AnalysisComparison, first: str, second: str) -> str:
    count = {name: int((found.compared.verdict == name).sum()) for name in set(found.compared.verdict.tolist())}
    shared = count.get("shared_stronger", 0) + count.get("shared_weaker", 0)
    return (
        f"Of {len(found.features)} features both have, {shared} changed the same way in both, "
        f"{count.get('opposite', 0)} in opposite ways, {count.get('specific_first', 0)} only after {first} and "
        f"{count.get('specific_second', 0)} only after {second} with the difference shown; for "
        f"{count.get('unclear', 0)} flagged in one a difference is not shown."
    )


def _correlated(found: AnalysisComparison, first: str, second: str) -> str:
    r = found.correlation
    if r.value is None:
        return f"Too few features can be decoded to say how effects after {first} and {second} go together."
    correlated = (
        f"Effects after {first} and {second} correlate by {number(r.value)} [{number(r.low or 0)}, "
        f"{number(r.high or 0)}] over {r.n} decodable features"
    )
    if r.true is None:
        return f"{correlated}; they hardly spread beyond their errors, so the correlation without errors is not known."
    return (
        f"{correlated}; with the errors of measurement taken out by {number(r.true)} [{number(r.true_low or 0)}, "
        f"{number(r.true_high or 0)}]."
    )
