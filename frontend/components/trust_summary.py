"""What the trust block says about an analysis as a whole: flags in words, the shared change, the representation."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from frontend.text import numbers, trust_words
from frontend.text.causes_words import coded_label
from frontend.text.escape import escape_markdown
from frontend.text.trust_words import TrustWords
from shared import schemas as s

NOT_FLAGGED = "not flagged (too few patients)"
MEASURES = {
    "cka_debiased": ("Linear CKA, debiased", "1: the same up to rotation and scale; 0: unrelated"),
    "procrustes_distance": ("Orthogonal Procrustes distance", "0: a rotation of each other; 1.41: unrelated"),
    "rsa_spearman": ("Patient dissimilarities (RSA, Spearman)", "1: the same patients are alike; 0: unrelated"),
    "principal_angle_mean_deg": ("Mean principal angle of the first 20 components", "0°: the same; 90°: unrelated"),
    "effective_rank_pre": ("Effective rank before", "how many directions the patients spread over"),
    "effective_rank_ft": ("Effective rank after", "how many directions the patients spread over"),
}


def counts(flags: Mapping[str, int], words: TrustWords = trust_words.PLAIN) -> str:
    """`14 stronger, 9 weaker, 1 790 unchanged, 698 not decodable`; stronger and weaker also where there is none."""
    return ", ".join(
        f"{numbers.count(flags.get(flag, 0))} {NOT_FLAGGED if flag == 'too_few' else word}"
        for flag, word in words.flags.items()
        if flags.get(flag, 0) or flag in ("stronger", "weaker")
    )


def line(protocol: s.Protocol, trust: s.TrustSummary) -> None:
    """The numbers one must know to read an effect, each with a plain explanation."""
    with st.container(horizontal=True, gap="small", key="trust-line"):
        for text, why in facts(protocol, trust):
            st.markdown(text, help=why, width="content")


def facts(protocol: s.Protocol, trust: s.TrustSummary) -> list[tuple[str, str]]:
    """(the fact, what it means)."""
    if trust.shared_change is None:
        shared = (
            "Shared change **not computed**",
            "Fewer than 10 features can be decoded, so there is no common change to take away: an effect is the plain "
            "change of R².",
        )
    else:
        shared = (
            f"Shared change **{numbers.change(trust.shared_change)}**",
            f"The middle feature's R² changed by {numbers.percent(trust.shared_change)} of its value. An effect "
            "compares a feature with it: ΔR² − shared change · R² before. Without it, a general loss would make every "
            "feature look lost.",
        )
    floor = (
        f"Control floor **R² {numbers.r2(trust.control_floor)}**",
        "What can be decoded when features are given to the wrong patients (95th percentile). At or below it a feature "
        "is called not decodable.",
    )
    errors = (
        "Errors **each patient left out**" if trust.version == 2 else "Errors **bootstrap, version 1**",
        "Each patient is left out in turn with all studies, and every effect is computed again: that gives the 95 % "
        "intervals."
        if trust.version == 2
        else "This analysis was made by an earlier version, whose errors were too wide and whose R² was not above "
        "chance. Analyse again.",
    )
    stability = (
        f"Stability of ΔI **{numbers.r2(trust.stability_spearman)}**",
        "Rank correlation of the paper's ΔI computed on two random halves of the patients: 1 means the same ranking, "
        f"0 another one. Of the top 20 features {numbers.percent(trust.stability_top20).lstrip('+')} are the same.",
    )
    return [
        *(shared, floor, errors, *given(protocol, trust), *runs(trust)),
        *([stability] if trust.stability_spearman is not None else []),
    ]


def given(protocol: s.Protocol, trust: s.TrustSummary) -> list[tuple[str, str]]:
    """What was decoded given: the label beside the plain effects, the covariates in every fit."""
    found = []
    if trust.label:
        found.append(
            (
                f"Label **{escape_markdown(', '.join(coded_label(protocol, one) for one in trust.label))}**",
                "Every effect is given twice: plain, and given the label, with the label known to both stages. A "
                "fine-tuned embedding carries its label, so what goes with the label is decoded better although no "
                "texture was learned.",
            )
        )
    elif trust.version == 2:
        found.append(
            (
                "Label **not taken into account**",
                "Nothing says how much of a change goes with the label. Analyse again with a label to see it.",
            )
        )
    if trust.covariates:
        found.append(
            (
                f"Covariates **{escape_markdown(', '.join(coded_label(protocol, one) for one in trust.covariates))}**",
                "Known to every decoding, so that no change between them counts as a change of content.",
            )
        )
    return found


def runs(trust: s.TrustSummary) -> list[tuple[str, str]]:
    """How many runs and controls stand behind the numbers; one run is one draw."""
    found = []
    if trust.runs is not None and trust.runs.n_runs > 1:
        found.append(
            (
                f"Runs **{trust.runs.n_runs} of one recipe**",
                "Effects are means over the runs; their intervals are for the mean over further runs, not for one "
                "checkpoint.",
            )
        )
    elif trust.version == 2:
        found.append(("Runs **1**", "This says what this checkpoint did. Another run of the same recipe may differ."))
    if trust.controls is not None:
        found.append(
            (
                f"Controls **{numbers.counted(trust.controls.n_runs, 'run')} on shuffled labels**",
                "The same training with labels dealt at random: what they change as well need not come from the task.",
            )
        )
    return found


def representation(trust: s.TrustSummary) -> None:
    """How far the embedding as a whole moved."""
    st.subheader("The representation as a whole")
    known = [(name, *MEASURES[name], trust.representation.get(name)) for name in MEASURES]
    frame = pd.DataFrame(
        [
            {"measure": label, "value": value_of(name, value), "how to read it": read}
            for name, label, read, value in known
        ]
    ).set_index("measure")
    st.table(frame.map(escape_markdown), border="horizontal", alt="Measures of how far the embedding as a whole moved.")
    st.caption("Context only: none of these says which radiomic content moved.")


def value_of(name: str, value: float | None) -> str:
    """Angles in whole degrees, ranks in whole numbers, the rest with two digits."""
    if value is None:
        return numbers.NONE
    if name == "principal_angle_mean_deg":
        return f"{value:.0f}°"
    return numbers.count(round(value)) if name.startswith("effective_rank") else numbers.r2(value)
