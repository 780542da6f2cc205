"""The verdict on top of the Overview: what changed in two sentences, how sure it is, how much of it is the label's."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontend.components import shown_part
from frontend.components.context_bar import Context
from frontend.components.group_summary import answer
from frontend.text import causes_words, labels, numbers, trust_words
from shared import schemas as s

MOST_NAMED = 2
FEWEST_PATIENTS = 40
"""With fewer the method flags nothing."""
TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two sentences, the badge on the label above them (its words and colour), and whether nothing was found."""

    first: str
    second: str
    badge: tuple[str, str] | None = None
    null: bool = False


def verdict(here: Context, groups: Sequence[s.GroupRow]) -> Verdict:
    """The verdict on what is shown: all or the chosen modality, by the trust block or by the paper's decoder."""
    rows = shown_part.of_modality(groups, here.modality)
    task = labels.task_within(here.protocol, here.detail.task)
    where = f" on {here.modality}" if here.modality else ""
    trust = here.detail.trust
    if not here.trusted or trust is None:
        return Verdict(f"What fine-tuning for {task} changed{where}, by the paper's decoder", answer(list(rows)))
    scored = [row for row in rows if row.grouping == "modality_class" and row.effect is not None]
    changed = [row for row in scored if row.flag in trust_words.CHANGED]
    if not changed:
        return _nothing(here, scored, task, where)
    label = causes_words.label_in_words(here.protocol, " and ".join(trust.label)) if trust.label else None
    return Verdict(
        _first(changed, task, label, len(here.analysis.modalities), _lost(here)),
        _second(changed, trust),
        _badge(changed, label),
    )


def _nothing(here: Context, scored: Sequence[s.GroupRow], task: str, where: str) -> Verdict:
    n, patients = len(scored), numbers.counted(here.analysis.n_patients, "patient")
    if here.analysis.n_patients < FEWEST_PATIENTS or all(row.flag == TOO_FEW for row in scored):
        return Verdict(
            f"{patients[:1].upper()}{patients[1:]} are too few to say what fine-tuning for {task} changed{where}.",
            f"Effects of {numbers.counted(n, 'group')} are shown below and none is called a change: from "
            f"{FEWEST_PATIENTS} patients on, groups can be read.",
            null=True,
        )
    return Verdict(
        f"No change by fine-tuning for {task} was found{where}.",
        f"Of {numbers.counted(n, 'group')} in {patients}, none changed beyond chance and the margin of 0.03 in R².",
        null=True,
    )


def _lost(here: Context) -> str:
    """How what moved down is carried: where most gained, it is only behind the others."""
    return "more weakly" if here.words.flag("weaker") == trust_words.FLAGS["weaker"] else "less than is typical"


def _first(
    changed: Sequence[s.GroupRow], task: str, label: str | None, n_modalities: int, lost: str = "more weakly"
) -> str:
    """`Fine-tuning for PI-RADS made the encoder carry NGTDM on T2 more strongly, and GLCM on DWI more weakly.`"""
    up = [row for row in changed if row.flag in trust_words.UP]
    borne = [row for row in changed if row.flag == "label_borne"]
    down = [row for row in changed if row.flag in trust_words.DOWN]
    kept = [row for row in changed if row.flag == "kept"]
    parts = []
    if up:
        parts.append(f"carry {named(up, n_modalities)} more strongly")
    if borne:
        lead = f"carry {named(borne, n_modalities)} more strongly" if not up else named(borne, n_modalities)
        parts.append(f"{lead} only because {_pronoun(borne)} with {label or 'the label'}")
    if down:
        parts.append(f"{'' if parts else 'carry '}{named(down, n_modalities)} {lost}")
    if kept and not parts:
        parts.append(f"keep {named(kept, n_modalities)} while other content was lost")
    return f"Fine-tuning for {task} made the encoder {', and '.join(parts)}."


def _pronoun(rows: Sequence[s.GroupRow]) -> str:
    """`it goes` of one class of features, on however many modalities; else `they go`."""
    return "it goes" if len({row.group.rpartition("_")[2] for row in rows}) == 1 else "they go"


def named(rows: Sequence[s.GroupRow], n_modalities: int) -> str:
    """`NGTDM on T2 and DWI`, `GLSZM in every modality`; the classes that moved most, and how many more groups."""
    order = sorted(rows, key=lambda row: -abs(row.effect or 0.0))
    by_class: dict[str, list[str]] = {}
    for row in order:
        modality, _, of_class = row.group.rpartition("_")
        by_class.setdefault(of_class, []).append(modality)
    told = []
    for of_class, modalities in list(by_class.items())[:MOST_NAMED]:
        every = len(modalities) == n_modalities > 1
        where = "in every modality" if every else f"on {causes_words.listed(modalities)}"
        told.append(f"{labels.feature_class(of_class)} {where}")
    more = sum(len(modalities) for modalities in list(by_class.values())[MOST_NAMED:])
    return causes_words.listed([*told, *([numbers.counted(more, "more group")] if more else [])])


def _second(changed: Sequence[s.GroupRow], trust: s.TrustSummary) -> str:
    """The numbers of what moved most, how sure it is, and what is left of it given the label."""
    most = max(changed, key=lambda row: abs(row.effect or 0.0))
    text = (
        f"{labels.group('modality_class', most.group)} moved most: R² {numbers.r2(most.trust_r2_pre)} → "
        f"{numbers.r2(most.trust_r2_ft)}, effect {numbers.effect(most.effect, most.ci_low, most.ci_high)}"
    )
    if most.n_runs is not None and most.n_runs > 1:
        text += f", the same way in {most.n_runs_agree} of {most.n_runs} runs"
    if trust.controls is not None:
        alike = {one.group for one in trust.controls.groups if one.flag in trust_words.CHANGED}
        text += ", and in controls too" if most.group in alike else " and in no control"
    if most.effect_given_label is not None:
        left = numbers.effect(most.effect_given_label, most.given_label_low, most.given_label_high)
        text += f"; given the label, {left} is left"
    return f"{text}."


def _badge(changed: Sequence[s.GroupRow], label: str | None) -> tuple[str, str]:
    """How much of what is carried more is the label's, in words and a colour."""
    gained = [row for row in changed if row.flag in trust_words.UP or row.flag == "label_borne"]
    borne = sum(row.flag == "label_borne" for row in gained)
    if label is None:
        return "label not taken into account", "gray"
    if not gained:
        return f"a loss; {label} was known", "gray"
    if borne == len(gained):
        return "label-borne", "yellow"
    if borne:
        return f"partly label-borne: {borne} of {numbers.counted(len(gained), 'group')}", "yellow"
    return f"beyond what {label} explains", "gray"
