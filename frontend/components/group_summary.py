"""The answer on top of the Groups page: which kind of texture is decoded best, and which changed most."""

from frontend.charts import style
from frontend.components import shown_part, trust_summary
from frontend.components.context_bar import Context
from frontend.text import labels, numbers, trust_words
from frontend.text.trust_words import TrustWords
from shared import schemas as s


def led_answer(here: Context, rows: list[s.GroupRow]) -> str:
    """The answer of the shown modality, or of all, by the numbers that lead."""
    shown = shown_part.of_modality(rows, here.modality)
    return trust_answer(shown, here.words, here.floor) if here.trusted else answer(shown)


def trust_answer(rows: list[s.GroupRow], words: TrustWords = trust_words.PLAIN, floor: float | None = None) -> str:
    """The best decoded group, and what is flagged; at the control floor nothing is decoded."""
    scored = [row for row in rows if row.grouping == "modality_class" and row.trust_r2_ft is not None]
    if not scored:
        return "No group could be scored."
    best = max(scored, key=lambda row: row.trust_r2_ft or 0.0)
    text = (
        f"{decoded_best(best.group, best.trust_r2_ft, words.r2, floor)} Of {numbers.counted(len(scored), 'group')}: "
        f"{trust_summary.counts({flag: sum(row.flag == flag for row in scored) for flag in words.flags}, words)}."
    )
    flagged = [row for row in scored if row.flag in trust_words.CHANGED]
    if not flagged:
        return text
    most = max(flagged, key=lambda row: abs(row.effect or 0.0))
    given = (
        ""
        if most.effect_given_label is None
        else ", given the label " + numbers.effect(most.effect_given_label, most.given_label_low, most.given_label_high)
    )
    return (
        f"{text} {labels.group('modality_class', most.group)} moved most: {words.flag(most.flag)}, effect "
        f"{numbers.effect(most.effect, most.ci_low, most.ci_high)}{given}."
    )


def answer(rows: list[s.GroupRow]) -> str:
    """The best and the most changed group, in two sentences."""
    scored = [
        row for row in rows if row.grouping == "modality_class" and row.r2_pre is not None and row.r2_ft is not None
    ]
    if not scored:
        return "No group could be scored on held-out studies."
    readable = [row for row in scored if style.says_something(row.r2_pre, row.r2_ft)]
    if not readable:
        return (
            "No group can be decoded on held-out patients, before or after fine-tuning: every R² is zero or below, and "
            "changes below zero say nothing."
        )
    best = max(readable, key=lambda row: row.r2_ft or 0.0)
    moved = max(readable, key=lambda row: abs(held_out_change(row)))
    way = "better" if held_out_change(moved) > 0 else "worse"
    text = decoded_best(best.group, best.r2_ft, "the paper's held-out R²")
    return (
        f"{text} {labels.group('modality_class', moved.group)} changed most: it is "
        f"decoded {way} than before (R² {numbers.r2(moved.r2_pre)} → {numbers.r2(moved.r2_ft)}, "
        f"{numbers.change(held_out_change(moved))}). These are point values without intervals."
    )


def decoded_best(group: str, r2_ft: float | None, kind: str, floor: float | None = None) -> str:
    """The best group after fine-tuning, unless even that one is below zero or the control floor."""
    if (r2_ft or 0.0) <= 0:
        return f"After fine-tuning no group can be decoded: {kind} is zero or below for each."
    best = labels.group("modality_class", group)
    if r2_ft is not None and floor is not None and r2_ft <= floor:
        return (
            f"After fine-tuning no group can be decoded: {best} has the highest {kind}, {numbers.r2(r2_ft)}, and the "
            f"control floor is {numbers.r2(floor)}."
        )
    return f"After fine-tuning {best} is decoded best ({kind} {numbers.r2(r2_ft)})."


def held_out_change(row: s.GroupRow) -> float:
    """Change of held-out R²; 0 where a stage is undefined."""
    return change(row.r2_pre, row.r2_ft) or 0.0


def change(pre: float | None, ft: float | None) -> float | None:
    """After less before."""
    return None if pre is None or ft is None else ft - pre
