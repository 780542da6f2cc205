"""The evidence panel of one feature: its readings, reasons, held-out values, regions, and who carries it."""

import streamlit as st

from frontend.api import analyses, cohorts
from frontend.charts.held_out import held_out
from frontend.charts.readings import readings
from frontend.components import chart_block, flag_badge, influence_panel, notices, version_one
from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys
from frontend.text import causes_words, numbers
from frontend.text.escape import escape_markdown
from frontend.text.trust_words import TrustWords
from shared import schemas as s

CARRIERS = 6
REPEATABLE = 0.75
PICTURE = 220


def panel(here: Context, found: s.FeatureEvidence) -> None:
    """Everything that speaks for or against the trust numbers of a feature, most telling first."""
    row, words = found.row, here.words
    flag_badge.flagged(row.flag, words)
    version_one.notice(here)
    made_of, dark = notices.made_of(here.analysis), chart_block.dark()
    if found.version == 2:
        chart_block.show(readings(found, here.detail.trust, made_of, dark, words, here.protocol), "evidence-readings")
    st.markdown(escape_markdown(" ".join(filter(None, (numbers_of(found, words), used(row))))))
    repeatability(row.icc)
    why(found.disagreement)
    chart_block.show(held_out(found, made_of, dark, words), "evidence-held-out")
    influence_panel.panel(here, found)
    regions(found)
    carriers(here, found)


def numbers_of(found: s.FeatureEvidence, words: TrustWords) -> str:
    """The effect with its interval and the shared change beside it, always."""
    row = found.row
    shared = (
        "no shared change could be computed, so the effect is ΔR² itself"
        if found.shared_change is None
        else f"{numbers.change(found.shared_change * (row.r2_pre or 0.0))} (shared change "
        f"{numbers.effect(found.shared_change, found.shared_change_low, found.shared_change_high)})"
    )
    return (
        f"Effect {numbers.effect(row.effect, row.ci_low, row.ci_high)}, q {numbers.q(row.q)}: "
        f"ΔR² {numbers.effect(row.delta_r2, row.delta_r2_low, row.delta_r2_high)} less what all features share, "
        f"{shared}. {words.r2_first} {numbers.r2(row.r2_pre)} → {numbers.r2(row.r2_ft)}"
        f"{chance(row)}; control floor {numbers.r2(found.control_floor)}."
    )


def chance(row: s.RankingRow) -> str:
    """The chance level that was taken off; nothing in version 1, which knew none."""
    if row.chance_r2_pre is None or row.chance_r2_ft is None:
        return ""
    return (
        f" (pure noise reaches {numbers.r2(row.chance_r2_pre)} before and {numbers.r2(row.chance_r2_ft)} after, "
        "already taken off)"
    )


def used(row: s.RankingRow) -> str:
    """What the task's head loses without it; empty where no head was asked, or it has no skill to lose."""
    if row.use is None or row.used is None:
        return ""
    lost = causes_words.share_with_interval(row.used, row.used_low, row.used_high)
    return f"Without it the task's head loses {lost} of its skill: {causes_words.USE[row.use]}."


def repeatability(icc: float | None) -> None:
    """How well the feature repeats when the same patient is measured twice; grey where it does not."""
    if icc is None:
        st.caption("Repeatability unknown: no test-retest table was given with this analysis.")
    elif icc >= REPEATABLE:
        st.caption(f"Repeatable: ICC {numbers.r2(icc)} between two measurements of the same patient.")
    else:
        st.markdown(
            f":gray-badge[ICC {numbers.r2(icc)}] :gray[Measured twice in the same patient this feature differs (ICC "
            f"below {REPEATABLE}): a shift of it says little.]"
        )


