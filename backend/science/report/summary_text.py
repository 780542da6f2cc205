"""The plain sentences at the top of an analysis: modest words, no ids, no markup."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.science.analysis.report import Report
from backend.science.analysis.report_trust import TrustReport
from backend.science.lens.alerts import SINGLE_FEATURE_STUDIES
from backend.science.report.trust_text import trust_sentences
from backend.science.tables.glossary import group_words
from backend.science.text_format import number, signed, words_only
from backend.science.trust.jackknife.effects import DECODABLE
from backend.science.trust.jackknife.flags import FEWEST_PATIENTS
from backend.science.trust.jackknife.shrinkage import FEWEST_PATIENTS as SHRUNKEN_PATIENTS
from backend.science.trust.thresholds import MARGIN

MADE_BEFORE = (
    "Made by version 1: its errors are too wide, and its R² is not above chance. Run the analysis again for sharper "
    "verdicts."
)


def overview(report: Report, groups: pd.DataFrame) -> list[str]:
    """What changed, what did not, and what cannot be said, from the report and the groups table of one analysis."""
    sentences = sentences_of(
        groups,
        report.n_studies,
        report.n_patients,
        report.task_words,
        report.trust,
        most_moved=any(alert.code == "most_groups_moved" for alert in report.alerts),
    )
    old = report.version == 1 and report.trust is not None
    return [*sentences, MADE_BEFORE] if old else sentences


def sentences_of(
    groups: pd.DataFrame,
    n_studies: int,
    n_patients: int,
    task: str | None,
    trust: TrustReport | None,
    most_moved: bool = False,
) -> list[str]:
    """The sentences of `overview` from the numbers they need.

    With the trust block (and its columns in `groups`) those of `trust_sentences`. Without it: held-out R² of
    modality x class groups, and that the paper's numbers can have the wrong sign. `most_moved`: most groups moved the
    same way. `task` is in words. Text from outside (task and modality names) is stripped of everything that could be
    markup.
    """
    fine_tuning = f"fine-tuning for {words_only(task)}" if task else "fine-tuning"
    small = n_studies < SINGLE_FEATURE_STUDIES
    too_few = n_patients < FEWEST_PATIENTS and trust is not None and trust.replicates is None
    if trust is None:
        sentences = _changes(groups[groups["grouping"] == "modality_class"], fine_tuning)
    else:
        sentences = [] if too_few else trust_sentences(groups, trust, fine_tuning, most_moved, small)
    if small:
        sentences.append(underpowered(n_studies, n_patients, too_few))
    if trust is None:
        sentences.append(
            "These are the paper's numbers alone, without intervals; ΔI in particular can have the wrong sign, because "
            "weights shrink when a signal grows. Decodable does not mean used."
        )
    return sentences


def underpowered(n_studies: int, n_patients: int, too_few: bool) -> str:
    """What a cohort of this size can show; with `too_few` nothing is flagged."""
    patients = f"{n_patients} patients" + ("" if n_studies == n_patients else f" with {n_studies} studies")
    if too_few:
        return (
            f"{patients} are too few for a verdict; {FEWEST_PATIENTS} are needed. Effects are shown, and nothing is "
            "flagged."
        )
    if n_patients < SHRUNKEN_PATIENTS:
        return f"{patients}: read groups; changes of single features are mostly missed."
    return f"{patients}: read groups first; many changes of single features are missed."


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