def why(found: s.Disagreement) -> None:
    """Why paper and trust disagree: the reasons that apply, then those that do not, faded."""
    with st.container(border=True, gap="xsmall", key="disagreement"):
        title = "Why do these two disagree?" if found.disagrees else "Paper and trust agree"
        st.markdown(f"##### {title}", anchors=False)
        st.markdown(escape_markdown(found.headline))
        applying = [reason for reason in found.reasons if reason.applies and found.disagrees]
        for reason in applying:
            st.markdown(f"**{escape_markdown(reason.title)}.** {escape_markdown(reason.sentence)}")
        rest = [reason for reason in found.reasons if reason not in applying]
        stated = [reason for reason in rest if reason.code == "shared"]
        for reason in stated:
            st.markdown(f":gray[**{escape_markdown(reason.title)}.** {escape_markdown(reason.sentence)}]")
        others = [reason for reason in rest if reason not in stated]
        if others:
            with st.expander(
                "Checked, and not the reason here" if found.disagrees else "What was checked",
                icon=":material/rule:",
                type="compact",
            ):
                for reason in others:
                    st.markdown(f":gray[**{escape_markdown(reason.title)}.** {escape_markdown(reason.sentence)}]")


def regions(found: s.FeatureEvidence) -> None:
    """What extraction noted about the regions this feature was measured in."""
    quality = found.quality
    st.markdown(f"##### The {escape_markdown(found.roi)} outlines it was measured in", anchors=False)
    if quality.sentences:
        for sentence in quality.sentences:
            st.markdown(f":material/warning: {escape_markdown(sentence)}")
    elif any(point.has_images for point in found.points):
        st.caption("Nothing was noted against them.")
    else:
        st.caption("Nothing is known of them: these features came as a table.")


def carriers(here: Context, found: s.FeatureEvidence) -> None:
    """The studies whose decoding changed most, their slices one click away."""
    st.markdown("##### Studies decoded most differently", anchors=False)
    st.caption(
        "Studies with the largest share of ΔR² (in brackets): decoded closer to, or further from, the true value "
        "(normal scores)."
    )
    for point in found.points[:CARRIERS]:
        text, numbers_of_point = st.columns([2, 3], vertical_alignment="center")
        case_link(here, found, point, text)
        numbers_of_point.markdown(escape_markdown(carrier(point)))
    with_images = [point for point in found.points if point.has_images]
    if len(with_images) > 1 and st.toggle("Show a low and a high example", key=session_keys.EVIDENCE_EXAMPLES):
        examples(here, found, with_images)


def carrier(point: s.EvidencePoint) -> str:
    """How one study's decoded value moved, and what that adds to ΔR²."""
    share = f"{point.gain:+.3f}".replace("-", numbers.MINUS)
    return (
        f"true {numbers.r2(point.true)}, decoded {numbers.r2(point.decoded_pre)} → {numbers.r2(point.decoded_ft)}, "
        f"{'closer' if point.gain > 0 else 'further off'} ({share})"
    )


def case_link(
    here: Context,
    found: s.FeatureEvidence,
    point: s.EvidencePoint,
    place: "st.delta_generator.DeltaGenerator",
    k: int | None = None,
) -> None:
    """The way to the case, at the slice where it is known."""
    at = {} if k is None else {"k": str(k)}
    place.page_link(
        "pages/cases.py",
        label=f"Study {escape_markdown(point.study_id)}",
        icon=":material/radiology:" if point.has_images else ":material/table_rows:",
        query_params=here.query
        | {query_parameters.CASE: point.case_id, query_parameters.FEATURE: found.definition.feature}
        | at,
    )


def examples(here: Context, found: s.FeatureEvidence, points: list[s.EvidencePoint]) -> None:
    """A slice with outlines of the studies with the lowest and the highest true value."""
    lowest, highest = (pick(points, key=lambda point: point.true) for pick in (min, max))
    for column, point, name in zip(st.columns(2), (lowest, highest), ("Low", "High"), strict=True):
        case = cohorts.case(point.case_id)
        modality = found.row.modality
        if not any(volume.modality == modality for volume in case.volumes):
            column.caption(f"Study {escape_markdown(point.study_id)} has no {escape_markdown(modality)}.")
            continue
        column.image(cohorts.slice_png(case.id, modality, case.best_slice, ",".join(here.protocol.rois)), width=PICTURE)
        column.caption(
            f"{name}: true {numbers.r2(point.true)}, {escape_markdown(modality)}, slice {case.best_slice + 1}"
        )
        case_link(here, found, point, column, case.best_slice)


def of(here: Context, feature: str) -> s.FeatureEvidence | None:
    """The evidence of a feature; None for analyses made before it was kept, or without the trust block."""
    return None if here.detail.trust is None else analyses.evidence(here.analysis.id, feature)
